"""I6: copies of one update, shuffled over two web processes, have one effect.

About 35 s on two free cores.
"""

from __future__ import annotations

import pytest

from tests.faults.copies import copies
from tests.faults.stack import Stack


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_copies_over_two_webs_have_one_effect(stack: Stack) -> None:
    await copies(stack, 1_000, 5)
