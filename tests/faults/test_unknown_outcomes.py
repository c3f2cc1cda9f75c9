"""I2: calls that were accepted and never answered: at most two copies, the second marked, and the
journal names exactly these. About 20 s on two free cores.
"""

from __future__ import annotations

import asyncio

import pytest

from sandbox.city.judge import REPEAT_MARK
from tests.faults.stack import Stack
from tests.faults.town import API_KEY, Size, fair

SMALL = Size(1, 4, 8)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_vanished_answers_double_at_most_marked_and_are_named(stack: Stack) -> None:
    town = await stack.begin(SMALL)
    await town.opened()
    await asyncio.sleep(1.0)
    stack.city.faults.add("telegram", "accept_then_reset", method="sendMessage", probability=0.2)
    stack.city.faults.add("avito", "accept_then_reset", method="send", probability=0.1)
    await town.chatter(range(12), 6.0)
    verdict = await town.calm(90, quiet=4.0)
    stack.city.faults.clear()

    fair(town, verdict)
    vanished = [e for e in stack.city.journal.entries if e.note == "accept_then_reset"]
    in_groups = [e for e in vanished if e.provider == "telegram"]
    assert len(in_groups) >= 5
    assert len(vanished) > len(in_groups)  # Avito's history and echoes settle them without a copy
    rows = await stack.journal(API_KEY.format(0))
    named = [row for row in rows if row["possible_repeat"] and row["channel"] == "bot"]
    # A vanished call is the first of a repeat, or the repeat itself: then its row ends `unknown`.
    unknown = [row for row in named if row["state"] == "unknown"]
    assert len(named) + len(unknown) == len(in_groups), (len(in_groups), named)
    marked = [p for _, p in stack.city.telegram.world.bot_posts if p.text.startswith(REPEAT_MARK)]
    assert len(marked) == len(named), ([post.text for post in marked], named)
