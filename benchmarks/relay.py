"""A buyer's message from the marketplace's webhook to sendMessage at the bot API, against two
floors.

`floor` does the same HTTP with two plain fsynced commits between, `direct` with nothing between.
Ratio: our p50 over the floor's, at 150 messages a second over 50 conversations.
"""

from __future__ import annotations

import asyncio
import time
from itertools import count
from typing import Any

from benchmarks import world as worlds
from benchmarks.kit import Result, load_average, middle, percentile
from benchmarks.stack import Stack, free_port, open_stack, prepare
from sandbox.city import City

ROUNDS = 3
PER_SECOND = 150
SECONDS = 6.0
CONVERSATIONS = 50
LOOK_SECONDS = 0.2
QUIET_SECONDS = 20.0
_numbers = count(1)


async def run() -> Result:
    """Measure with one bot and with five."""
    one = await measure(1)
    five = await measure(5)
    detail = {"one_bot": one, "five_bots": five, "load_average": round(load_average(), 2)}
    detail |= {"p99_goal": 2.0, "p50_direct_goal": 3.2, "p99_direct_goal": 5.5}
    return Result("relay", max(one["p50_ratio"], five["p50_ratio"]), 1.5, "lower", detail)


async def measure(bots: int) -> dict[str, Any]:
    """Return medians over the rounds for this many bots."""
    lines = worlds.lines(bots, CONVERSATIONS)
    async with City(seed=1) as city:
        worlds.build(city, lines)
        extra = {
            "VISHENKA_TELEGRAM_API_URL": city.telegram_url,
            "VISHENKA_AVITO_API_URL": city.avito_url,
            "VISHENKA_LIMITS_SCALE": "1000",
        }
        with open_stack(**extra) as stack:
            ours = await _start(stack, lines)
            floors = await _floors(stack, city, lines[0])
            await _drive(city, lines, ours, warm=True)
            rounds = []
            for _ in range(ROUNDS):
                found = {"ours": await _drive(city, lines, ours)}
                for name, url in floors.items():
                    found[name] = await _drive(city, lines, [url] * bots)
                rounds.append(found)
            return _medians(rounds)


async def _start(stack: Stack, lines: tuple[worlds.Line, ...]) -> list[str]:
    await prepare(stack)
    made = await asyncio.to_thread(stack.seed, worlds.document(lines))
    stack.start("web")
    stack.start("worker")
    await stack.ready()
    return [tenant["channels"][0]["hook_url"] for tenant in made["tenants"]]


async def _floors(stack: Stack, city: City, line: worlds.Line) -> dict[str, str]:
    found = {}
    for name, dsn in (("floor", stack.postgres.owner_dsn), ("direct", "-")):
        port = free_port()
        chat = str(line.group)
        arguments = ["-m", "benchmarks.floor", str(port), city.telegram_url, line.token, chat, dsn]
        stack.start_program(arguments)
        await stack.ready(f"http://127.0.0.1:{port}")
        found[name] = f"http://127.0.0.1:{port}/relay"
    return found


async def _drive(
    city: City, lines: tuple[worlds.Line, ...], hooks: list[str], *, warm: bool = False
) -> dict[str, float]:
    """Let buyers write at an even pace; return how long each text took to arrive."""
    for line, url in zip(lines, hooks, strict=True):
        city.avito.world.accounts[line.account].hooks = {url: "v3"}
    seen = len(city.journal.accepted("telegram", "sendMessage"))
    amount = CONVERSATIONS if warm else int(PER_SECOND * SECONDS)
    said: dict[str, float] = {}
    start = time.time()
    for n in range(amount):
        line = lines[n % len(lines)]
        buyer = line.buyers[(n // len(lines)) % len(line.buyers)]
        text = f"Сообщение номер {next(_numbers)}"
        await asyncio.sleep(max(0.0, start + n / PER_SECOND - time.time()))
        said[text] = time.time()
        city.avito.buyer_says(line.account, buyer, worlds.ITEM + lines.index(line), text)
    return await _arrivals(city, said, seen)


async def _arrivals(city: City, said: dict[str, float], seen: int) -> dict[str, float]:
    """Wait for as long as texts keep coming: late is a figure, lost is an error."""
    took: dict[str, float] = {}
    quiet = 0.0
    while len(took) < len(said) and quiet < QUIET_SECONDS:
        before = len(took)
        for entry in city.journal.accepted("telegram", "sendMessage")[seen:]:
            # a burst of one buyer may arrive as one message of several lines
            for text in str(entry.body.get("text", "")).split("\n"):
                if text in said and text not in took:
                    took[text] = entry.at - said[text]
        quiet = 0.0 if len(took) > before else quiet + LOOK_SECONDS
        await asyncio.sleep(LOOK_SECONDS)
    if len(took) < len(said):
        raise RuntimeError(f"{len(said) - len(took)} of {len(said)} did not arrive")
    values = list(took.values())
    return {"p50": percentile(values, 0.5) * 1e3, "p99": percentile(values, 0.99) * 1e3}


def _medians(rounds: list[dict[str, dict[str, float]]]) -> dict[str, Any]:
    def ratio(share: str, base: str) -> float:
        return middle([one["ours"][share] / one[base][share] for one in rounds])

    return {
        "p50_ratio": round(ratio("p50", "floor"), 2),
        "p99_ratio": round(ratio("p99", "floor"), 2),
        "p50_to_direct": round(ratio("p50", "direct"), 2),
        "p99_to_direct": round(ratio("p99", "direct"), 2),
        "ours_ms": _both(rounds, "ours"),
        "floor_ms": _both(rounds, "floor"),
        "direct_ms": _both(rounds, "direct"),
    }


def _both(rounds: list[dict[str, dict[str, float]]], name: str) -> str:
    p50, p99 = (middle([one[name][share] for one in rounds]) for share in ("p50", "p99"))
    return f"p50 {p50:.1f}, p99 {p99:.1f}"
