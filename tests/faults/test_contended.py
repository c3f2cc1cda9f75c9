"""I21: statements fail with 40001 and 40P01 at random; nothing is lost, doubled, reordered or
taken for poison, and nobody has to be started again. About 20 s on two free cores.
"""

from __future__ import annotations

import pytest

from tests.faults.contended import contended
from tests.faults.stack import Stack
from tests.faults.town import Size

LEAST = 150


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_what_the_database_refuses_for_a_moment_is_done_again(
    stack: Stack, environ: dict[str, str]
) -> None:
    dsn = environ["VISHENKA_MIGRATE_DATABASE_URL"]
    stack.env["VISHENKA_LEASE_SECONDS"] = "15"  # nobody dies here: no lease has to run out
    refused = await contended(stack, dsn, share=0.05, size=Size(2, 4, 16), rounds=9)

    assert refused >= LEAST
