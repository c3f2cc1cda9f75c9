"""Plays with the servers: Redis emptied and away, PostgreSQL restarted; ours stay up."""

from __future__ import annotations

import asyncio
import time

from sandbox.servers import EmbeddedPostgres, EmbeddedValkey
from tests.faults.stack import Stack
from tests.faults.town import Size, Town, fair, until

SMALL = Size(2, 4, 8)
ANSWER_SECONDS = 3.0
BACK_SECONDS = 10.0


async def redis_storm(
    stack: Stack,
    valkey: EmbeddedValkey,
    *,
    size: Size = SMALL,
    flushes: int = 10,
    away_seconds: float = 10.0,
) -> None:
    """I22: an emptied or missing Redis costs time only."""
    town = await stack.begin(size)
    await town.opened()
    pids = _pids(stack)
    for number in range(flushes):
        talking = asyncio.create_task(town.chatter(range(number, number + 1), 0.6))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(valkey.call, "FLUSHALL")
        await talking
    await valkey.akill()
    await town.chatter(range(flushes, flushes + 6), away_seconds)
    assert await stack.status("GET", f"{stack.url}/healthz") == 200
    # The rows are swept without the doorbell.
    await until(lambda: not town.missing(), 30 + 2 * away_seconds)
    await valkey.astart()
    await town.chatter(range(flushes + 6, flushes + 8), 1.0)

    fair(town, await stack.settled(120))
    assert _pids(stack) == pids  # nobody had to be started again


async def postgres_restarts(
    stack: Stack,
    pg: EmbeddedPostgres,
    *,
    size: Size = SMALL,
    restarts: int = 5,
    patience: float = 120.0,
) -> None:
    """I21: webhooks get 503 at once while PostgreSQL is away, and everything comes back."""
    town = await stack.begin(size)
    await town.opened()
    pids = _pids(stack)
    answers, backs = [], []
    for number in range(restarts):
        talking = asyncio.create_task(town.chatter(range(number * 3, number * 3 + 3), 3.0))
        await asyncio.sleep(0.5)
        await pg.astop()
        answers.append(await answer(stack, town))
        await asyncio.sleep(0.5)
        await pg.astart()
        backs.append(await back(stack, town))
        await talking

    refused_at_once(answers)
    assert max(backs) <= BACK_SECONDS, backs
    fair(town, await stack.settled(patience))
    assert _pids(stack) == pids


def refused_at_once(answers: list[tuple[int, float]]) -> None:
    """Every knock was answered 503 in time."""
    assert {status for status, _ in answers} == {503}, answers
    assert max(seconds for _, seconds in answers) <= ANSWER_SECONDS, answers


def _pids(stack: Stack) -> list[int]:
    return [role.child.pid for role in stack.roles]


async def answer(stack: Stack, town: Town) -> tuple[int, float]:
    """What a webhook gets now, and after how long."""
    began = time.monotonic()
    status = await _knock(stack, town, 990_000_000)
    return status, time.monotonic() - began


async def _knock(stack: Stack, town: Town, number: int) -> int:
    bot = town.seeded["tenants"][0]["bots"][0]
    headers = {"X-Telegram-Bot-Api-Secret-Token": bot["hook_secret"]}
    body = {"update_id": number, "poll": {"id": "1"}}
    return await stack.status("POST", bot["hook_url"], json=body, headers=headers)


async def back(stack: Stack, town: Town) -> float:
    """Seconds until a webhook is taken again."""
    began = time.monotonic()
    while await _knock(stack, town, 990_000_001) != 200:
        assert time.monotonic() - began < 60
        await asyncio.sleep(0.1)
    return time.monotonic() - began
