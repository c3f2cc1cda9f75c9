"""Slow statements are told without their values; quick ones are not."""

import logging
from collections.abc import AsyncIterator

import pytest

from services.kit import metrics
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
