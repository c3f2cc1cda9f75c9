"""Traffic both ways while web and worker are shot: at random moments and at exact ones."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

from sandbox.city.points import MOMENTS
from tests.faults.stack import Stack
from tests.faults.town import Size, Town, fair, until

AT_RANDOM, AGAIN = "random", "while recovering"


@dataclass(frozen=True, slots=True)
class Storm:
    """How much, how deadly; one shot's share of the traffic comes over `pause` seconds."""

    size: Size = Size(4, 20, 50)
    rounds: int = 40
    kills: int = 30
    pause: float = 1.0
    patience: float = 240.0
    only_points: bool = False


@dataclass
class Shots:
    """What was shot, and when in the life of a call."""

    moments: Counter[str] = field(default_factory=Counter)
    roles: Counter[str] = field(default_factory=Counter)


async def storm(stack: Stack, plan: Storm, seed: int) -> Shots:
    """Play it; everything promised is asserted. Each shot has its share of the traffic."""
    rng = random.Random(seed)  # noqa: S311 - repeatable chance
    shots = Shots()
    town = await stack.begin(plan.size)
    await town.opened(120)
    for account in stack.city.avito.world.accounts:
        stack.city.faults.add("avito", "duplicate", account=account, probability=0.2, times=10)
    for number in range(plan.kills):
        first, last = (plan.rounds * n // plan.kills for n in (number, number + 1))
        talking = asyncio.create_task(town.chatter(range(first, last), plan.pause))
        await _shot(stack, number, plan, rng, shots)
        await talking
        await _recovered(stack, town, plan, shots)
    fair(town, await stack.settled(plan.patience))
    assert not await stack.parked()
    return shots


async def _recovered(stack: Stack, town: Town, plan: Storm, shots: Shots) -> None:
    """A call shot twice stays `unknown` for a person to decide, its words may be lost: what was
    written before a shot arrives before the next one.
    """
    await stack.ready()
    if not sum(shots.moments.values()) % 5:
        _kill(stack, "worker", AGAIN, shots)  # its leases have not run out: nothing is called yet
        await asyncio.sleep(0.1)
    await until(lambda: not town.missing(), plan.patience)


async def _shot(stack: Stack, number: int, plan: Storm, rng: random.Random, shots: Shots) -> None:
    """Every other shot is at a call's exact moment, the others at any moment."""
    if number % 2 and not plan.only_points:
        await asyncio.sleep(rng.uniform(0.1, 1.3) * plan.pause)
        _kill(stack, rng.choice(("web", "worker")), AT_RANDOM, shots)
        return
    moment = MOMENTS[(number if plan.only_points else number // 2) % len(MOMENTS)]
    method, nth = rng.choice(("sendmessage", "send", "")), rng.randrange(1, 12)
    hold = stack.city.points.arm(
        moment, method=method, nth=nth, action=lambda: _kill(stack, "worker", moment, shots)
    )
    try:
        await hold.reached(plan.pause * 8)
    except TimeoutError:
        stack.city.points.clear()  # no such call came by: the traffic is elsewhere
        _kill(stack, "worker", AT_RANDOM, shots)


def _kill(stack: Stack, name: str, moment: str, shots: Shots) -> None:
    stack.kill(stack.role(name))
    shots.moments[moment] += 1
    shots.roles[name] += 1
