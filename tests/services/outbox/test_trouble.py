"""What a stranger tried to break: poison, half-known commits, crowds, foreign tenants."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import pytest

from services.connectors.base import Cost, Rate
from services.connectors.messages import Receipt, ReceiptStatus
from services.kit.clock import SystemClock
from services.kit.db import Tx
from services.kit.settings import Settings
from services.lanes.models import LaneKind
from services.outbox import rules
from services.outbox.lane import Item, OutLane
from services.outbox.models import Class, Delivery, Go, Hold, Stop
from services.outbox.pace import Pace
from tests.engine import Engine, open_engine, until


@pytest.fixture
async def engine(settings: Settings) -> Any:
    async with open_engine(settings) as opened:
        await opened.tenant("cherry")
        await opened.tenant("plum")
        yield opened


async def test_a_resolver_that_fails_for_one_delivery_parks_that_one(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "BASE_SECONDS", 0.01)

    async def resolve(_tx: Tx, delivery: Delivery) -> Go | Hold | Stop:
        if delivery.action.text.text == "poison":  # type: ignore[union-attr]
            raise KeyError("bug")
        return Go(delivery.action)

    engine.services.outbox.resolver("topic", resolve)
    for text in ("poison", "good", "fine"):
        await engine.add("cherry", text, target_kind="topic", order_key=text)
    engine.run(LaneKind.OUT)

    await until(lambda: sorted(engine.chat.texts()) == ["fine", "good"])
    for _ in range(300):
        row = await engine.state("cherry", "poison")
        if row["state"] == "parked":
            break
        await asyncio.sleep(0.02)
    assert (row["state"], row["reason"], row["attempts"]) == ("parked", "internal", 5)


async def test_a_failing_subscriber_does_not_stop_a_takeover(engine: Engine) -> None:
    async def explode(_tx: Tx, _settled: object) -> None:
        raise ValueError("cannot digest")

    engine.services.outbox.on_settled(explode)
    await engine.add("cherry", "hung")
    await engine.rows("cherry", "UPDATE delivery SET state = 'calling', attempts = 1 RETURNING 1")
    await engine.rows("cherry", "UPDATE delivery_open SET calling = true RETURNING 1")

    engine.run(LaneKind.OUT)

    await until(lambda: len(engine.chat.sent) == 1)


async def test_a_row_that_says_calling_though_nobody_calls_is_called(engine: Engine) -> None:
    engine.run(LaneKind.OUT)
    await engine.add("cherry", "first")
    await until(lambda: engine.chat.texts() == ["first"])
    work = engine.services.process_lanes.work
    assert work is not None

    def forget(*_: object) -> None:
        work._claims.claim = claim  # type: ignore[method-assign]

    claim = work._claims.claim

    async def half_known(*given: Any) -> Any:
        await claim(*given)
        forget()
        given[1].again(given[3][0].id, 0.0)
        raise TimeoutError  # the commit is on disk, its answer is not here

    work._claims.claim = half_known  # type: ignore[method-assign]
    await engine.add("cherry", "second", delay_seconds=0.05)

    await until(lambda: engine.chat.texts() == ["first", "second"])
    row = await engine.state("cherry", "second")
    assert not row["possible_repeat"]


async def test_a_delivery_belongs_to_the_tenant_it_was_added_for(engine: Engine) -> None:
    cherry, plum = engine.tenants["cherry"], engine.tenants["plum"]

    async with engine.services.database.tenant(cherry) as tx, tx.acting_for(plum):
        engine.services.outbox.add(tx, engine.delivery("plum", "for plum"))

    assert await engine.rows("cherry", "SELECT id FROM delivery") == []
    assert len(await engine.rows("plum", "SELECT id FROM delivery")) == 1


async def test_a_delivery_of_nobody_is_refused_at_once(engine: Engine) -> None:
    async with engine.services.database.system("test") as tx:
        with pytest.raises(ValueError, match="tenant"):
            engine.services.outbox.add(tx, engine.delivery("cherry", "lost"))


async def test_a_repeat_takes_no_waiting_title_away(engine: Engine) -> None:
    for _ in range(2):
        await engine.add("cherry", "title", cls=Class.COSMETIC, coalesce_key="title")
    engine.run(LaneKind.OUT)

    await until(lambda: engine.chat.texts() == ["title"])


async def test_of_two_titles_in_one_transaction_the_last_one_goes(engine: Engine) -> None:
    async with engine.services.database.tenant(engine.tenants["cherry"]) as tx:
        for text in ("old", "new"):
            new = engine.delivery("cherry", text, cls=Class.COSMETIC, coalesce_key="title")
            engine.services.outbox.add(tx, new)
    engine.run(LaneKind.OUT)

    await until(lambda: engine.chat.texts() == ["new"])


async def test_a_key_longer_than_its_column_keeps_apart_what_differs(engine: Engine) -> None:
    for text in ("a", "b"):
        await engine.add("cherry", text, idempotency_key="k" * 300 + text, order_key="o" * 90)

    rows = await engine.rows("cherry", "SELECT order_key FROM delivery")
    assert len(rows) == 2
    assert len({row["order_key"] for row in rows}) == 1


async def test_a_receipt_that_races_the_answer_is_not_lost(engine: Engine) -> None:
    database, outbox = engine.services.database, engine.services.outbox
    tenant, channel = engine.tenants["cherry"], engine.channels["cherry", "chat"]
    now = SystemClock().now()
    delivery_id = await engine.add("cherry", "hello")
    receipt = Receipt(status=ReceiptStatus.DELIVERED, external_id="m1", chat_id="g", at=now)
    settled = asyncio.Event()

    async def settle() -> None:
        async with database.tenant(tenant) as tx:
            await tx.execute("UPDATE delivery SET state = 'sent', external_id = 'm1'")
            await outbox.match_early(tx, channel, delivery_id, ["m1"])
            settled.set()
            await asyncio.sleep(0.3)

    async def receive() -> None:
        await settled.wait()
        async with database.tenant(tenant) as tx:
            await outbox.receipt(tx, channel, receipt)

    await asyncio.gather(settle(), receive())

    assert (await engine.state("cherry", "hello"))["state"] == "delivered"
    assert await engine.rows("cherry", "SELECT id FROM early_receipt") == []


async def test_an_early_receipt_is_matched_and_never_lowers(engine: Engine) -> None:
    database, outbox = engine.services.database, engine.services.outbox
    tenant, channel = engine.tenants["cherry"], engine.channels["cherry", "chat"]
    delivery_id = await engine.add("cherry", "hello")
    now = SystemClock().now()

    for status in (ReceiptStatus.READ, ReceiptStatus.DELIVERED):
        async with database.tenant(tenant) as tx:
            await outbox.receipt(
                tx, channel, Receipt(status=status, external_id="m1", chat_id="g", at=now)
            )
    async with database.tenant(tenant) as tx:
        await tx.execute("UPDATE delivery SET state = 'sent', external_id = 'm1', sent_at = now()")
        await outbox.match_early(tx, channel, delivery_id, ["m1"])
    async with database.tenant(tenant) as tx:
        late = Receipt(
            status=ReceiptStatus.DELIVERED, external_id="m1", chat_id="g", at=now, up_to=True
        )
        await outbox.receipt(tx, channel, late)

    assert (await engine.state("cherry", "hello"))["state"] == "read"


async def test_retried_deliveries_keep_their_old_order(engine: Engine) -> None:
    ids = [await engine.add("cherry", str(number)) for number in range(6)]
    await engine.rows("cherry", "DELETE FROM delivery_open RETURNING 1")
    await engine.rows("cherry", "UPDATE delivery SET state = 'parked' RETURNING 1")

    async with engine.services.database.tenant(engine.tenants["cherry"]) as tx:
        assert await engine.services.outbox.retry(tx, list(reversed(ids))) == 6
    engine.run(LaneKind.OUT)

    await until(lambda: engine.chat.texts() == [str(number) for number in range(6)])


async def test_a_paused_batch_is_not_called_and_a_closed_one_is_skipped(engine: Engine) -> None:
    batch = uuid4()
    await engine.rows(
        "cherry",
        "INSERT INTO batch (tenant_id, id, owner_type, owner_id, state)"
        " VALUES ($1, $2, 'campaign', $2, 'held') RETURNING 1",
        engine.tenants["cherry"],
        batch,
    )
    engine.run(LaneKind.OUT)
    await engine.add("cherry", "paused", batch_id=batch, cls=Class.CAMPAIGN)
    await engine.add("cherry", "free", order_key="two")
    await until(lambda: engine.chat.texts() == ["free"])

    await engine.rows("cherry", "UPDATE batch SET state = 'closed' RETURNING 1")

    for _ in range(300):
        row = await engine.state("cherry", "paused")
        if row["state"] == "skipped":
            break
        await asyncio.sleep(0.02)
    assert row["state"] == "skipped"
    assert engine.chat.texts() == ["free"]


BACKLOG = """
WITH l AS (INSERT INTO lane (id, kind, tenant_id, channel_id, due_at, last_seq)
           VALUES ($3, 2, $1, $2, now(), 100000) RETURNING id),
d AS (INSERT INTO delivery (tenant_id, id, lane, seq, channel_id, idempotency_key, class, purpose,
          order_key, action)
      SELECT $1, gen_random_uuid(), $3, n, $2, 'bulk' || n, 2, 'test', 'p' || n, $4
      FROM generate_series(1, 100000) AS n RETURNING id, seq, order_key)
INSERT INTO delivery_open (tenant_id, lane, class, seq, delivery_id, order_key)
SELECT $1, $3, 2, seq, id, order_key FROM d
"""


@pytest.mark.slow
async def test_a_huge_backlog_of_one_class_neither_starves_another_nor_fills_memory(
    engine: Engine,
) -> None:
    from services.outbox.flush import out_lane  # noqa: PLC0415 - used by this test alone

    lane_id = out_lane(engine.channels["cherry", "chat"])
    tenant, channel = engine.tenants["cherry"], engine.channels["cherry", "chat"]
    await engine.rows("cherry", BACKLOG, tenant, channel, lane_id, b"never read")
    engine.chat.rate = Rate(1, 60.0)

    engine.run(LaneKind.OUT)
    await until(lambda: engine.services.runner.lease_of(lane_id) is not None)
    lease = engine.services.runner.lease_of(lane_id)
    await until(lambda: lease is not None and isinstance(lease.state, OutLane))
    started = time.monotonic()
    await engine.add("cherry", "bridge", order_key="talk")

    await until(lambda: engine.chat.texts() == ["bridge"])
    assert time.monotonic() - started < 3
    assert lease is not None
    assert len(lease.state._items) <= 2_001


def test_a_key_whose_call_starts_at_commit_is_not_overtaken() -> None:
    lane = OutLane(1)
    lane.reserved["talk"] = 1
    lane.add(Item(uuid4(), Class.BRIDGE, 2, "talk"))
    lane.add(Item(uuid4(), Class.BRIDGE, 3, "other"))

    picked, _ = lane.pick(0.0, 10)

    assert [item.order_key for item in picked] == ["other"]


def test_a_reserve_as_large_as_the_limit_still_lets_bulk_through() -> None:
    pace, costs = Pace(), [Cost("", Rate(1, 1.0, reserve=1))]

    assert pace.wait(costs, 0.0, bulk=True) == 0
    pace.take(costs, 0.0, bulk=True)
    assert pace.wait(costs, 0.0, bulk=True) > 0


def test_chats_met_long_ago_are_forgotten() -> None:
    pace = Pace()
    for number in range(12_000):
        pace.take([Cost(f"chat:{number}", Rate(1, 1.0))], number * 0.01, bulk=False)

    assert len(pace._buckets) < 6_000
