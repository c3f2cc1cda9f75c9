"""What one more client bot costs a process: memory of its opened channel, time to open a thousand.

Ratio: bytes a bot over 2 KB. The product opens a bot when its first update comes; here all of them
come at once.
"""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from typing import Any

from benchmarks.kit import Result, load_average, middle
from benchmarks.stack import Stack, open_stack, prepare
from services.bootstrap import Services, bootstrap
from services.kit.settings import load_settings

BOTS = 1_000
ROUNDS = 3
BYTES = 2_048
TENANTS = 10
HOOKS = "SELECT hook_key FROM channel WHERE kind = 'client'"


async def run() -> Result:
    """Measure."""
    with open_stack() as stack:
        await _seed(stack)
        services = await bootstrap(load_settings(stack.env), use_broker=False)
        try:
            async with services.database.system("benchmark") as tx:
                hooks = [row["hook_key"] for row in await tx.fetch(HOOKS)]
            seconds = [await _load(services, hooks) for _ in range(ROUNDS)]
            size = await _memory(services, hooks)
        finally:
            await services.close()
    detail = {
        "bytes_a_bot": round(size),
        "bots": len(hooks),
        "load_ms": round(middle(seconds) * 1e3, 1),
        "load_ms_goal": 50,
        "load_average": round(load_average(), 2),
    }
    return Result("bots", size / BYTES, 1.0, "lower", detail)


async def _seed(stack: Stack) -> None:
    await prepare(stack)
    tenants: list[dict[str, Any]] = []
    for n in range(TENANTS):
        bots = [_bot(n * (BOTS // TENANTS) + k) for k in range(BOTS // TENANTS)]
        tenants.append({"slug": f"bench{n}", "name": f"Bench {n}", "bots": bots})
    await asyncio.to_thread(stack.seed, {"tenants": tenants})


def _bot(n: int) -> dict[str, str]:
    token = f"{4_400_000 + n}:AAE-benchmark-bot-token-number-{n:06}"
    return {"name": f"bot{n}", "token": token, "username": f"bench{n}_bot"}


async def _load(services: Services, hooks: list[str]) -> float:
    services.channel_cache.forget()
    started = time.perf_counter()
    await asyncio.gather(*(services.channel_cache.by_hook("telegram", key) for key in hooks))
    return time.perf_counter() - started


async def _memory(services: Services, hooks: list[str]) -> float:
    services.channel_cache.forget()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for key in hooks:
        await services.channel_cache.by_hook("telegram", key)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / len(hooks)
