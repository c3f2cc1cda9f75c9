"""However many schedulers there are and whatever their clocks say, a minute fires once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.kit.db import Database, open_database
from services.kit.schedule import Job, Scheduler
from tests.conftest import Dsns


@pytest.fixture
async def database(dsns: Dsns) -> AsyncIterator[Database]:
    opened = await open_database(dsns.app_dsn)
    yield opened
    await opened.close()


async def test_two_schedulers_fire_a_minute_once(database: Database) -> None:
    fired: list[int] = []

    async def run() -> None:
        fired.append(1)

    job = Job("sweep", timedelta(minutes=1), run)
    schedulers = [Scheduler(database, (job,)) for _ in range(2)]

    minutes = set()
    for _ in range(20):
        async with database.connection() as conn:
            minutes.add(await conn.fetchval("SELECT date_trunc('minute', now())"))
        await asyncio.gather(*(scheduler.fire(job) for scheduler in schedulers))

    assert 1 <= len(fired) <= len(minutes) + 1
    async with database.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM schedule_fire") == len(fired)


async def test_a_job_waits_for_its_minute(database: Database) -> None:
    ran: list[int] = []

    async def run() -> None:
        ran.append(1)

    async with database.connection() as conn:
        minute = await conn.fetchval(
            "SELECT extract(hour FROM now() AT TIME ZONE 'UTC')::int * 60"
            " + extract(minute FROM now())::int"
        )
    step = 7 if minute % 7 and (minute + 1) % 7 else 11
    due = minute % step == 0 or (minute + 1) % step == 0

    await Scheduler(database, ()).fire(Job("rare", timedelta(minutes=step), run))

    assert due or ran == []
