"""Updates of bots without a public address: held calls, one process per bot, the offset last."""

import asyncio
from collections.abc import Callable

from services.connectors.base import Account, Page, RawEvent
from services.connectors.errors import Temporary
from services.polling.rules import Outcome
from tests.services.channels.fake_provider import FakeBots
from tests.services.polling.conftest import World


class UpdatingBots(FakeBots):
    """Bots with a queue of updates; an asked offset forgets what lies before it."""

    def __init__(self) -> None:
        super().__init__()
        self.queue: list[RawEvent] = []
        self.offsets: list[str] = []
        self.waiting = 0
        self.most_waiting = 0
        self.before_answer: Callable[[], None] = lambda: None

    async def pull(self, account: Account, cursor: str, *, wait_seconds: float = 0) -> Page:
        self.offsets.append(cursor)
        self._called("pull")
        self.queue = [one for one in self.queue if not cursor or int(one.key) >= int(cursor)]
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        try:
            for _ in range(20):
                if self.queue:
                    break
                await asyncio.sleep(0.01)
        finally:
            self.waiting -= 1
        self.before_answer()
        events = tuple(self.queue)
        return Page(events, str(int(events[-1].key) + 1) if events else cursor)


def updating(world: World) -> UpdatingBots:
    bots = UpdatingBots()
    bots.good = {"5000001:token_of_a_bot_of_the_tests"}
    world.services.registry._connectors["telegram"] = bots
    return bots


async def run_until(world: World, condition: Callable[[], bool], *owners: str) -> None:
    stop = asyncio.Event()
    running = [asyncio.ensure_future(world.polling(owner).run(stop)) for owner in owners]
    for _ in range(200):
        await asyncio.sleep(0.05)
        if condition():
            break
    stop.set()
    await asyncio.gather(*running)


async def test_updates_are_stored_before_the_offset_moves(laptop: World) -> None:
    bots = updating(laptop)
    bots.queue = [RawEvent("10", "c", b"{}"), RawEvent("11", "c", b"{}")]

    await run_until(laptop, lambda: "12" in bots.offsets, "a")

    assert bots.offsets[0] == ""
    assert "12" in bots.offsets
    assert await laptop.inbox() == [("10", "pull"), ("11", "pull")]


async def test_two_processes_hold_one_call_per_bot(laptop: World) -> None:
    bots = updating(laptop)

    await run_until(laptop, lambda: len(bots.offsets) >= 8, "a", "b")

    assert len(bots.offsets) >= 8
    assert bots.most_waiting == 1


async def test_webhook_is_taken_away_before_the_first_question(laptop: World) -> None:
    bots = updating(laptop)
    bots.hooks["5000001"] = "https://elsewhere.example/hook"

    await run_until(laptop, lambda: bool(bots.offsets), "a")

    assert bots.hooks["5000001"] is None
    assert bots.calls.index("connect") < bots.calls.index("pull")


async def test_another_poller_is_given_its_time(laptop: World) -> None:
    bots = updating(laptop)
    bots.failure = lambda call: (
        Temporary("conflict", status=409, retry_after_seconds=35) if call == "pull" else None
    )
    polling = laptop.polling("a")

    assert await polling.poll_one(laptop.bot) is Outcome.CONFLICT

    wait = await laptop.sql(
        "SELECT extract(epoch FROM next_poll_at - now())::float8 FROM source_lease"
        " WHERE source = $1",
        laptop.bot,
    )
    assert isinstance(wait[0][0], float)
    assert wait[0][0] > 34


async def test_killed_process_asks_for_nothing_it_did_not_store(laptop: World) -> None:
    bots = updating(laptop)
    bots.queue = [RawEvent("10", "c", b"{}")]
    first = laptop.polling("a")
    reached = asyncio.Event()
    bots.before_answer = reached.set
    await first._store.adopt(first.providers())
    await first.start_due()
    await reached.wait()
    for task in list(first._tasks.values()):
        task.cancel()
    await laptop.sql("UPDATE source_lease SET lease_until = now() - interval '1 second'")

    await run_until(laptop, lambda: "11" in bots.offsets, "b")

    assert await laptop.inbox() == [("10", "pull")]
