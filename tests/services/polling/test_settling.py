"""Ends of polls: written together, each true for itself, none waits for a slow neighbour."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest

from services.connectors.base import RawEvent
from services.kit.errors import Unavailable
from services.kit.ids import new_id
from services.polling.rules import Next, Outcome, Standing
from services.polling.settling import Settling, Told
from tests.services.polling.conftest import World

MARKS = """
SELECT s.cursor, s.first_success_at IS NOT NULL, s.last_success_at IS NOT NULL,
    s.last_success_at = s.last_poll_at, c.last_success_at IS NOT NULL, s.owner IS NULL
FROM source_lease s JOIN channel c ON c.id = s.source WHERE s.source = $1
"""


class Book:
    """Remembers what was written together."""

    def __init__(self) -> None:
        self.pages: list[list[str]] = []
        self.lost: set[UUID] = set()
        self.failure: Exception | None = None

    async def write(self, told: Sequence[Told]) -> set[UUID]:
        self.pages.append([one.code for one in told])
        if self.failure is not None:
            raise self.failure
        if any(one.code == "bad" for one in told):
            raise asyncpg.DataError("refused")
        return {one.source for one in told} - self.lost


def told(code: str = "", source: UUID | None = None) -> Told:
    return Told(source or new_id(), 1, Next(Standing(), 60.0), code)


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def settling(book: Book) -> Settling:
    return Settling(book.write)


async def test_polls_that_end_together_are_one_write(settling: Settling, book: Book) -> None:
    ends = [told(str(number)) for number in range(3)]
    for one in ends:
        settling.begin(one.source)

    assert await asyncio.gather(*(settling.settle(one) for one in ends)) == [True] * 3

    assert book.pages == [["0", "1", "2"]]


async def test_end_of_a_poll_waits_a_moment_for_others_and_no_longer(
    settling: Settling, book: Book
) -> None:
    settling.begin(new_id())  # asks for long

    assert await asyncio.wait_for(settling.settle(told("quick")), 2.0)

    assert book.pages == [["quick"]]


async def test_last_poll_under_way_waits_for_nobody(settling: Settling, book: Book) -> None:
    slow = new_id()
    settling.begin(slow)
    waiting = asyncio.ensure_future(settling.settle(told("quick")))
    await asyncio.sleep(0)
    assert book.pages == []

    settling.leave(slow)  # it failed without an end

    assert await waiting
    assert book.pages == [["quick"]]


async def test_lost_lease_is_told_to_its_own_poll_only(settling: Settling, book: Book) -> None:
    lost, kept = told(), told()
    book.lost.add(lost.source)
    settling.begin(lost.source)
    settling.begin(kept.source)

    found = await asyncio.gather(settling.settle(lost), settling.settle(kept))

    assert found == [False, True]


async def test_row_the_database_refuses_keeps_no_other_from_being_written(
    settling: Settling, book: Book
) -> None:
    ends = [told("good"), told("bad"), told("good")]
    for one in ends:
        settling.begin(one.source)

    found = await asyncio.gather(*(settling.settle(one) for one in ends), return_exceptions=True)

    assert [type(one) for one in found] == [bool, asyncpg.DataError, bool]


async def test_database_away_is_told_to_every_poll(settling: Settling, book: Book) -> None:
    book.failure = Unavailable("error.database_away")
    ends = [told(), told()]
    for one in ends:
        settling.begin(one.source)

    found = await asyncio.gather(*(settling.settle(one) for one in ends), return_exceptions=True)

    assert all(isinstance(one, Unavailable) for one in found)


async def test_poll_that_is_cancelled_takes_no_other_along(settling: Settling, book: Book) -> None:
    settling.begin(new_id())
    gone, stays = (asyncio.ensure_future(settling.settle(told(code))) for code in "ab")
    await asyncio.sleep(0)
    gone.cancel()

    assert await stays
    assert book.pages == [["a", "b"]]


async def test_poll_that_finds_nothing_leaves_every_mark(world: World) -> None:
    assert await world.polling("a").poll_one(world.account) is Outcome.OK

    assert await world.sql(MARKS, world.account) == [("0", True, True, True, True, True)]


async def test_stale_owner_in_a_group_moves_nothing_and_holds_up_nobody(world: World) -> None:
    polling = world.polling("a")
    store = polling._store
    await store.adopt(polling.providers())
    rows = await store.claim(polling.providers(), 10)
    stale, good = (
        Told(row["source"], row["fence"] - shift, Next(Standing(), 60.0), "", "new")
        for row, shift in zip(rows, (1, 0), strict=True)
    )

    assert await store.settle([stale, good]) == {good.source}

    cursors = await world.sql("SELECT source, cursor FROM source_lease")
    assert sorted(cursors, key=str) == sorted([(stale.source, ""), (good.source, "new")], key=str)


async def test_process_killed_before_the_end_was_written_doubles_nothing(world: World) -> None:
    first, second = world.polling("a"), world.polling("b")
    await first.poll_one(world.account)
    world.market.pages["9001"] = [RawEvent("1", "c1", b"{}")]
    first._settling.begin(new_id())  # others are under way, so the end waits
    dying = asyncio.ensure_future(first.poll_one(world.account))
    while not first._settling._waiting:
        await asyncio.sleep(0.005)
    first._settling._go = lambda: None  # type: ignore[method-assign]
    dying.cancel()

    assert await second.poll_one(world.account) is None  # the dead one's lease still runs
    await world.sql("UPDATE source_lease SET lease_until = now() - interval '1 second'")
    assert await second.poll_one(world.account) is Outcome.OK

    assert [key for key, _ in await world.inbox()] == ["1"]
