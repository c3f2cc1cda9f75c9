"""Connections kept at hand: used again, never starving anybody, replaced when dead."""

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.kit.db import open_database
from services.kit.spares import Spares
from tests.conftest import Dsns

PID = "SELECT pg_backend_pid()"


@pytest.fixture
async def spares(dsns: Dsns) -> AsyncIterator[Spares]:
    opened = await open_database(dsns.app_dsn, size=1)
    spares = Spares(opened.pool, opened.dsn)
    yield spares
    await spares.close()


async def pid(spares: Spares) -> int:
    async with spares.connection() as conn:
        return int(await conn.fetchval(PID))


async def test_a_connection_is_used_again(spares: Spares) -> None:
    assert await pid(spares) == await pid(spares)


async def test_who_waits_gets_the_connection_that_comes_back(spares: Spares) -> None:
    async with spares.connection():
        waiting = [asyncio.ensure_future(pid(spares)) for _ in range(3)]
        await asyncio.sleep(0.05)

    assert len(set(await asyncio.wait_for(asyncio.gather(*waiting), 1))) == 1


async def test_a_dead_one_is_replaced(spares: Spares, dsns: Dsns) -> None:
    before = await pid(spares)
    owner = await asyncpg.connect(dsns.owner_dsn)
    await owner.execute("SELECT pg_terminate_backend($1)", before)
    await owner.close()
    await asyncio.sleep(0.1)

    assert await pid(spares) != before


async def test_a_failed_statement_leaves_a_usable_one(spares: Spares) -> None:
    with pytest.raises(asyncpg.PostgresError):
        async with spares.connection() as conn:
            await conn.fetch("SELECT 1 / 0")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), spares.connection() as conn:
            await conn.fetch("SELECT pg_sleep(5)")

    assert await pid(spares)


async def test_closing_waits_for_nobody(dsns: Dsns) -> None:
    opened = await open_database(dsns.app_dsn, size=2)
    spares = Spares(opened.pool, opened.dsn)
    await pid(spares)
    started = time.monotonic()
    await spares.close()

    assert time.monotonic() - started < 1
