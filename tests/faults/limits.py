"""One of five bots is refused with 429 for a while; the others go on."""

from __future__ import annotations

import asyncio

from tests.faults.stack import Stack
from tests.faults.town import Size, bot_of, fair

BOTS = 5
SETTING_OUT = 0.25
"""Calls that were on their way when the refusal was written."""


async def limits(stack: Stack, retry_after: int, per_bot: int, rounds: int) -> None:
    """Play it; everything promised is asserted."""
    town = await stack.begin(Size(BOTS, BOTS, BOTS * per_bot))
    await town.opened()
    await asyncio.sleep(1.5)
    limited = str(bot_of(0))
    stack.city.faults.add(
        "telegram", "rate_limit", account=limited, method="sendMessage", count=1,
        retry_after=retry_after,
    )  # fmt: skip
    await town.chatter(range(rounds), retry_after + 2.0)
    verdict = await town.calm(60 + 2 * retry_after)

    fair(town, verdict)
    calls = stack.city.journal.calls("telegram", "sendMessage")
    refusal = next(one for one in calls if one.status == 429)
    quiet = (refusal.at + SETTING_OUT, refusal.at + retry_after)
    inside = [one for one in calls if quiet[0] < one.at < quiet[1]]
    assert not [one for one in inside if one.account == limited]
    hooks = [e for e in stack.city.journal.hooks("avito") if quiet[0] < e.at < quiet[1] - 1.0]
    written = {e.body["payload"]["value"]["content"].get("text") for e in hooks}
    wanted = {t for t in written if t in town.asked and not _is_of(town.talks, t, limited)}
    shown = {word for one in inside for word in str(one.body.get("text")).split()}
    assert len(wanted) >= 5
    assert len(wanted & shown) >= 0.9 * len(wanted), sorted(wanted - shown)


def _is_of(talks: list, text: str, limited: str) -> bool:  # type: ignore[type-arg]
    number = int(text[1:].partition("-")[0])
    return str(bot_of(talks[number].manager - 710_000_000)) == limited
