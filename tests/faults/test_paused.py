"""I25: a worker that was stopped past its lease and goes on does nothing twice; two schedulers.

About 30 s on two free cores.
"""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.faults.stack import Stack
from tests.faults.town import Size, fair, until

PAST_LEASE_SECONDS = 4.0


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("moment", ["headers", "accepted"])
async def test_worker_stopped_past_its_lease_does_nothing_twice(stack: Stack, moment: str) -> None:
    town = await stack.begin(Size(1, 2, 4), "web", "worker", "scheduler", "scheduler")
    await town.opened()
    await asyncio.sleep(1.0)
    sleeper = stack.role("worker")
    talking = asyncio.create_task(town.chatter(range(6), 8.0))
    hold = stack.city.points.arm(
        moment, method="sendmessage", action=lambda: stack.kill(sleeper, signal.SIGSTOP)
    )
    await hold.reached(20)
    stack.start("worker")
    await asyncio.sleep(PAST_LEASE_SECONDS)
    stack.kill(sleeper, signal.SIGCONT)
    await talking

    await until(lambda: not town.missing(), 60)
    fair(town, await town.calm(20, quiet=3.0))
    assert all(role.starts == 1 and role.is_alive for role in stack.roles)
