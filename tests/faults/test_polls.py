"""I5, two pollers: silent webhooks are made good by the second poll, in order; a poller that dies
in a poll is replaced. About 35 s on two free cores.
"""

from __future__ import annotations

import pytest

from tests.faults.polls import dying, silent
from tests.faults.stack import QUICK, Stack

POLL_SECONDS = float(QUICK["VISHENKA_AVITO_POLL_SECONDS"])
LEASE_SECONDS = float(QUICK["VISHENKA_LEASE_SECONDS"])


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_silent_webhooks_are_found_by_the_second_poll_in_order(stack: Stack) -> None:
    await silent(stack, POLL_SECONDS)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_poller_that_dies_in_a_poll_is_replaced(stack: Stack) -> None:
    await dying(stack, POLL_SECONDS, LEASE_SECONDS)
