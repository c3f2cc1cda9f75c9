"""I25: a worker that was stopped past its lease and goes on does nothing twice.

About 30 s on two free cores.
"""

from __future__ import annotations

import pytest

from tests.faults.paused import paused
from tests.faults.stack import Stack
from tests.faults.town import Size

PAST_LEASE_SECONDS = 4.0


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("moment", ["headers", "accepted"])
async def test_worker_stopped_past_its_lease_does_nothing_twice(stack: Stack, moment: str) -> None:
    await paused(stack, moment, PAST_LEASE_SECONDS, Size(1, 2, 4), 6)
