"""I19: an idle queue resumes after SIGKILL within lease + sweep + 10 s; SIGTERM takes ≤ 5 s.

About 35 s on two free cores.
"""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.faults.stack import QUICK, Stack
from tests.faults.town import Size, fair, until

LEASE, SWEEP = (float(QUICK[f"VISHENKA_{name}_SECONDS"]) for name in ("LEASE", "SWEEP"))
TERM_SECONDS = 5.0
SMALL = Size(1, 2, 4)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("moment", ["body", "accepted"])
async def test_idle_queue_resumes_after_sigkill(stack: Stack, moment: str) -> None:
    town = await stack.begin(SMALL)
    await town.opened()
    await asyncio.sleep(1.5)  # idle: marks and reactions are done too
    worker = stack.role("worker")
    hold = stack.city.points.arm(moment, method="sendmessage", action=lambda: stack.kill(worker))
    town.asks(town.talks[0], "last")  # the only thing to do, in the hands of who dies
    await hold.reached(20)
    # Nobody writes any more: only the sweep can find it.
    took = await until(lambda: not town.missing(), 60)

    assert took <= LEASE + SWEEP + 10, f"{took:.1f} s"
    fair(town, await town.calm(20))


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_sigterm_ends_every_role_in_time_idle_and_busy(stack: Stack) -> None:
    town = await stack.begin(SMALL)
    await town.opened()
    await asyncio.sleep(1.5)
    took = {}
    for state in ("idle", "busy"):
        rounds = 10 if state == "busy" else 0
        talking = asyncio.create_task(town.chatter(range(rounds), 5.0))
        for role in list(stack.roles):
            await asyncio.sleep(0.3)
            role.kept = False
            stack.kill(role, signal.SIGTERM)
            took[f"{role.name} {state}"] = await stack.gone(role, 30)
            assert role.child.returncode == 0, (role.name, role.child.returncode)
            role.kept = True
        await stack.ready()
        await talking

    assert max(took.values()) <= TERM_SECONDS, took
    fair(town, await town.calm(60))
