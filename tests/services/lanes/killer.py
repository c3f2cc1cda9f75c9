"""A worker whose subscriber brings the process down on the word "kill"."""

import asyncio
import os
import sys

from services.connectors.messages import Message
from services.core import open_core
from services.inbox.models import Event
from services.kit.db import Tx
from services.kit.settings import load_settings
from services.lanes.models import LaneKind
from tests.engine import FakeProvider


async def main(seconds: float) -> None:
    shop = FakeProvider("shop")
    core = await open_core(
        load_settings(dict(os.environ)), connectors={"shop": lambda _w: shop}, use_broker=False
    )

    async def receive(_tx: Tx, _event: Event, message: Message) -> None:
        if message.text.text == "kill":
            os._exit(9)

    core.inbox.on(Message, receive)
    core.serve(LaneKind.IN)
    running = asyncio.ensure_future(core.runner.run())
    await asyncio.sleep(seconds)
    await core.runner.stop()
    running.cancel()
    await core.close()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
