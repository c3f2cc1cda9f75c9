"""I2 I4: a worker killed in a call that carries a burst: nothing of it is lost, at most one copy
comes, marked and of exactly this burst, and the journal names exactly these calls.

About 30 s on two free cores.
"""

from __future__ import annotations

import pytest

from sandbox.city.points import MOMENTS
from tests.faults.bursts import bursts
from tests.faults.stack import Stack


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_worker_killed_in_a_call_of_a_burst_loses_and_hides_nothing(stack: Stack) -> None:
    played = await bursts(stack)

    assert [burst.moment for burst in played] == list(MOMENTS)
    assert len({tuple(burst.texts) for burst in played}) == len(MOMENTS)
