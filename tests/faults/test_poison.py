"""I18: poison is parked within two minutes, also when it kills its process; the rest goes on.

About 70 s on two free cores: an exploding event is tried five times over 40 s.
"""

from __future__ import annotations

import pytest

from tests.faults.poisoned import EXPLODE, KILL
from tests.faults.stack import Stack
from tests.faults.town import Size, until

EXPLODING, KILLING, ROUNDS = 10, 2, 12
RESTARTS_PER_KILLER = 3


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_poison_is_parked_and_everything_else_arrives(stack: Stack) -> None:
    town = await stack.begin(Size(2, 4, 16), "web", "scheduler")
    worker = stack.start_program("worker", ["-m", "tests.faults.poisoned"])
    await town.opened()
    poison = [EXPLODE] * EXPLODING + [KILL] * KILLING
    await town.chatter(range(ROUNDS // 2), 4.0)
    for talk, words in zip(town.talks, poison, strict=False):
        town.asks(talk, words.removeprefix("-"))
    bad = {f"q{talk.number}{words}" for talk, words in zip(town.talks, poison, strict=False)}
    town.asked -= bad
    await town.chatter(range(ROUNDS // 2, ROUNDS), 4.0)
    await until(lambda: not town.missing(), 120)
    verdict = await town.calm(20)

    assert verdict.lost == len(bad), [line.lost for line in verdict.lines if line.lost]
    assert (verdict.doubled, verdict.out_of_order) == (0, 0)
    assert worker.starts - 1 <= KILLING * RESTARTS_PER_KILLER
    # An exploding head that stands in line while a killer strikes is suspected with it.
    reasons = [row["reason"] for row in await stack.parked()]
    assert len(reasons) == len(bad)
    assert set(reasons) <= {"crashed", "poison"}
    assert reasons.count("crashed") >= KILLING
