"""A worker is stopped past its lease and goes on; two schedulers are there all the while."""

from __future__ import annotations

import asyncio
import signal

from tests.faults.stack import Stack
from tests.faults.town import Size, fair, until


async def paused(stack: Stack, moment: str, past_lease: float, size: Size, rounds: int) -> None:
    """Play it; everything promised is asserted."""
    town = await stack.begin(size, "web", "worker", "scheduler", "scheduler")
    await town.opened()
    await asyncio.sleep(1.0)
    sleeper = stack.role("worker")
    talking = asyncio.create_task(town.chatter(range(rounds), 2 * past_lease))
    hold = stack.city.points.arm(
        moment, method="sendmessage", action=lambda: stack.kill(sleeper, signal.SIGSTOP)
    )
    await hold.reached(20)
    stack.start("worker")
    await asyncio.sleep(past_lease)
    stack.kill(sleeper, signal.SIGCONT)
    await talking

    await until(lambda: not town.missing(), 60 + 2 * past_lease)
    fair(town, await town.calm(20, quiet=3.0))
    assert all(role.starts == 1 and role.is_alive for role in stack.roles)
