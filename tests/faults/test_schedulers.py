"""I25: however many schedulers run and die, a minute fires once. About 20 s on two free cores."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from sandbox.servers import APP_ROLE
from tests.faults.minutes import FAST_TIME
from tests.faults.stack import Stack

MINUTES = 40
KILLS = 4
SECONDS = 90.0


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_each_minute_fires_once_over_two_schedulers_and_their_deaths(
    stack: Stack, environ: dict[str, str]
) -> None:
    dsn = environ["VISHENKA_MIGRATE_DATABASE_URL"]
    rows = await asyncpg.connect(dsn)
    start, name = (
        await rows.fetchval("SELECT now()"),
        await rows.fetchval("SELECT current_database()"),
    )
    await rows.execute(FAST_TIME.format(role=APP_ROLE, start=start, name=name))
    both = [stack.start_program("minutes", ["-m", "tests.faults.minutes"]) for _ in range(2)]
    try:
        for number in range(KILLS):
            await _fired(rows, (number + 1) * MINUTES // KILLS)
            stack.kill(both[number % 2])
        await _fired(rows, MINUTES)
        found = await rows.fetch("SELECT minute FROM effect ORDER BY minute")
    finally:
        await rows.close()

    minutes = [row["minute"] for row in found]
    assert len(minutes) == len(set(minutes)) >= MINUTES
    # One who dies between firing and its work takes that minute along: it is not fired again.
    span = (minutes[-1] - minutes[0]) / timedelta(minutes=1) + 1
    assert len(minutes) >= span * 0.8
    assert [role.starts > 1 for role in both] == [True, True]


async def _fired(rows: asyncpg.Connection, amount: int) -> None:
    async with asyncio.timeout(SECONDS):
        while await rows.fetchval("SELECT count(*) FROM effect") < amount:
            await asyncio.sleep(0.1)
