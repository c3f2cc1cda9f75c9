"""Deliveries on a real database: once, in order, paced, retried, parked, taken over."""

import asyncio
from typing import Any

import pytest

from services.connectors import errors
from services.connectors.base import Rate
from services.connectors.errors import Reason
from services.kit.db import Tx
from services.kit.settings import Settings
from services.lanes.models import LaneKind
from services.outbox.models import Class, Delivery, Go, Hold, Settled, State, Stop
from tests.engine import Engine, open_engine, until


@pytest.fixture
async def engine(settings: Settings) -> Any:
    async with open_engine(settings) as opened:
        await opened.tenant("cherry")
        await opened.tenant("plum")
        yield opened


async def test_a_delivery_is_called_once_and_recorded(engine: Engine) -> None:
    engine.run(LaneKind.OUT)

    await engine.add("cherry", "hello")
    await until(lambda: engine.chat.texts() == ["hello"])

    await asyncio.sleep(0.1)
    row = await engine.state("cherry", "hello")
    assert (row["state"], row["attempts"], row["external_id"]) == ("sent", 1, "m1")


async def test_one_idempotency_key_is_one_delivery(engine: Engine) -> None:
    engine.run(LaneKind.OUT)

    for _ in range(5):
        await engine.add("cherry", "once", idempotency_key="same")
    await until(engine.chat.texts)
    await asyncio.sleep(0.2)

    assert engine.chat.texts() == ["once"]


async def test_a_key_of_one_tenant_does_not_hide_anothers(engine: Engine) -> None:
    engine.run(LaneKind.OUT)

    await engine.add("cherry", "a", idempotency_key="same")
    await engine.add("plum", "b", idempotency_key="same")

    await until(lambda: sorted(engine.chat.texts()) == ["a", "b"])
    assert await engine.rows("plum", "SELECT 1 FROM delivery WHERE state = 'sent'") is not None
    assert len(await engine.rows("plum", "SELECT id FROM delivery")) == 1


async def test_an_order_key_is_served_oldest_first_across_retries(engine: Engine) -> None:
    engine.chat.errors = [
        errors.Temporary(retry_after_seconds=0.3),
        None,
        errors.RateLimited(retry_after_seconds=0.2),
    ]
    engine.run(LaneKind.OUT)

    for number in range(10):
        await engine.add("cherry", str(number))

    await until(lambda: len(engine.chat.sent) == 10)
    assert engine.chat.texts() == [str(number) for number in range(10)]


async def test_another_order_key_does_not_wait_for_a_stuck_one(engine: Engine) -> None:
    engine.chat.refuse = lambda text: (
        errors.Temporary(retry_after_seconds=60) if text == "stuck" else None
    )
    engine.run(LaneKind.OUT)

    await engine.add("cherry", "stuck")
    await engine.add("cherry", "behind")
    await engine.add("cherry", "free", order_key="two")

    await until(lambda: engine.chat.texts() == ["free"])


async def test_a_refused_delivery_is_parked_and_does_not_hold_the_rest(engine: Engine) -> None:
    engine.chat.errors = [errors.Rejected("no", reason=Reason.CHAT_NOT_FOUND)]
    engine.run(LaneKind.OUT)

    await engine.add("cherry", "bad")
    await engine.add("cherry", "good")

    await until(lambda: engine.chat.texts() == ["good"])
    row = await engine.state("cherry", "bad")
    assert (row["state"], row["reason"]) == ("parked", "chat_not_found")


async def test_a_parked_delivery_is_sent_again_by_one_press_of_two(engine: Engine) -> None:
    engine.chat.errors = [errors.Rejected()]
    engine.run(LaneKind.OUT)
    delivery_id = await engine.add("cherry", "again")
    await asyncio.sleep(0.3)

    moved = []
    for _ in range(2):
        async with engine.services.database.tenant(engine.tenants["cherry"]) as tx:
            moved.append(await engine.services.outbox.retry(tx, [delivery_id]))

    await until(lambda: engine.chat.texts() == ["again"])
    assert moved == [1, 0]


async def test_what_was_parked_goes_before_younger_ones_of_its_key_that_still_wait(
    engine: Engine,
) -> None:
    engine.chat.errors = [errors.Rejected()]
    engine.run(LaneKind.OUT)
    parked = await engine.add("cherry", "first")
    await asyncio.sleep(0.3)
    engine.chat.rate = Rate(1, 1.5)
    await engine.add("cherry", "another", order_key="other")
    await until(lambda: engine.chat.texts() == ["another"])
    for text in ("second", "third"):
        await engine.add("cherry", text)

    async with engine.services.database.tenant(engine.tenants["cherry"]) as tx:
        await engine.services.outbox.retry(tx, [parked])

    await until(lambda: len(engine.chat.sent) == 4, 15)
    assert engine.chat.texts()[1:] == ["first", "second", "third"]


async def test_a_stranger_moves_nothing(engine: Engine) -> None:
    engine.chat.errors = [errors.Rejected()]
    engine.run(LaneKind.OUT)
    delivery_id = await engine.add("cherry", "mine")
    await asyncio.sleep(0.3)

    async with engine.services.database.tenant(engine.tenants["plum"]) as tx:
        assert await engine.services.outbox.retry(tx, [delivery_id]) == 0
        assert await engine.services.outbox.drop(tx, [delivery_id]) == 0
        assert await engine.services.outbox.journal(tx) == []


async def test_an_unknown_outcome_of_the_relay_is_repeated_once_with_a_mark(
    engine: Engine,
) -> None:
    engine.chat.errors = [errors.OutcomeUnknown()]
    engine.run(LaneKind.OUT)

    await engine.add("cherry", "maybe")

    await until(lambda: len(engine.chat.sent) == 1)
    assert engine.chat.texts()[0].endswith("\nmaybe")
    await asyncio.sleep(0.1)
    assert (await engine.state("cherry", "maybe"))["possible_repeat"]


async def test_a_second_unknown_outcome_is_left_to_a_person(engine: Engine) -> None:
    engine.chat.errors = [errors.OutcomeUnknown(), errors.OutcomeUnknown()]
    engine.run(LaneKind.OUT)

    await engine.add("cherry", "lost")
    await asyncio.sleep(0.6)

    assert (await engine.state("cherry", "lost"))["state"] == "unknown"
    assert engine.chat.sent == []


async def test_what_a_dead_owner_was_calling_is_repeated_once_with_a_mark(engine: Engine) -> None:
    await engine.add("cherry", "hung")
    await engine.rows("cherry", "UPDATE delivery SET state = 'calling', attempts = 1 RETURNING 1")
    await engine.rows("cherry", "UPDATE delivery_open SET calling = true RETURNING 1")

    engine.run(LaneKind.OUT)

    await until(lambda: len(engine.chat.sent) == 1)
    assert "\n" in engine.chat.texts()[0]


async def test_a_campaigns_call_of_a_dead_owner_becomes_unknown(engine: Engine) -> None:
    await engine.add("cherry", "bulk", cls=Class.CAMPAIGN)
    await engine.rows("cherry", "UPDATE delivery SET state = 'calling', attempts = 1 RETURNING 1")
    await engine.rows("cherry", "UPDATE delivery_open SET calling = true RETURNING 1")

    engine.run(LaneKind.OUT)
    await asyncio.sleep(2.5)

    assert (await engine.state("cherry", "bulk"))["state"] == "unknown"
    assert engine.chat.sent == []


async def test_a_newer_cosmetic_delivery_replaces_an_older_one(engine: Engine) -> None:
    for text in ("old", "older still", "new"):
        await engine.add("cherry", text, cls=Class.COSMETIC, coalesce_key="title")

    engine.run(LaneKind.OUT)
    await until(lambda: engine.chat.texts() == ["new"])

    assert (await engine.state("cherry", "old"))["reason"] == "superseded"


async def test_a_newer_mark_does_not_wait_for_the_delay_of_the_one_it_replaces(
    engine: Engine,
) -> None:
    engine.run(LaneKind.OUT)
    more = {"cls": Class.COSMETIC, "coalesce_key": "mark"}
    await engine.add("cherry", "queued", delay_seconds=30.0, **more)
    await asyncio.sleep(0.2)

    await engine.add("cherry", "sent", **more)

    await until(lambda: engine.chat.texts() == ["sent"], 3)


async def test_the_bridge_goes_before_bulk_that_waits_longer(engine: Engine) -> None:
    for number in range(20):
        await engine.add("cherry", f"bulk{number}", cls=Class.CAMPAIGN, order_key=f"p{number}")
    await engine.add("cherry", "bridge", order_key="talk")
    engine.chat.rate = Rate(5, 1.0, reserve=1)

    engine.run(LaneKind.OUT)

    await until(lambda: "bridge" in engine.chat.texts())
    assert engine.chat.texts().index("bridge") <= 1


async def test_a_held_delivery_goes_when_its_resolver_allows(engine: Engine) -> None:
    ready = False

    async def resolve(tx: Tx, delivery: Delivery) -> Go | Hold | Stop:
        return Go(delivery.action) if ready else Hold(0.1)

    engine.services.outbox.resolver("topic", resolve)
    engine.run(LaneKind.OUT)
    await engine.add("cherry", "waits", target_kind="topic")
    await engine.add("cherry", "second", target_kind="topic")
    await asyncio.sleep(0.4)
    assert engine.chat.sent == []

    ready = True

    await until(lambda: engine.chat.texts() == ["waits", "second"])


async def test_subscribers_hear_an_outcome_in_its_transaction(engine: Engine) -> None:
    heard: list[tuple[State, str]] = []

    async def listen(tx: Tx, settled: Settled) -> None:
        heard.append((settled.state, settled.delivery.purpose))
        if settled.delivery.purpose == "test":
            engine.services.outbox.add(tx, engine.delivery("cherry", "echo", purpose="echo"))

    engine.services.outbox.on_settled(listen)
    engine.run(LaneKind.OUT)
    await engine.add("cherry", "first")

    await until(lambda: engine.chat.texts() == ["first", "echo"])
    await until(lambda: heard == [(State.SENT, "test"), (State.SENT, "echo")])


async def test_a_failing_subscriber_does_not_lose_the_outcome(engine: Engine) -> None:
    async def explode(tx: Tx, settled: Settled) -> None:
        raise ValueError("cannot digest")

    engine.services.outbox.on_settled(explode)
    engine.run(LaneKind.OUT)
    await engine.add("cherry", "fact")
    await until(lambda: engine.chat.texts() == ["fact"])
    await asyncio.sleep(0.2)

    assert (await engine.state("cherry", "fact"))["state"] == "sent"


async def test_stopping_lets_the_call_end_and_hands_the_lane_back(engine: Engine) -> None:
    engine.chat.delay = 0.5
    engine.run(LaneKind.OUT)
    await engine.add("cherry", "slow")
    await asyncio.sleep(0.3)

    await asyncio.wait_for(engine.stop(), 5)

    assert engine.chat.texts() == ["slow"]
    assert (await engine.state("cherry", "slow"))["state"] == "sent"
    assert await engine.rows("cherry", "SELECT owner FROM lane WHERE owner IS NOT NULL") == []
