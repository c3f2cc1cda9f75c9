"""I12: thousands of receipts in any order: a state only rises, and ends at the highest word."""

import random
from typing import Any

import asyncpg
import pytest

from services.connectors.messages import Receipt, ReceiptStatus
from services.kit.clock import SystemClock
from services.kit.settings import Settings
from services.outbox.receipts import STATES
from services.outbox.rules import RANKS
from tests.engine import Engine, open_engine

MESSAGES, CALLBACKS = 50, 2_000
WATCH = """
CREATE FUNCTION ranked(word text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT CASE word
    WHEN 'sent' THEN 2 WHEN 'delivered' THEN 3 WHEN 'read' THEN 4 WHEN 'bounced' THEN 5
    WHEN 'complained' THEN 6 ELSE 0 END $$;
CREATE FUNCTION risen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF ranked(NEW.state) < ranked(OLD.state) THEN RAISE EXCEPTION 'a state fell'; END IF;
    RETURN NEW; END $$;
CREATE TRIGGER risen BEFORE UPDATE ON delivery FOR EACH ROW EXECUTE FUNCTION risen();
"""


@pytest.fixture
async def engine(settings: Settings) -> Any:
    async with open_engine(settings) as opened:
        await opened.tenant("cherry")
        yield opened


async def test_two_thousand_shuffled_receipts_lower_nothing(
    engine: Engine, settings: Settings
) -> None:
    rng = random.Random(3)  # noqa: S311 - repeatable chance
    async with engine.services.database.tenant(engine.tenants["cherry"]) as tx:
        for number in range(MESSAGES):
            engine.services.outbox.add(tx, engine.delivery("cherry", str(number)))
    await engine.rows(
        "cherry", "UPDATE delivery SET state = 'sent', external_id = 'm' || idempotency_key"
    )
    await _watch(settings)
    said = [(rng.randrange(MESSAGES), rng.choice(list(ReceiptStatus))) for _ in range(CALLBACKS)]
    for start in range(0, CALLBACKS, 100):
        await _hear(engine, said[start : start + 100])

    highest = {f"k:{number}": 2 for number in range(MESSAGES)}
    for number, status in said:
        key = f"k:{number}"
        highest[key] = max(highest[key], RANKS[STATES[status]])
    rows = await engine.rows("cherry", "SELECT idempotency_key, state FROM delivery")
    assert {row["idempotency_key"]: RANKS[row["state"]] for row in rows} == highest
    assert await engine.rows("cherry", "SELECT id FROM early_receipt") == []


async def _hear(engine: Engine, said: list[tuple[int, ReceiptStatus]]) -> None:
    channel, now = engine.channels["cherry", "chat"], SystemClock().now()
    async with engine.services.database.tenant(engine.tenants["cherry"]) as tx:
        for number, status in said:
            receipt = Receipt(status=status, external_id=f"mk:{number}", chat_id="g", at=now)
            await engine.services.outbox.receipt(tx, channel, receipt)


async def _watch(settings: Settings) -> None:
    """The database itself refuses a state that falls."""
    conn: Any = await asyncpg.connect(settings.owner_database_url)
    try:
        await conn.execute(WATCH)
    finally:
        await conn.close()
