"""Rows of a lane are in doubt: what starts meanwhile is called once, or marked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.connectors.base import Sent
from services.connectors.errors import OutcomeUnknown
from services.kit.settings import Settings
from services.lanes.models import LaneKind
from services.outbox.flush import out_lane
from tests.engine import Engine, FakeProvider, open_engine, until


class Vanishing(FakeProvider):
    """Accepts everything; the first answer to each text of `lost` vanishes."""

    lost: set[str]

    async def send(self, account: Any, action: Any, media: Any) -> Sent:
        sent = await super().send(account, action, media)
        if action.text.text in self.lost:
            await asyncio.sleep(0.3)
            raise OutcomeUnknown("vanished")
        return sent


class Slow:
    """A database whose statements leave late: their arguments are older than what they find."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.fetch: Any = None

    @asynccontextmanager
    async def tenant(self, *given: Any) -> AsyncIterator["Slow"]:
        async with self._database.tenant(*given) as tx:

            async def fetch(*words: Any) -> Any:
                self.asked.set()
                await self.go.wait()
                return await tx.fetch(*words)

            self.fetch = fetch
            yield self


@pytest.fixture
async def engine(settings: Settings) -> Any:
    chat = Vanishing("chat")
    chat.lost = {"second"}
    async with open_engine(settings, chat=chat) as opened:
        await opened.tenant("cherry")
        yield opened


async def test_what_starts_while_rows_are_in_doubt_keeps_its_outcome(engine: Engine) -> None:
    engine.run(LaneKind.OUT)
    await engine.add("cherry", "first")
    await until(lambda: engine.chat.texts() == ["first"])
    work = engine.services.process_lanes.work
    assert work is not None
    lease = engine.services.runner.lease_of(out_lane(engine.channels["cherry", "chat"]))
    assert lease is not None
    whole, slow = work._database, Slow(work._database)
    work._database = slow  # type: ignore[assignment]
    lease.state.suspect = True
    lease.wake.set()
    await asyncio.wait_for(slow.asked.wait(), 5)

    await engine.add("cherry", "second", order_key="two")
    work._database = whole
    slow.go.set()

    await until(lambda: len(engine.chat.sent) >= 3)
    await asyncio.sleep(0.4)
    first, plain, marked = engine.chat.texts()
    assert (first, plain) == ("first", "second")
    assert marked.endswith("\nsecond")
    row = await engine.state("cherry", "second")
    assert (row["state"], row["possible_repeat"]) == ("sent", True)
