"""I23: a 429 of one of five bots silences that bot for as long as asked, and nobody else.

About 20 s on two free cores.
"""

from __future__ import annotations

import pytest

from tests.faults.limits import limits
from tests.faults.stack import Stack


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_refused_bot_waits_and_the_others_go_on(stack: Stack) -> None:
    await limits(stack, retry_after=4, per_bot=2, rounds=8)
