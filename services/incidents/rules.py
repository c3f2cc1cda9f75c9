"""When a reading becomes an incident and when it is over. Pure: value and time in, a move out.

Two thresholds (a value between them changes nothing) and two patiences (how long it must be bad
before it opens, how long calm before it closes) keep a rule from flapping: after a move the
opposite one needs a value beyond the other threshold for its whole patience.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType


class Audience(StrEnum):
    """Who is told."""

    OWNER = "owner"
    ADMINS = "admins"
    BOTH = "both"


class Move(StrEnum):
    """What to do with the row."""

    NONE = "none"
    WATCH = "watch"
    FORGET = "forget"
    OPEN = "open"
    CALM = "calm"
    WORSE = "worse"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Rule:
    """Opens at `open_at` and above, calms at `close_at` and below; patiences in seconds."""

    name: str
    open_at: float
    close_at: float
    open_after: float = 0.0
    close_after: float = 60.0
    audience: Audience = Audience.OWNER
    urgent: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a rule stands for one subject. `is_open` False: bad, but not for long enough yet."""

    is_open: bool
    since: datetime
    calm_since: datetime | None = None


def _table(*rules: Rule) -> Mapping[str, Rule]:
    return MappingProxyType({rule.name: rule for rule in rules})


ADMINS = Audience.ADMINS
BOTH = Audience.BOTH

RULES: Mapping[str, Rule] = _table(
    # the machine's own: rows waiting, seconds, shares
    Rule("queue_depth", 10_000, 8_000, audience=ADMINS),
    Rule("queue_age", 60, 20, audience=ADMINS),
    Rule("api_errors", 0.05, 0.02, close_after=120, audience=ADMINS),
    Rule("database_away", 1, 0, close_after=0, audience=ADMINS),
    Rule("redis_away", 1, 0, open_after=15, close_after=15, audience=ADMINS),
    Rule("loop_stalls", 3, 0, audience=ADMINS, urgent=False),
    Rule("process_silent", 90, 45, close_after=0, audience=ADMINS),
    Rule("parked_events", 1, 0, audience=ADMINS, urgent=False),
    Rule("parked_notices", 1, 0, close_after=0, audience=ADMINS, urgent=False),
    # a business's own: its accounts, groups and messages
    Rule("channel_auth_lost", 1, 0, close_after=0),
    Rule("channel_silent", 1, 0, close_after=0),
    Rule("channel_failing", 300, 60, audience=BOTH),
    Rule("webhook_lost", 1, 0, close_after=0, audience=BOTH),
    Rule("webhook_misses", 3, 0, audience=BOTH, urgent=False),
    Rule("deliveries_delayed", 300, 60, audience=BOTH),
    Rule("parked_deliveries", 3, 0),
    Rule("outcome_unknown", 1, 0, close_after=0),
    Rule("workspace_unreachable", 1, 0, close_after=0),
)

OF_CHANNELS = frozenset(
    {
        "channel_auth_lost",
        "channel_silent",
        "channel_failing",
        "webhook_lost",
        "webhook_misses",
        "deliveries_delayed",
    }
)
"""Rules whose subject is a bot or an account."""


def step(
    rule: Rule, standing: Standing | None, value: float, now: datetime
) -> tuple[Standing | None, Move]:
    """Return the next standing and the move that leads there."""
    if standing is None:
        return _from_nothing(rule, value, now)
    if not standing.is_open:
        return _from_pending(rule, standing, value, now)
    return _from_open(rule, standing, value, now)


def _from_nothing(rule: Rule, value: float, now: datetime) -> tuple[Standing | None, Move]:
    if value < rule.open_at:
        return None, Move.NONE
    if rule.open_after > 0:
        return Standing(is_open=False, since=now), Move.WATCH
    return Standing(is_open=True, since=now), Move.OPEN


def _from_pending(
    rule: Rule, standing: Standing, value: float, now: datetime
) -> tuple[Standing | None, Move]:
    if value < rule.open_at:
        return None, Move.FORGET
    if now - standing.since < timedelta(seconds=rule.open_after):
        return standing, Move.NONE
    return Standing(is_open=True, since=standing.since), Move.OPEN


def _from_open(
    rule: Rule, standing: Standing, value: float, now: datetime
) -> tuple[Standing | None, Move]:
    if value > rule.close_at:
        if standing.calm_since is None:
            return standing, Move.NONE
        return Standing(is_open=True, since=standing.since), Move.WORSE
    calm_since = standing.calm_since or now
    if now - calm_since >= timedelta(seconds=rule.close_after):
        return None, Move.CLOSE
    if standing.calm_since is None:
        return Standing(is_open=True, since=standing.since, calm_since=now), Move.CALM
    return standing, Move.NONE


SILENT_AFTER = timedelta(minutes=30)
EXPECTED_ENOUGH = 8.0
"""With eight events expected, a quiet channel is silent by chance once in 3,000 times (e^-8)."""


def is_silent(age: timedelta, expected: float, threshold: timedelta | None) -> bool:
    """Say whether a channel has been quiet too long.

    `expected`: how many events its usual weeks would have brought since the last one;
    `threshold`: the owner's own limit, which counts whatever is usual.
    """
    if threshold is not None and age >= threshold:
        return True
    return age >= SILENT_AFTER and expected >= EXPECTED_ENOUGH


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known about a silent channel, in the order of suspicion."""

    auth_lost: bool
    misses: int
    hook_bad: bool
    poll_errors: int
    poll_stale: bool


def at_fault(signs: Signs) -> str:
    """Name the part at fault: token, webhook, poller, or nobody (it may simply be quiet)."""
    if signs.auth_lost:
        return "token"
    if signs.hook_bad or signs.misses > 0:
        return "webhook"
    if signs.poll_errors > 0 or signs.poll_stale:
        return "poller"
    return "nobody"
