"""Slow statements are told without their values; quick ones are not."""

import logging
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.kit import metrics
from services.kit.connection import FIRST_USES, SERVER_SETTINGS, Connection
from services.kit.db import Database, open_database
from tests.conftest import Dsns


@pytest.fixture
async def database(dsns: Dsns) -> AsyncIterator[Database]:
    database = await open_database(dsns.app_dsn, size=1)
    yield database
    await database.close()


def slow() -> float:
    return metrics.registry.get_sample_value("vishenka_slow_queries_total") or 0.0


async def test_a_slow_statement_is_counted_and_told(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    before = slow()
    with caplog.at_level(logging.WARNING):
        async with database.system("test") as tx:
            await tx.fetch("SELECT pg_sleep(0.55), $1::text", "canary")
            await tx.fetch("SELECT 1")

    (record,) = [r for r in caplog.records if r.getMessage() == "slow statement"]
    assert slow() == before + 1
    assert record.milliseconds >= 550  # type: ignore[attr-defined]
    assert record.statement == "SELECT pg_sleep(0.55), $1::text"  # type: ignore[attr-defined]
    assert "canary" not in str(record.__dict__)


async def test_a_plan_made_for_a_small_table_does_not_outlive_its_growth(dsns: Dsns) -> None:
    conn = await asyncpg.connect(
        dsns.owner_dsn, connection_class=Connection, server_settings=SERVER_SETTINGS
    )
    try:
        await conn.execute("CREATE TABLE grows (id int PRIMARY KEY)")
        await conn.execute("INSERT INTO grows VALUES (0)")
        await conn.execute("ANALYZE grows")
        await conn.execute("PREPARE find AS SELECT * FROM grows WHERE id = $1")
        assert "Seq Scan" in await _kept_plan(conn)

        await conn.execute("INSERT INTO grows SELECT generate_series(1, 5000)")
        for n in range(FIRST_USES):
            await conn.fetchval("SELECT $1::int", n)
        assert "Seq Scan" not in await _kept_plan(conn)
    finally:
        await conn.close()


async def _kept_plan(conn: asyncpg.Connection) -> str:
    return "\n".join(row[0] for row in await conn.fetch("EXPLAIN EXECUTE find(7)"))
