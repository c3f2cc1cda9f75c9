"""Traffic both ways while web and worker are shot: at random moments and at exact ones."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

from sandbox.city.points import MOMENTS
from tests.faults.stack import Stack
from tests.faults.town import Size, Town, fair


@dataclass(frozen=True, slots=True)
class Storm:
    """How much, how deadly; `pause` is the seconds between two shots."""

    size: Size = Size(4, 20, 50)
    rounds: int = 40
    kills: int = 30
    pause: float = 1.5
    patience: float = 240.0


SHORT = Storm(Size(2, 8, 16), rounds=16, kills=12, pause=1.0)


async def storm(stack: Stack, plan: Storm, seed: int) -> Town:
    """Play it; everything promised is asserted. Each shot has its share of the traffic."""
    rng = random.Random(seed)  # noqa: S311 - repeatable chance
    town = await stack.begin(plan.size)
    await town.opened()
    for account in stack.city.avito.world.accounts:
        stack.city.faults.add("avito", "duplicate", account=account, probability=0.2, times=3)
    for number in range(plan.kills):
        first, last = (plan.rounds * n // plan.kills for n in (number, number + 1))
        talking = asyncio.create_task(town.chatter(range(first, last), plan.pause))
        await _shot(stack, number, plan.pause, rng)
        await talking
        await _alive_again(stack)
    fair(town, await town.calm(plan.patience))
    return town


async def _alive_again(stack: Stack, seconds: float = 30.0) -> None:
    """A process shot before it did anything proves nothing: wait for calls of the new one."""
    await stack.ready()
    before, end = len(stack.city.journal.accepted()), time.monotonic() + seconds
    while stack.town and stack.town.missing() and time.monotonic() < end:
        if len(stack.city.journal.accepted()) > before + 10:
            return
        await asyncio.sleep(0.1)


async def _shot(stack: Stack, number: int, pause: float, rng: random.Random) -> None:
    """Every other shot is at a call's exact moment, the others at any moment."""
    if number % 2:
        await asyncio.sleep(rng.uniform(0.2, 1.8) * pause)
        stack.kill(stack.role(rng.choice(("web", "worker"))))
        return
    moment = MOMENTS[(number // 2) % len(MOMENTS)]
    method, nth = rng.choice(("sendmessage", "send", "")), rng.randrange(1, 6)
    hold = stack.city.points.arm(
        moment, method=method, nth=nth, action=lambda: stack.kill(stack.role("worker"))
    )
    try:
        await hold.reached(pause * 6)
    except TimeoutError:
        stack.city.points.clear()  # no such call came by: the traffic is elsewhere
        stack.kill(stack.role("worker"))
