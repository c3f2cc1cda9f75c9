"""I1–I4: web and worker are shot under traffic, at random and at the four points of a call.

About 70 s on two free cores; `./run chaos kills` plays 2,000 messages each way and 30 shots.
"""

from __future__ import annotations

import pytest

from tests.faults.stack import Stack
from tests.faults.storm import SHORT, storm


@pytest.mark.slow
@pytest.mark.timeout(500)
async def test_kills_lose_double_and_reorder_nothing(stack: Stack) -> None:
    town = await storm(stack, SHORT, 1)

    assert stack.role("worker").starts > 8
    assert len(town.answered) == SHORT.rounds * SHORT.size.conversations
