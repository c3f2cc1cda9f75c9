"""I2: a tenth of the calls is accepted and never answered: at most two copies, the second marked,
and the journal names exactly these.

500 messages each way. About 30 s on two free cores.
"""

from __future__ import annotations

import pytest

from tests.faults.stack import Stack
from tests.faults.town import Size
from tests.faults.vanish import SHARE, vanish

SIZE, ROUNDS = Size(2, 10, 20), 25


@pytest.mark.slow
@pytest.mark.timeout(500)
async def test_vanished_answers_double_at_most_marked_and_are_named(stack: Stack) -> None:
    stack.env["VISHENKA_LEASE_SECONDS"] = "15"  # nobody dies here: a busy machine loses no lease
    vanished = await vanish(stack, SIZE, ROUNDS, pause=8.0, patience=180.0)

    assert stack.town is not None
    sent = len(stack.town.asked) + len(stack.town.answered)
    assert sent >= 1_000
    assert vanished >= sent * SHARE / 2
