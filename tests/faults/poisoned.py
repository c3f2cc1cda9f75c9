"""A worker whose handler explodes or kills its process at certain words: `python -m …poisoned`."""

from __future__ import annotations

import os
import signal

from main import read_settings, run_loop
from services.bootstrap import Services
from services.connectors.messages import Message
from services.inbox.models import Event
from services.kit.db import Tx
from services.worker import run_worker

EXPLODE, KILL = "-explode", "-kill"


async def receive(tx: Tx, event: Event, message: Message) -> None:
    """Fail the way the buyer's words say."""
    if message.text.text.endswith(EXPLODE):
        raise RuntimeError("poison")
    if message.text.text.endswith(KILL):
        os.kill(os.getpid(), signal.SIGKILL)


def prepare(services: Services) -> None:
    """Subscribe the bad handler behind the good ones."""
    services.inbox.on(Message, receive)


if __name__ == "__main__":
    run_loop(run_worker(read_settings("worker"), prepare))
