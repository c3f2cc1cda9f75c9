"""Heaps of what did not get through: by reason, with what helps, and the filters over them.

Everything is counted from one list of shares, so that the filters, the heaps and the heading
always add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from services.connectors.errors import Reason
from services.desk.undelivered import AT_ONCE
from services.desk.values import Stuck, StuckFilter, StuckShare
from webapp.cabinet import words
from webapp.speech import Speech

PLACE = "/app/undelivered"
PARKED, UNKNOWN = "parked", "unknown"


class Help(StrEnum):
    """What a person can do about a reason."""

    AGAIN = "again"
    KEY = "key"
    GROUP = "group"
    NEVER = "never"
    DOUBT = "doubt"


KEYS = {Reason.AUTH, Reason.CHANNEL_SUSPENDED, Reason.NOT_PAID}
GROUPS = {
    Reason.KICKED,
    Reason.NO_RIGHTS,
    Reason.TOPIC_CLOSED,
    Reason.TOPIC_MISSING,
    Reason.CHAT_NOT_FOUND,
}
NEVER = {
    Reason.BAD_REQUEST,
    Reason.BLOCKED,
    Reason.EXPIRED,
    Reason.MEDIA_GONE,
    Reason.POISON,
    Reason.TOO_BIG,
    Reason.UNREADABLE,
    Reason.UNSUPPORTED,
}
LOOKS = {
    Help.AGAIN: ("warn", "retry"),
    Help.KEY: ("bad", "key"),
    Help.GROUP: ("warn", "bot"),
    Help.NEVER: ("bad", "bad"),
    Help.DOUBT: ("unk", "q"),
}
MENDED_AT = {Help.KEY: "/app/accounts", Help.GROUP: "/app/workspaces"}
BOTS = "/app/bots"


@dataclass(frozen=True, slots=True)
class Heap:
    """The messages of one reason, in a person's words, with the newest of them. `out` of them are
    answers to buyers, the rest their messages to the team; `mend`: the page where the cause is.
    """

    reason: str
    state: str
    title: str
    help: Help
    tone: str
    sign: str
    count: int
    out: int
    oldest: datetime
    channels: tuple[str, ...]
    mend: str
    items: tuple[Stuck, ...] = field(default=())

    @property
    def may_retry(self) -> bool:
        """Say whether trying again can help."""
        return self.help is not Help.NEVER

    @property
    def at_once(self) -> int:
        """Return how many one press moves."""
        return min(self.count, AT_ONCE)

    @property
    def inbound(self) -> int:
        """Return how many are buyers' messages."""
        return self.count - self.out


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter's chip."""

    name: str
    href: str
    count: int
    current: bool


def wanted_only(shares: Iterable[StuckShare], wanted: StuckFilter) -> list[StuckShare]:
    """Return the shares a filter lets through."""
    return [
        one
        for one in shares
        if wanted.reason in {"", one.reason}
        and wanted.state in {"", one.state}
        and wanted.channel_id in {None, one.channel_id}
    ]


def heaps(s: Speech, shares: Iterable[StuckShare], pages: AbstractSet[str]) -> list[Heap]:
    """Return the heaps, the largest first; `pages`: addresses this program has."""
    found: dict[tuple[str, str], list[StuckShare]] = {}
    for one in shares:
        found.setdefault((one.reason, one.state), []).append(one)
    made = [_heap(s, group, pages) for group in found.values()]
    return sorted(made, key=lambda heap: (-heap.count, heap.title))


def help_of(reason: str, state: str) -> Help:
    """Return what can be done; a reason nobody foresaw may be tried again."""
    if state == UNKNOWN:
        return Help.DOUBT
    for found, kinds in ((Help.KEY, KEYS), (Help.GROUP, GROUPS), (Help.NEVER, NEVER)):
        if reason in kinds:
            return found
    return Help.AGAIN


def states(s: Speech, shares: Sequence[StuckShare], wanted: StuckFilter) -> list[Choice]:
    """Return the chips of states, none where there is nothing to choose between."""
    there = {one.state for one in shares}
    if len(there) < 2 and not wanted.state and not wanted.reason:
        return []
    every = [StuckFilter("", state, wanted.channel_id) for state in ("", PARKED, UNKNOWN)]
    return [
        _choice(s.t(f"stuck.state.{one.state or 'all'}"), shares, one, wanted) for one in every
    ]


def channels(s: Speech, shares: Sequence[StuckShare], wanted: StuckFilter) -> list[Choice]:
    """Return the chips of accounts, none where there is one only."""
    names = {one.channel_id: one.channel for one in shares}
    if len(names) < 2:
        return []
    every: list[tuple[str, UUID | None]] = [(s.t("stuck.channel.all"), None)]
    every += sorted((name, channel_id) for channel_id, name in names.items())
    return [
        _choice(name, shares, StuckFilter("", wanted.state, channel_id), wanted)
        for name, channel_id in every
    ]


def address(wanted: StuckFilter, **more: str) -> str:
    """Return the page's address under a filter."""
    values = {
        "reason": wanted.reason,
        "state": wanted.state,
        "channel": str(wanted.channel_id or ""),
        **more,
    }
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{PLACE}?{query}" if query else PLACE


def _choice(
    name: str, shares: Sequence[StuckShare], leads: StuckFilter, wanted: StuckFilter
) -> Choice:
    count = sum(one.count for one in wanted_only(shares, leads))
    return Choice(name, address(leads), count, leads == wanted)


def _heap(s: Speech, group: Sequence[StuckShare], pages: AbstractSet[str]) -> Heap:
    first = group[0]
    helps = help_of(first.reason, first.state)
    tone, sign = LOOKS[helps]
    out = sum(one.count for one in group if one.direction == "out")
    mend = MENDED_AT.get(helps, "")
    if helps is Help.KEY and not out:
        mend = BOTS  # what goes to the team goes by a bot: it is the bot's token
    return Heap(
        reason=first.reason,
        state=first.state,
        title=words.stuck_reason(s, first.reason, first.state),
        help=helps,
        tone=tone,
        sign=sign,
        count=sum(one.count for one in group),
        out=out,
        oldest=min(one.oldest for one in group),
        channels=tuple(sorted({one.channel for one in group})),
        mend=mend if mend in pages else "",
    )
