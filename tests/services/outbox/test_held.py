"""A held batch takes no room from what may go, and comes in order when it is open again."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.settings import Settings
from services.lanes.models import LaneKind
from services.outbox import aside, lane
from services.outbox.aside import Aside
from services.outbox.lane import Item, OutLane
from services.outbox.models import Class
from tests.engine import Engine, open_engine, until

HELD = 60
MAKE = """
INSERT INTO batch (tenant_id, id, owner_type, owner_id, state)
VALUES ($1, $2, 'campaign', $2, 'held') RETURNING 1
"""
OPEN = "UPDATE batch SET state = 'open' WHERE id = $1 RETURNING 1"


@pytest.fixture
async def engine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(lane, "LOADED_PER_CLASS", 20)
    monkeypatch.setattr(aside, "LOOK_SECONDS", 0.2)
    async with open_engine(settings) as opened:
        await opened.tenant("cherry")
        await opened.tenant("plum")
        yield opened


async def held(engine: Engine, slug: str, count: int) -> UUID:
    """A paused campaign of this size, older than everything after it."""
    batch = uuid4()
    await engine.rows(slug, MAKE, engine.tenants[slug], batch)
    for number in range(count):
        await engine.add(
            slug, f"{slug}{number}", batch_id=batch, cls=Class.CAMPAIGN, order_key=f"k{number}"
        )
    return batch


async def test_more_held_rows_than_fit_into_memory_do_not_starve_newer_ones(
    engine: Engine,
) -> None:
    batch = await held(engine, "cherry", HELD)
    await engine.add("cherry", "newer", cls=Class.CAMPAIGN, order_key="other")
    engine.run(LaneKind.OUT)

    await until(lambda: engine.chat.texts() == ["newer"], 5)
    await engine.add("cherry", "newest", cls=Class.CAMPAIGN, order_key="other")
    await until(lambda: engine.chat.texts() == ["newer", "newest"], 5)

    await engine.rows("cherry", OPEN, batch)
    await until(lambda: len(engine.chat.sent) == HELD + 2, 8)
    assert sorted(engine.chat.texts()[2:]) == sorted(f"cherry{n}" for n in range(HELD))


async def test_one_tenants_open_batch_leaves_anothers_held(engine: Engine) -> None:
    mine = await held(engine, "cherry", 3)
    await held(engine, "plum", 3)
    engine.run(LaneKind.OUT)
    await asyncio.sleep(0.4)
    assert engine.chat.texts() == []

    assert await engine.rows("plum", OPEN, mine) == []
    await engine.rows("cherry", OPEN, mine)
    await until(lambda: len(engine.chat.sent) == 3)
    await asyncio.sleep(0.5)
    assert sorted(engine.chat.texts()) == ["cherry0", "cherry1", "cherry2"]


async def test_pause_amid_a_backlog_and_again_loses_and_doubles_nothing(engine: Engine) -> None:
    batch = await held(engine, "cherry", HELD)
    engine.run(LaneKind.OUT)
    for _ in range(3):
        await engine.rows("cherry", OPEN, batch)
        await asyncio.sleep(0.25)
        await engine.rows("cherry", OPEN.replace("'open'", "'held'"), batch)
        await asyncio.sleep(0.05)
    await engine.rows("cherry", OPEN, batch)

    await until(lambda: len(engine.chat.sent) >= HELD, 8)
    await asyncio.sleep(0.1)
    assert len(engine.chat.texts()) == len(set(engine.chat.texts())) == HELD


async def test_a_delivery_reopened_while_its_outcome_is_recorded_is_called_again(
    engine: Engine,
) -> None:
    outbox = engine.services.outbox
    again: list[UUID] = []

    async def reopen(tx: Any, settled: Any) -> None:
        if not again:
            again.append(settled.delivery.id)
            await tx.execute("UPDATE delivery SET state = 'parked'")
            assert await outbox.retry(tx, again) == 1

    outbox.on_settled(reopen)
    engine.run(LaneKind.OUT)
    await engine.add("cherry", "once more", order_key="a")
    await until(lambda: engine.chat.texts() == ["once more", "once more"])
    for _ in range(100):  # the outcome is recorded just after the call
        if (await engine.state("cherry", "once more"))["state"] == "sent":
            break
        await asyncio.sleep(0.05)
    assert (await engine.state("cherry", "once more"))["state"] == "sent"


# --- in memory -------------------------------------------------------------------------------
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(Class), st.integers(1, 50))))
def test_each_class_is_read_again_from_where_its_first_reopened_batch_begins(
    rows: list[tuple[int, Class, int]],
) -> None:
    batches = [uuid4() for _ in range(3)]
    found = Aside()
    found.hold(batches[0], 1.0)
    found.hold(batches[1], 1.0)
    for number, cls, seq in rows:
        assert found.passes(batches[number], cls, seq) is (number < 2)

    again = found.looked([batches[1]], 2.0)

    wanted: dict[Class, int] = {}
    for number, cls, seq in rows:
        if number == 0:
            wanted[cls] = min(wanted.get(cls, seq), seq)
    assert again == wanted
    assert found.batches == [batches[1]]


def test_an_item_reopened_before_its_call_was_noted_as_over_stays() -> None:
    out, one = OutLane(1), uuid4()
    out.put(Item(one, Class.BRIDGE, 5, "k", calling=True))
    out.put(Item(one, Class.BRIDGE, 9, "k"))
    out.done(one)
    assert out.pick(0.0, 5)[0][0].seq == 9
    assert out.calling == 0

    out.mark_calling(out.pick(0.0, 5)[0])
    out.done(one)
    assert out.pick(0.0, 5)[0] == []
