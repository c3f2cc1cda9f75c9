"""Workers with a bad handler: it explodes or kills its process at certain words.

`python -m tests.faults.poisoned` has the bridge and the bad handler behind it; with `--lean` the
only handler writes a row of the table `effect` for each message, so that thousands go by quickly.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import cast

from main import read_settings, run_loop
from services.bootstrap import Services
from services.connectors.messages import Message
from services.inbox.models import Event, Subscriber
from services.kit.db import Tx
from services.worker import run_worker

EXPLODE, KILL, LEAN = "-explode", "-kill", "--lean"
EFFECT_TABLE = """
CREATE TABLE effect (id bigserial PRIMARY KEY, chat text NOT NULL, words text NOT NULL);
GRANT SELECT, INSERT ON effect TO {role};
GRANT USAGE ON effect_id_seq TO {role};
"""
EFFECT = "INSERT INTO effect (chat, words) VALUES ($1, $2)"


async def receive(tx: Tx, event: Event, message: Message) -> None:
    """Fail the way the buyer's words say."""
    if message.text.text.endswith(EXPLODE):
        raise RuntimeError("poison")
    if message.text.text.endswith(KILL):
        os.kill(os.getpid(), signal.SIGKILL)


async def note(tx: Tx, event: Event, message: Message) -> None:
    """Have an effect that can be counted."""
    await tx.execute(EFFECT, message.chat_id, message.text.text)


def prepare(services: Services) -> None:
    """Subscribe the bad handler behind the good ones."""
    if LEAN in sys.argv:
        cast("list[Subscriber]", services.inbox.subscribers(Message)).clear()
        services.inbox.on(Message, note)
    services.inbox.on(Message, receive)


if __name__ == "__main__":
    run_loop(run_worker(read_settings("worker"), prepare))
