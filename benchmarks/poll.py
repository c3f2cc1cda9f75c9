"""Polls every account COUNT times, then asks the same addresses with a bare client: `python -m
benchmarks.poll ROUNDS ACCOUNT URL`. Prints both CPU times a poll as JSON.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
import tracemalloc
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


async def bare(url: str, account: str, amount: int) -> None:
    """Ask the same list of chats without a product around it."""
    token = aiohttp.FormData({"grant_type": "client_credentials"})
    token.add_field("client_id", "client-0")
    token.add_field("client_secret", "secret-0")
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{url}/token", data=token) as answer:
            head = {"Authorization": f"Bearer {(await answer.json())['access_token']}"}
        path = f"{url}/messenger/v2/accounts/{account}/chats?limit=100&offset=0"
        for _ in range(amount):
            async with session.get(path, headers=head) as answer:
                if answer.status != 200:
                    raise RuntimeError(f"the fake answered {answer.status}")
                orjson.loads(await answer.read())


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
    await polls(services)
    pairs: list[tuple[float, float]] = []
    for _ in range(rounds):
        await make_due(services)
        started = time.process_time()
        made = await polls(services)
        ours = (time.process_time() - started) / made
        started = time.process_time()
        await bare(url, account, made)
        pairs.append((ours, (time.process_time() - started) / made))
    await services.close()
    report: dict[str, Any] = {"pairs": pairs, "polls": made, "bytes": memory()}
    sys.stdout.write(orjson.dumps(report).decode())


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), *sys.argv[2:4]))  # as the roles do
