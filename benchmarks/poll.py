"""Polls every account ROUNDS times and asks as often with a bare client, singly and together:
`python -m benchmarks.poll ROUNDS ACCOUNT URL`. Prints the CPU times of one as JSON.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
import uvloop

from services.bootstrap import Services, bootstrap
from services.kit.ids import new_id
from services.kit.settings import load_settings
from services.polling.models import Breaker, Source

DUE = "UPDATE source_lease SET next_poll_at = now() - interval '1 second'"
SOURCES = 10_000


async def make_due(services: Services) -> None:
    """Let a minute pass."""
    async with services.database.system("benchmark") as tx:
        await tx.execute(DUE)


async def polls(services: Services) -> int:
    """Poll everything that is due once, as a tick does; return how many."""
    polling = services.features.polling
    made = await polling.start_due()
    await asyncio.wait(list(polling._tasks.values()))
    return made


@asynccontextmanager
async def bare_client(url: str, account: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Yield a call that asks the same list of chats without a product around it."""
    token = aiohttp.FormData({"grant_type": "client_credentials"})
    token.add_field("client_id", "client-0")
    token.add_field("client_secret", "secret-0")
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{url}/token", data=token) as answer:
            head = {"Authorization": f"Bearer {(await answer.json())['access_token']}"}
        path = f"{url}/messenger/v2/accounts/{account}/chats?limit=100&offset=0"

        async def ask() -> None:
            async with session.get(path, headers=head) as answer:
                if answer.status != 200:
                    raise RuntimeError(f"the fake answered {answer.status}")
                orjson.loads(await answer.read())

        yield ask


async def cpu(work: Awaitable[Any]) -> float:
    """Return the CPU seconds this process spent on it."""
    started = time.process_time()
    await work
    return time.process_time() - started


async def singly(ask: Callable[[], Awaitable[None]], amount: int) -> None:
    """One after the other."""
    for _ in range(amount):
        await ask()


def memory() -> float:
    """Return the bytes of one account that is being polled."""
    now = datetime.now(UTC)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    rest = ("", 0, Breaker.CLOSED, "set", now, True, False, 0.0)
    kept = [Source(new_id(), new_id(), "avito", n, *rest) for n in range(SOURCES)]
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / len(kept)


async def main(rounds: int, account: str, url: str) -> None:
    services = await bootstrap(load_settings(os.environ), use_broker=False)
    await services.features.polling.make_due()
    await make_due(services)
    made = await polls(services)
    found: list[tuple[float, float, float]] = []
    async with bare_client(url, account) as ask:
        await asyncio.gather(*(ask() for _ in range(made)))  # connections are there, as ours are
        for _ in range(rounds):
            await make_due(services)
            ours = await cpu(polls(services))
            one_by_one = await cpu(singly(ask, made))
            together = await cpu(asyncio.gather(*(ask() for _ in range(made))))
            found.append((ours / made, one_by_one / made, together / made))
    await services.close()
    report: dict[str, Any] = {"rounds": found, "polls": made, "bytes": memory()}
    sys.stdout.write(orjson.dumps(report).decode())


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), *sys.argv[2:4]))  # as the roles do
