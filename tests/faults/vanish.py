"""Calls that are accepted and never answered, and what the journal says of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from sandbox.city.judge import REPEAT_MARK
from tests.faults.stack import Stack
from tests.faults.town import API_KEY, Size, Town, fair

SHARE = 0.1


async def vanish(stack: Stack, size: Size, rounds: int, pause: float, patience: float) -> int:
    """Play it; everything promised is asserted. The number of calls that vanished."""
    town = await stack.begin(size)
    await town.opened(120)
    await asyncio.sleep(1.0)
    for provider, method in (("telegram", "sendMessage"), ("avito", "send")):
        stack.city.faults.add(provider, "accept_then_reset", method=method, probability=SHARE)
    await town.chatter(range(rounds), pause)
    verdict = await stack.settled(patience, quiet=4.0)
    stack.city.faults.clear()

    fair(town, verdict)
    vanished = [e for e in stack.city.journal.entries if e.note == "accept_then_reset"]
    await _named(stack, [_words(e.body) for e in vanished if e.provider == "telegram"])
    _settled_by_history(town, sum(e.provider == "avito" for e in vanished))
    return len(vanished)


async def _named(stack: Stack, vanished: list[str]) -> None:
    """A call that vanished is the first of a repeat, or the repeat itself: then its row ends
    `unknown`. Nothing else is marked in a group or named by the journal.
    """
    assert stack.town is not None
    posts = [post.text for _, post in stack.city.telegram.world.bot_posts]
    marked = [text for text in posts if text.startswith(REPEAT_MARK)]
    firsts = [text for text in vanished if not text.startswith(REPEAT_MARK)]
    assert sorted(_core(marked)) == sorted(_core(firsts))
    keys = [API_KEY.format(number) for number in range(stack.town.size.tenants)]
    rows = [row for key in keys for row in await stack.journal(key)]
    named = [row for row in rows if row["possible_repeat"] and row["channel"] == "bot"]
    unknown = [row for row in named if row["state"] == "unknown"]
    assert (len(named), len(unknown)) == (len(firsts), len(vanished) - len(firsts))


def _settled_by_history(town: Town, vanished: int) -> None:
    """Towards Avito the history and the echoes tell: no copy at all."""
    assert vanished
    texts = [one.content.get("text") for one in town.city.avito.world.written if one.by_api]
    assert len(texts) == len(set(texts))


def _core(texts: Iterable[str]) -> list[str]:
    return [text.partition("\n")[2] if text.startswith(REPEAT_MARK) else text for text in texts]


def _words(body: dict[str, object]) -> str:
    return str(body.get("text"))
