"""One tenant queues 100,000 deliveries; what others' relay pays while they are queued and sent.

Ratio: p95 of the others' relay beside the noise over p95 without it. Limits are the real ones: the
noisy bot sends 30 a second, each group takes 20 messages a minute. Between the phases all are
silent for a minute, so each phase begins with a message of each that finds its lanes asleep; these
first ones are told apart (`first_ms`), or the phase after a silence would be blamed for them.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from itertools import count
from typing import Any

from benchmarks import world as worlds
from benchmarks.kit import Result, load_average, percentile
from benchmarks.stack import Stack, open_stack, prepare
from sandbox.city import City

AMOUNT = 100_000
OTHERS = 24
EACH = 8
PER_SECOND = 8.0
MINUTE = 61.0
NOISY_CHATS = 500
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Phase:
    """Seconds of each text of one phase: the first of each tenant, and the others."""

    first: list[float]
    warm: list[float]


async def run() -> Result:
    """Measure idle, then while the rows are written, then while they are sent."""
    lines = worlds.lines(OTHERS + 1, OTHERS + 1)
    async with City(seed=1) as city:
        worlds.build(city, lines)
        chats = worlds.people(city, lines[:1], NOISY_CHATS)
        extra = {
            "VISHENKA_TELEGRAM_API_URL": city.telegram_url,
            "VISHENKA_AVITO_API_URL": city.avito_url,
        }
        with open_stack(**extra) as stack:
            hooks = await _start(stack, lines)
            others = list(zip(lines[1:], hooks[1:], strict=True))
            idle = await _phase(city, others)
            await asyncio.sleep(MINUTE)
            order = {"slug": "bench0", "chats": chats, "amount": AMOUNT}
            queueing = asyncio.create_task(stack.bulk([order]))
            during = await _phase(city, others)
            await queueing
            await asyncio.sleep(MINUTE)
            sending = await _phase(city, others)
    return _result(idle, during, sending)


async def _phase(city: City, others: list[tuple[worlds.Line, str]]) -> Phase:
    return Phase(await _relay(city, others, 1), await _relay(city, others, EACH))


def _result(idle: Phase, during: Phase, sending: Phase) -> Result:
    base = percentile(idle.warm, 0.95)
    ratios = [percentile(phase.warm, 0.95) / base for phase in (during, sending)]
    detail: dict[str, Any] = {
        "queued": AMOUNT,
        "ratio_while_queueing": round(ratios[0], 2),
        "ratio_while_sending": round(ratios[1], 2),
        "load_average": round(load_average(), 2),
    }
    phases = {"idle": idle, "while_queueing": during, "while_sending": sending}
    for name, phase in phases.items():
        detail[f"{name}_ms"] = _both(phase.warm)
        detail[f"{name}_first_ms"] = _both(phase.first)
    return Result("noisy", max(ratios), 1.5, "lower", detail)


def _both(times: list[float]) -> str:
    return f"p50 {percentile(times, 0.5) * 1e3:.1f}, p95 {percentile(times, 0.95) * 1e3:.1f}"


async def _start(stack: Stack, lines: tuple[worlds.Line, ...]) -> list[str]:
    await prepare(stack)
    made = await asyncio.to_thread(stack.seed, worlds.document(lines))
    stack.start("web")
    stack.start("worker")
    await stack.ready()
    return [tenant["channels"][0]["hook_url"] for tenant in made["tenants"]]


async def _relay(city: City, others: list[tuple[worlds.Line, str]], each: int) -> list[float]:
    """Let a buyer of each of the others write at an even pace; return each text's time."""
    said: dict[str, float] = {}
    start = time.time()
    for n in range(each * len(others)):
        line, hook = others[n % len(others)]
        city.avito.world.accounts[line.account].hooks = {hook: "v3"}
        text = f"Сообщение номер {next(_numbers)}"
        await asyncio.sleep(max(0.0, start + n / PER_SECOND - time.time()))
        said[text] = time.time()
        item = worlds.ITEM + line.account - worlds.FIRST_ACCOUNT
        city.avito.buyer_says(line.account, line.buyers[0], item, text)
    return await _arrivals(city, said)


async def _arrivals(city: City, said: dict[str, float]) -> list[float]:
    for _ in range(600):
        took = {}
        for entry in reversed(city.journal.entries):
            text = str(entry.body.get("text", ""))
            if entry.method == "sendMessage" and text in said:
                took[text] = entry.at - said[text]
        if len(took) == len(said):
            return list(took.values())
        await asyncio.sleep(0.1)
    raise RuntimeError(f"{len(said) - len(took)} of {len(said)} did not arrive")
