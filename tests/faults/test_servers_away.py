"""I1 I21 I22 I27: Redis emptied and away, PostgreSQL restarted and read-only, ours not restarted.

About 60 s on two free cores.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.servers import EmbeddedPostgres, EmbeddedValkey
from services.database import migrate
from tests.conftest import TEST_MASTER_KEY
from tests.faults.stack import Stack, open_stack
from tests.faults.town import Size, Town, fair, until

SMALL = Size(2, 4, 8)
ANSWER_SECONDS = 3.0
BACK_SECONDS = 10.0


@pytest.fixture
async def own(place: Path) -> AsyncIterator[tuple[Stack, EmbeddedPostgres, EmbeddedValkey]]:
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
        async with open_stack(environ, place) as stack:
            yield stack, pg, valkey


Own = tuple[Stack, EmbeddedPostgres, EmbeddedValkey]


def _pids(stack: Stack) -> list[int]:
    return [role.child.pid for role in stack.roles]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_redis_emptied_and_away_costs_only_time(own: Own) -> None:
    stack, _, valkey = own
    town = await stack.begin(SMALL)
    await town.opened()
    pids = _pids(stack)
    for number in range(10):
        talking = asyncio.create_task(town.chatter(range(number, number + 1), 0.6))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(valkey.call, "FLUSHALL")
        await talking
    await valkey.akill()
    talking = asyncio.create_task(town.chatter(range(20, 26), 10.0))
    await talking
    assert await stack.status("GET", f"{stack.url}/healthz") == 200
    # The rows are swept without the doorbell.
    await until(lambda: not town.missing(), 30)
    await valkey.astart()
    await town.chatter(range(30, 32), 1.0)

    fair(town, await town.calm(60))
    assert _pids(stack) == pids  # nobody had to be started again


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_postgres_restarted_five_times_under_traffic(own: Own) -> None:
    stack, pg, _ = own
    town = await stack.begin(SMALL)
    await town.opened()
    pids = _pids(stack)
    answers, backs = [], []
    for number in range(5):
        talking = asyncio.create_task(town.chatter(range(number * 3, number * 3 + 3), 3.0))
        await asyncio.sleep(0.5)
        await pg.astop()
        answers.append(await _answer(stack, town))
        await asyncio.sleep(0.5)
        await pg.astart()
        backs.append(await _back(stack, town))
        await talking

    assert {status for status, _ in answers} == {503}, answers
    assert max(seconds for _, seconds in answers) <= ANSWER_SECONDS, answers
    assert max(backs) <= BACK_SECONDS, backs
    fair(town, await town.calm(90))
    assert _pids(stack) == pids


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_nothing_is_taken_while_postgres_refuses_writes(own: Own) -> None:
    """The stand-in for a full disk: every write fails, reads go on."""
    stack, pg, _ = own
    town = await stack.begin(SMALL)
    await town.opened()
    await _refuse_writes(pg, "on")
    answers = [await _answer(stack, town) for _ in range(5)]
    await town.chatter(range(3), 2.0)
    await asyncio.sleep(1.0)
    stored = await asyncio.to_thread(pg.psql, "SELECT count(*) FROM inbox", "vishenka")
    taken = sum(e.kind == "hook" and e.status == 200 for e in stack.city.journal.entries)
    await _refuse_writes(pg, "off")
    back = await _back(stack, town)

    assert {status for status, _ in answers} == {503}, answers
    assert max(seconds for _, seconds in answers) <= ANSWER_SECONDS, answers
    assert int(stored) >= taken  # nothing was answered 2xx without a row
    assert back <= BACK_SECONDS
    fair(town, await town.calm(60))


async def _refuse_writes(pg: EmbeddedPostgres, word: str) -> None:
    first = "SET default_transaction_read_only = off;\n"
    change = f"ALTER SYSTEM SET default_transaction_read_only = {word};\n"
    await asyncio.to_thread(pg.psql, first + change + "SELECT pg_reload_conf();\n")
    await asyncio.sleep(0.5)


async def _answer(stack: Stack, town: Town) -> tuple[int, float]:
    """What a webhook gets now, and after how long."""
    began = time.monotonic()
    status = await _knock(stack, town, 990_000_000)
    return status, time.monotonic() - began


async def _knock(stack: Stack, town: Town, number: int) -> int:
    bot = town.seeded["tenants"][0]["bots"][0]
    headers = {"X-Telegram-Bot-Api-Secret-Token": bot["hook_secret"]}
    body = {"update_id": number, "poll": {"id": "1"}}
    return await stack.status("POST", bot["hook_url"], json=body, headers=headers)


async def _back(stack: Stack, town: Town) -> float:
    """Seconds until a webhook is taken again."""
    began = time.monotonic()
    while await _knock(stack, town, 990_000_001) != 200:
        assert time.monotonic() - began < 60
        await asyncio.sleep(0.1)
    return time.monotonic() - began
