"""I20: each role is replaced in good order under load: a sender whose proxy knows two webs is not
refused, nothing is lost or doubled. About 12 s on two free cores.
"""

from __future__ import annotations

import pytest

from tests.faults.rolling import rolling
from tests.faults.stack import Stack

REFUSED_SHARE = 0.05
"""0 where cores are free; a commit that a busy machine keeps too long is refused in time."""


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_deploy_under_load_fails_nobody(stack: Stack) -> None:
    stack.env["VISHENKA_LEASE_SECONDS"] = "15"  # nobody dies here: no lease has to run out
    proxy = await rolling(stack, rounds=2, per_second=60.0)

    taken, away = proxy.answers[200], proxy.answers[503]
    assert taken >= 100
    assert proxy.answers.keys() <= {0, 200, 503}, proxy.answers  # 0: nobody listened there
    assert max(away, proxy.turned) <= REFUSED_SHARE * taken, (proxy.answers, proxy.turned)
