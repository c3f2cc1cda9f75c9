"""A lease that is renewed late, but not lost: work stops, and goes on where it was."""

from typing import Any

import pytest

from services.connectors.messages import Message
from services.inbox.models import Event
from services.kit.db import Tx
from services.kit.errors import Unavailable
from services.lanes.models import LaneKind
from tests.engine import Engine, until


@pytest.fixture(autouse=True)
def quick_to_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.lanes.runner.LINGER_SECONDS", 0.3)


def outdate(engine: Engine, kind: LaneKind) -> None:
    """As if the last renewal were too old for any effect; the next one mends it."""
    for lease in engine.services.runner._leases.values():
        if lease.kind is kind:
            lease.good_until = 0.0


async def test_events_read_before_the_lease_grew_old_are_not_passed_over(engine: Engine) -> None:
    failed: list[str] = []

    async def fail_once(_tx: Tx, _event: Event, message: Message) -> None:
        if not failed:
            failed.append(message.text.text)
            outdate(engine, LaneKind.IN)
            raise Unavailable

    engine.services.inbox.on(Message, fail_once)
    for number in range(3):
        await engine.store("cherry", f"e{number}", f"{number}")
    engine.run()

    await until(lambda: engine.chat.texts() == ["0", "1", "2"], 15)


async def test_deliveries_waiting_when_the_lease_grew_old_are_sent(engine: Engine) -> None:
    engine.chat.delay = 0.2
    for number in range(3):
        await engine.add("cherry", f"{number}")
    engine.run()
    await until(lambda: engine.services.runner._leases)
    await until(lambda: _calling(engine), 5)
    outdate(engine, LaneKind.OUT)

    await until(lambda: engine.chat.texts() == ["0", "1", "2"], 15)


async def test_a_call_that_may_not_begin_any_more_begins_under_the_next_renewal(
    engine: Engine,
) -> None:
    engine.run(LaneKind.OUT)
    await engine.add("cherry", "first")
    await until(lambda: engine.chat.texts() == ["first"])

    async def late(_tx: Tx) -> None:
        outdate(engine, LaneKind.OUT)  # after the reservation, before the commit that starts it

    async with engine.services.database.tenant(engine.tenants["cherry"]) as tx:
        for number in range(3):
            new = engine.delivery("cherry", f"{number}", order_key=f"{number}")
            engine.services.outbox.add(tx, new)
        tx.before_commit(1_000, late)

    await until(lambda: len(engine.chat.sent) == 4, 15)
    await until(lambda: not _calling(engine))
    rows = await engine.rows("cherry", "SELECT count(*) FROM delivery WHERE state <> 'sent'")
    assert rows[0]["count"] == 0


def _calling(engine: Engine) -> Any:
    leases = engine.services.runner._leases.values()
    return any(lease.state is not None and lease.state.calling for lease in leases)
