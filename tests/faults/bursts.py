"""A worker dies inside a call that carries a burst: several texts of one buyer, joined because the
group's budget is nearly spent.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sandbox.city.judge import REPEAT_MARK
from sandbox.city.points import MOMENTS
from tests.faults.stack import Stack
from tests.faults.town import API_KEY, Size, Talk, Town, fair, until

GROUPS = len(MOMENTS)
WINDOW_SECONDS, BUDGET, SPARE = 60.0, 20, 6
FOLLOWERS = 5
SPENDING = ("sendMessage", "sendPhoto", "createForumTopic")
PATIENCE = 90.0
OPEN = ("due", "retry", "calling")
ACCEPTED = ("accepted", "answered")


@dataclass
class Burst:
    """What was to travel together, and what people were shown of it."""

    moment: str
    texts: list[str]
    plain: int = 0
    marked: list[str] = field(default_factory=list)


async def bursts(stack: Stack, rounds: int = 1) -> list[Burst]:
    """Play it; everything promised is asserted. Each moment has its own group."""
    stack.env["VISHENKA_LIMITS_SCALE"] = "1"
    town = await stack.begin(Size(1, GROUPS, 2 * GROUPS))
    await town.opened(120)
    await asyncio.sleep(1.0)
    played = []
    for number in range(rounds):
        for group, moment in enumerate(MOMENTS):
            played.append(await _shot(stack, town, group, moment, number))
    fair(town, await stack.settled(PATIENCE, quiet=3.0))
    await _named(stack, town, played)
    assert not await stack.parked()
    return played


async def _shot(stack: Stack, town: Town, group: int, moment: str, number: int) -> Burst:
    """The first text is held in its call until the others wait behind it."""
    talk, other = town.talks[group], town.talks[group + GROUPS]
    await _spend(stack, town, other, number)
    head = stack.city.points.arm("body", method="sendMessage", chat=talk.group)
    town.asks(talk, f"{number}-first")
    await head.reached(20)
    for one in range(FOLLOWERS):
        town.asks(talk, f"{number}-burst{one}")
    await _waiting(stack, FOLLOWERS)
    worker = stack.role("worker")
    nth = 2 if moment in ACCEPTED else 1  # the first call has yet to pass these itself
    shot = stack.city.points.arm(
        moment, method="sendMessage", nth=nth, action=lambda: stack.kill(worker)
    )
    head.release()
    await shot.reached(20)
    await until(lambda: not town.missing(), PATIENCE)
    await _idle(stack)
    return Burst(moment, [f"q{talk.number}-{number}-burst{n}" for n in range(FOLLOWERS)])


async def _spend(stack: Stack, town: Town, talk: Talk, number: int) -> None:
    """Let another buyer of the group write one by one until so little is left that bursts join,
    and enough for what follows: a call, the burst, its repeat.
    """
    end = time.monotonic() + 3 * WINDOW_SECONDS
    for one in range(10 * BUDGET):
        used = _used(stack, talk.group)
        if used == BUDGET - SPARE + 1:
            return
        assert time.monotonic() < end, used
        if used > BUDGET - SPARE + 1:
            await asyncio.sleep(0.5)
            continue
        town.asks(talk, f"{number}-spent{one}")
        await until(lambda: not town.missing(), 20)


def _used(stack: Stack, group: int) -> int:
    since = time.time() - WINDOW_SECONDS
    calls = stack.city.journal.find(kind="call", provider="telegram", chat=str(group))
    return sum(one.at > since and one.method in SPENDING for one in calls)


async def _waiting(stack: Stack, amount: int) -> None:
    """Wait until so many deliveries stand behind the one that is being called."""
    end = time.monotonic() + 5.0
    while sum(row["state"] == "due" for row in await _rows(stack)) < amount:
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


async def _idle(stack: Stack) -> None:
    """What was cut off is repeated even though people have seen it already."""
    end = time.monotonic() + PATIENCE
    while [row for row in await _rows(stack) if row["state"] in OPEN]:
        assert time.monotonic() < end
        await asyncio.sleep(0.2)


async def _rows(stack: Stack) -> list[dict[str, Any]]:
    rows = await stack.journal(API_KEY.format(0))
    return [row for row in rows if row["channel"] == "bot"]


async def _named(stack: Stack, town: Town, played: list[Burst]) -> None:
    """A burst whose call was cut off comes again as it was, once and marked. The journal names
    these deliveries and no other; what travelled along is closed.
    """
    marked: dict[tuple[str, str], list[str]] = {}
    for chat, post in town.city.telegram.world.bot_posts:
        if post.text.startswith(REPEAT_MARK):
            marked[str(chat.id), str(post.id)] = _words(post.text)
    rows = await _rows(stack)
    named = {(row["recipient"], row["external_id"]): row for row in rows if row["possible_repeat"]}
    assert named.keys() == marked.keys(), (named.keys(), marked)
    assert {row["state"] for row in named.values()} <= {"sent"}
    joined = sum(row["reason"] == "superseded" and row["purpose"] == "to_topic" for row in rows)
    assert joined == len(played) * (FOLLOWERS - 1)
    _as_it_was(town, played, marked)


def _as_it_was(town: Town, played: list[Burst], marked: dict[tuple[str, str], list[str]]) -> None:
    plain = Counter(text for text, bare, _ in town.copies() for _ in range(bare))
    for burst in played:
        burst.plain = sum(plain[text] for text in burst.texts) // len(burst.texts)
        repeats = [words for words in marked.values() if set(words) & set(burst.texts)]
        burst.marked = repeats[0] if repeats else []
        assert repeats in ([], [burst.texts])
        # what was killed at "headers" or "body" may have been on its way already
        assert burst.plain == 1 or burst.moment not in ACCEPTED, burst
        assert repeats or burst.moment == "answered", burst


def _words(text: str) -> list[str]:
    return text.partition("\n")[2].split()
