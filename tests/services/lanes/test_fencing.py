"""Two processes, one database: what an owner that was passed over may still do."""

import asyncio

import pytest

from services.kit.ids import lane_number
from services.lanes.models import LaneKind
from services.lanes.store import ADVANCE, LaneStore, LeaseLost
from services.outbox.flush import out_lane
from tests.engine import Engine, until

KINDS = [int(kind) for kind in LaneKind]
EXPIRE = (
    "UPDATE lane SET lease_until = now() - interval '1 second' WHERE owner IS NOT NULL RETURNING 1"
)

SEIZE = """
UPDATE lane SET owner = 'gone', lease_until = now() - interval '1 second'
WHERE kind = 2 RETURNING 1
"""


def stores(engine: Engine) -> tuple[LaneStore, LaneStore]:
    database = engine.services.database
    return LaneStore(database, "first", 3.0), LaneStore(database, "second", 3.0)


async def test_a_stale_owner_neither_advances_nor_counts_nor_releases(engine: Engine) -> None:
    await engine.store("cherry", "e1", "hello")
    lane = lane_number("in", str(engine.channels["cherry", "shop"]), "buyer")
    first, second = stores(engine)
    [old] = await first.acquire([lane], KINDS)
    assert await second.acquire([lane], KINDS) == []
    await engine.rows("cherry", EXPIRE)

    [new] = await second.acquire([lane], KINDS)

    assert (new["fence"], new["crashed"]) == (old["fence"] + 1, True)
    assert await engine.rows("cherry", ADVANCE, lane, old["fence"], 1) == []
    assert await first.renew([lane]) == set()
    assert not await first.release(lane, old["fence"], 1, None)
    await first.postpone(lane, old["fence"], 9.0)
    await first.hand_back([lane])
    with pytest.raises(LeaseLost):
        await first.failed(lane, old["fence"], 1.0)
    with pytest.raises(LeaseLost):
        await first.suspect(lane, old["fence"])
    [row] = await engine.rows("cherry", "SELECT owner, done_seq FROM lane WHERE id = $1", lane)
    assert tuple(row) == ("second", 0)


async def test_a_lane_of_another_kind_is_not_taken(engine: Engine) -> None:
    await engine.store("cherry", "e1", "hello")
    lane = lane_number("in", str(engine.channels["cherry", "shop"]), "buyer")
    first, _ = stores(engine)

    assert await first.acquire([lane], [int(LaneKind.OUT)]) == []


async def test_a_stale_owners_refusal_does_not_undo_the_new_owners_work(
    engine: Engine, rival: Engine
) -> None:
    """The first owner sleeps through its lease amid a call; the second repeats, marked."""
    engine.chat.delay, engine.chat.refuse = 2.0, lambda _text: ValueError("late and wrong")
    engine.services.runner._sweep_seconds = 60.0  # asleep: it does not take its lane again
    engine.run(LaneKind.OUT)
    await engine.add("cherry", "hello")
    await until(lambda: engine.services.runner.lease_of(_lane(engine)) is not None)
    await asyncio.sleep(0.3)
    await engine.rows("cherry", SEIZE)

    rival.run(LaneKind.OUT)
    await until(lambda: len(rival.chat.sent) == 1)
    await asyncio.sleep(2.0)

    assert rival.chat.texts()[0].endswith("hello")
    row = await engine.state("cherry", "hello")
    assert (row["state"], row["external_id"]) == ("sent", "m1")


def _lane(engine: Engine) -> int:
    return out_lane(engine.channels["cherry", "chat"])
