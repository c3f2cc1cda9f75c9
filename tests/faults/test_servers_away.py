"""I1 I21 I22 I27: Redis emptied and away, PostgreSQL restarted and read-only, ours not restarted.

About 70 s on two free cores.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.servers import EmbeddedPostgres, EmbeddedValkey
from services.database import migrate
from tests.conftest import TEST_MASTER_KEY
from tests.faults.nursery import Nursery
from tests.faults.servers import (
    BACK_SECONDS,
    SMALL,
    answer,
    back,
    postgres_restarts,
    redis_storm,
    refused_at_once,
)
from tests.faults.stack import Stack, open_stack
from tests.faults.town import fair


@pytest.fixture
async def own(
    place: Path, nursery: Nursery
) -> AsyncIterator[tuple[Stack, EmbeddedPostgres, EmbeddedValkey]]:
    """A stack on servers that this test may stop."""
    async with EmbeddedPostgres(place / "pg") as pg, EmbeddedValkey(place / "valkey") as valkey:
        await migrate(pg.owner_dsn, pg.app_dsn)
        environ = {
            "VISHENKA_DATABASE_URL": pg.app_dsn,
            "VISHENKA_MIGRATE_DATABASE_URL": pg.owner_dsn,
            "VISHENKA_REDIS_URL": valkey.url,
            "VISHENKA_MASTER_KEY": TEST_MASTER_KEY,
            "VISHENKA_FILES_DIR": str(place / "files"),
        }
        async with open_stack(environ, place, nursery=nursery) as stack:
            yield stack, pg, valkey


Own = tuple[Stack, EmbeddedPostgres, EmbeddedValkey]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_redis_emptied_and_away_costs_only_time(own: Own) -> None:
    stack, _, valkey = own
    await redis_storm(stack, valkey)


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_postgres_restarted_five_times_under_traffic(own: Own) -> None:
    stack, pg, _ = own
    await postgres_restarts(stack, pg)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_nothing_is_taken_while_postgres_refuses_writes(own: Own) -> None:
    """The stand-in for a full disk: every write fails, reads go on."""
    stack, pg, _ = own
    town = await stack.begin(SMALL)
    await town.opened()
    await _refuse_writes(pg, "on")
    answers = [await answer(stack, town) for _ in range(5)]
    await town.chatter(range(3), 2.0)
    await asyncio.sleep(1.0)
    stored = await asyncio.to_thread(pg.psql, "SELECT count(*) FROM inbox", "vishenka")
    taken = sum(e.kind == "hook" and e.status == 200 for e in stack.city.journal.entries)
    await _refuse_writes(pg, "off")
    took = await back(stack, town)

    refused_at_once(answers)
    assert int(stored) >= taken  # nothing was answered 2xx without a row
    assert took <= BACK_SECONDS
    fair(town, await town.calm(60))


async def _refuse_writes(pg: EmbeddedPostgres, word: str) -> None:
    first = "SET default_transaction_read_only = off;\n"
    change = f"ALTER SYSTEM SET default_transaction_read_only = {word};\n"
    await asyncio.to_thread(pg.psql, first + change + "SELECT pg_reload_conf();\n")
    await asyncio.sleep(0.5)
