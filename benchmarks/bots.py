"""What one more client bot costs a process: memory of its opened channel, time to load a thousand.

Ratio: bytes a bot over 2 KB. Loading is measured as the product does it, each time from an empty
cache: `load` a thousand first updates that come at once, until every bot's secrets are open;
`start` the warm-up of a process that starts; `cold` the first updates with no tenant's key known.
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
from services.channels.view import ChannelView
from services.kit.settings import load_settings

BOTS = 1_000
ROUNDS = 7
BYTES = 2_048
TENANTS = 50
HOOKS = "SELECT hook_key FROM channel WHERE kind = 'client'"


async def run() -> Result:
    """Measure."""
    with open_stack() as stack:
        await _seed(stack)
        services = await bootstrap(load_settings(stack.env), use_broker=False)
        try:
            gc.freeze()  # as web does
            async with services.database.system("benchmark") as tx:
                hooks = [row["hook_key"] for row in await tx.fetch(HOOKS)]
            cold = await _load(services, hooks)
            seconds = [await _load(services, hooks) for _ in range(ROUNDS)]
            starts = [await _start(services, len(hooks)) for _ in range(ROUNDS)]
            size = await _memory(services, hooks)
        finally:
            await services.close()
    detail = {
        "bytes_a_bot": round(size),
        "bots": len(hooks),
        "load_ms": round(middle(seconds) * 1e3, 1),
        "load_ms_goal": 50,
        "cold_ms": round(cold * 1e3, 1),
        "start_ms": round(middle(starts) * 1e3, 1),
        "load_average": round(load_average(), 2),
    }
    return Result("bots", size / BYTES, 1.0, "lower", detail)


async def _seed(stack: Stack) -> None:
    await prepare(stack)
    tenants: list[dict[str, Any]] = []
    each = max(1, BOTS // TENANTS)
    for n in range(BOTS // each):
        bots = [_bot(n * each + k) for k in range(each)]
        tenants.append({"slug": f"bench{n}", "name": f"Bench {n}", "bots": bots})
    await asyncio.to_thread(stack.seed, {"tenants": tenants})


def _bot(n: int) -> dict[str, str]:
    token = f"{4_400_000 + n}:AAE-benchmark-bot-token-number-{n:06}"
    return {"name": f"bot{n}", "token": token, "username": f"bench{n}_bot"}


async def _load(services: Services, hooks: list[str]) -> float:
    services.channel_cache.forget()
    started = time.perf_counter()
    for view in await asyncio.gather(*(_first_update(services, key) for key in hooks)):
        if not view.account.hook_secret:  # opened by the check of the update
            raise RuntimeError("a bot without its secret")
    return time.perf_counter() - started


async def _first_update(services: Services, key: str) -> ChannelView:
    view = await services.channel_cache.by_hook("telegram", key)
    if view is None:
        raise RuntimeError("a bot is missing")
    return view


async def _start(services: Services, bots: int) -> float:
    services.channel_cache.forget()
    started = time.perf_counter()
    if await services.channel_cache.warm() < bots:
        raise RuntimeError("a bot is missing")
    return time.perf_counter() - started


async def _memory(services: Services, hooks: list[str]) -> float:
    services.channel_cache.forget()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for key in hooks:
        (await _first_update(services, key)).account  # noqa: B018 - opens it
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / len(hooks)
