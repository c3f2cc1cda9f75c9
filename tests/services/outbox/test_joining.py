"""Deliveries of one transaction that wait for their turn join a lane of their process."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from services.connectors import errors
from services.kit.settings import Settings
from services.lanes.models import LaneKind
from services.outbox.flush import out_lane
from services.outbox.lane import Item, OutLane
from services.outbox.models import Class
from tests.engine import Engine, open_engine, until


@pytest.fixture
async def engine(settings: Settings) -> Any:
    """An engine whose lanes are at hand."""
    async with open_engine(settings) as opened:
        await opened.tenant("cherry")
        await opened.tenant("plum")
        opened.run(LaneKind.OUT)
        for slug in ("cherry", "plum"):
            await opened.add(slug, f"first of {slug}")
        await until(lambda: len(opened.chat.sent) == 2)
        opened.chat.sent.clear()
        yield opened


async def add_all(engine: Engine, *texts: str, slug: str = "cherry", **more: Any) -> None:
    news = [engine.delivery(slug, text, **more) for text in texts]
    async with engine.services.database.tenant(engine.tenants[slug]) as tx:
        for new in news:
            engine.services.outbox.add(tx, new)


async def place(engine: Engine, slug: str = "cherry") -> int:
    number = out_lane(engine.channels[slug, "chat"])
    rows = await engine.rows(slug, "SELECT last_seq FROM lane WHERE id = $1", number)
    return int(rows[0]["last_seq"])


async def test_what_waits_behind_the_first_of_a_transaction_does_not_touch_the_lanes_row(
    engine: Engine,
) -> None:
    before = await place(engine)

    await add_all(engine, *"12345")
    await add_all(engine, *"678", order_key="two")

    await until(lambda: len(engine.chat.sent) == 8)
    texts = engine.chat.texts()
    assert [text for text in texts if text in "12345"] == list("12345")
    assert [text for text in texts if text in "678"] == list("678")
    assert await place(engine) == before


async def test_a_transaction_behind_a_held_head_joins_in_order(engine: Engine) -> None:
    before = await place(engine)
    engine.chat.errors = [errors.Temporary(retry_after_seconds=0.3)]

    await add_all(engine, "1")
    await until(lambda: not engine.chat.errors)
    await add_all(engine, "2", "3")
    await add_all(engine, "4", "5")

    await until(lambda: len(engine.chat.sent) == 5)
    assert engine.chat.texts() == list("12345")
    assert await place(engine) == before


async def test_a_known_key_among_those_that_join_adds_nothing(engine: Engine) -> None:
    await add_all(engine, "1", "2", "3")
    await add_all(engine, "2", "3", "4")

    await until(lambda: len(engine.chat.sent) == 4)
    await asyncio.sleep(0.2)
    assert engine.chat.texts() == list("1234")


async def test_one_that_may_not_join_sends_all_of_them_the_long_way(engine: Engine) -> None:
    before = await place(engine)

    late = engine.delivery("cherry", "late", order_key="later", delay_seconds=0.2)
    async with engine.services.database.tenant(engine.tenants["cherry"]) as tx:
        for new in (*(engine.delivery("cherry", text) for text in "12"), late):
            engine.services.outbox.add(tx, new)

    await until(lambda: engine.chat.texts() == ["1", "2", "late"])
    assert await place(engine) > before


async def test_what_was_added_against_the_order_of_its_ids_keeps_the_order_it_was_added_in(
    engine: Engine,
) -> None:
    younger, older = engine.delivery("cherry", "b"), engine.delivery("cherry", "a")
    async with engine.services.database.tenant(engine.tenants["cherry"]) as tx:
        engine.services.outbox.add(tx, older)
        engine.services.outbox.add(tx, younger)

    await until(lambda: len(engine.chat.sent) == 2)
    assert engine.chat.texts() == ["a", "b"]


async def test_an_undone_transaction_leaves_the_lane_as_it_was(engine: Engine) -> None:
    async def fail() -> None:
        async with engine.services.database.tenant(engine.tenants["cherry"]) as tx:
            for text in "12":
                engine.services.outbox.add(tx, engine.delivery("cherry", text))
            await tx._finish()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await add_all(engine, "3", "4")

    await until(lambda: engine.chat.texts() == ["3", "4"])
    lease = engine.services.runner.held(out_lane(engine.channels["cherry", "chat"]))
    assert lease is not None
    assert lease.state.joining == 0


async def test_tenants_join_their_own_lanes_and_a_stranger_sees_nothing(engine: Engine) -> None:
    await asyncio.gather(add_all(engine, *"123"), add_all(engine, *"456", slug="plum"))

    await until(lambda: len(engine.chat.sent) == 6)
    assert len(await engine.rows("plum", "SELECT id FROM delivery")) == 4


def test_a_row_that_joined_waits_until_what_may_stand_before_it_was_read() -> None:
    lane = OutLane(1)
    lane.seen, lane.unread = 4, 5
    lane.put(Item(UUID(int=2), Class.BRIDGE, 5, "one"))
    lane.put(Item(UUID(int=3), Class.BRIDGE, 4, "two"))

    first, _ = lane.pick(0.0, 10)
    lane.seen = 5
    then, _ = lane.pick(0.0, 10)

    assert [item.order_key for item in first] == ["two"]
    assert {item.order_key for item in then} == {"one", "two"}


def test_nothing_joins_a_lane_that_knows_of_rows_it_has_not_read() -> None:
    lane = OutLane(1)
    assert not lane.has_room(Class.BRIDGE)

    lane.loaded(0.0, [1, 1, 1, 1], Counter({0: 1}))

    assert not lane.has_room(Class.BRIDGE)
    assert lane.has_room(Class.SERVICE)
