"""A bot's limit held by two workers while a campaign waits, and what a bridge message pays for it.

Ratio: calls a second over what the limit allows, the worst of 1 bot and of many. No window of one
second may hold more, by the fake's clock. Many bots run at a tenth of the real limit: a hundred
bots at 30/s are 3,000 calls a second, more than two cores can make; of these 3/s one is kept for
bridge messages, so bulk is measured against the 2/s it may use.
"""

from __future__ import annotations

import asyncio
import time
from itertools import count
from typing import Any

from benchmarks import world as worlds
from benchmarks.kit import Result, load_average, percentile
from benchmarks.stack import Stack, open_stack, prepare
from sandbox.city import City

LIMIT = 30
RESERVED = 1
SECONDS = 15.0
MANY = 100
MANY_SCALE = 0.1
BRIDGE_MESSAGES = 6
BRIDGE_PAUSE = 1.0
CHATS = 60
_numbers = count(1)


async def run() -> Result:
    """Measure one bot at the real limit, then many at a tenth of it."""
    one = await measure(1, 1.0, bridge=True)
    many = await measure(MANY, MANY_SCALE, bridge=False)
    detail = {"one_bot": one, "many_bots": many, "load_average": round(load_average(), 2)}
    return Result("pacing", min(one["held"], many["held"]), 0.95, "higher", detail)


async def measure(bots: int, scale: float, *, bridge: bool) -> dict[str, Any]:
    """Return the share of the limit held, the fullest second, and the bridge's times."""
    lines = worlds.lines(bots, bots)
    async with City(seed=1) as city:
        worlds.build(city, lines)
        chats = worlds.people(city, lines, CHATS)
        extra = {
            "VISHENKA_TELEGRAM_API_URL": city.telegram_url,
            "VISHENKA_AVITO_API_URL": city.avito_url,
            "VISHENKA_LIMITS_SCALE": str(scale),
        }
        with open_stack(**extra) as stack:
            hooks = await _start(stack, lines)
            limit = max(round(LIMIT * scale), 1)
            found: dict[str, Any] = {"bots": bots, "limit": limit}
            if bridge:
                await _bridge(city, lines[0], hooks[0], 1)
                found["bridge_idle_ms"] = await _bridge(city, lines[0], hooks[0])
            await stack.bulk(_orders(lines, chats, int(limit * SECONDS * 1.5)))
            found |= await _watch(city, lines, limit, hooks[0] if bridge else "")
            return found


async def _start(stack: Stack, lines: tuple[worlds.Line, ...]) -> list[str]:
    await prepare(stack)
    made = await asyncio.to_thread(stack.seed, worlds.document(lines))
    stack.start("web")
    stack.start("worker")
    stack.start("worker")
    await stack.ready()
    return [tenant["channels"][0]["hook_url"] for tenant in made["tenants"]]


def _orders(
    lines: tuple[worlds.Line, ...], chats: list[str], amount: int
) -> list[dict[str, object]]:
    return [
        {"slug": f"bench{n}", "chats": chats, "amount": amount} for n, _line in enumerate(lines)
    ]


async def _watch(
    city: City, lines: tuple[worlds.Line, ...], limit: int, hook: str
) -> dict[str, Any]:
    begun = time.time()
    await asyncio.sleep(2.0)
    amid = await _bridge(city, lines[0], hook) if hook else None
    await asyncio.sleep(max(0.0, begun + SECONDS - time.time()))
    ended = time.time()
    by_bot: dict[str, list[float]] = {}
    for entry in city.journal.accepted("telegram", "sendMessage"):
        by_bot.setdefault(entry.account, []).append(entry.at)
    made = sum(begun + 1.0 <= at < ended for times in by_bot.values() for at in times)
    share = limit if limit == LIMIT else limit - RESERVED
    allowed = share * (ended - begun - 1.0) * len(lines)
    fullest = max((_fullest(times) for times in by_bot.values()), default=0)
    found: dict[str, Any] = {"held": round(made / allowed, 3), "fullest_second": fullest}
    return found if amid is None else found | {"bridge_amid_ms": amid}


def _fullest(times: list[float]) -> int:
    """Return the most calls in any window of one second."""
    times, first, most = sorted(times), 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


async def _bridge(city: City, line: worlds.Line, hook: str, amount: int = 0) -> dict[str, float]:
    """Let a buyer write now and then; return how long each message took to its topic."""
    city.avito.world.accounts[line.account].hooks = {hook: "v3"}
    took = []
    for _ in range(amount or BRIDGE_MESSAGES):
        text = f"Вопрос номер {next(_numbers)}"
        said = time.time()
        city.avito.buyer_says(line.account, line.buyers[0], worlds.ITEM, text)
        took.append(await _arrival(city, line.group, text) - said)
        await asyncio.sleep(BRIDGE_PAUSE)
    return {
        "p50": round(percentile(took, 0.5) * 1e3, 1),
        "worst": round(max(took) * 1e3, 1),
    }


async def _arrival(city: City, group: int, text: str) -> float:
    for _ in range(2_000):
        for entry in reversed(city.journal.entries):
            if entry.method == "sendMessage" and str(entry.body.get("text", "")) == text:
                return entry.at
            if entry.method == "text":
                break
        await asyncio.sleep(0.01)
    raise RuntimeError(f"a message did not arrive in {group}")
