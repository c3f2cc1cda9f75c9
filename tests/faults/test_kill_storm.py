"""I1–I4: web and worker are shot under traffic, at random and at the four points of a call.

2,000 messages each way over 50 conversations in 20 groups. About 120 s on two free cores;
`./run chaos kills` plays it with real leases.
"""

from __future__ import annotations

import pytest

from sandbox.city.points import MOMENTS
from tests.faults.stack import Stack
from tests.faults.storm import Storm, storm


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_kills_lose_double_and_reorder_nothing(stack: Stack) -> None:
    plan = Storm()
    shots = await storm(stack, plan, 1)

    assert stack.town is not None
    assert plan.rounds * plan.size.conversations >= 2_000
    assert len(stack.town.answered) == plan.rounds * plan.size.conversations
    assert sum(shots.moments.values()) >= 30
    assert all(shots.moments[moment] >= 2 for moment in MOMENTS), shots
    assert min(shots.roles.values()) >= 4, shots
