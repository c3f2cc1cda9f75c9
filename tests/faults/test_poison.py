"""I18: poison is parked within two minutes, also when it kills its process; the rest goes on.

About 70 s on two free cores: an exploding event is tried five times over 40 s, a killer takes
three processes with it.
"""

from __future__ import annotations

import pytest

from tests.faults.poison import poison
from tests.faults.stack import Stack


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_poison_is_parked_and_everything_else_arrives(
    stack: Stack, environ: dict[str, str]
) -> None:
    await poison(stack, environ["VISHENKA_MIGRATE_DATABASE_URL"])
