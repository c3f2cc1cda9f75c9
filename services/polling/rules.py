"""When a source is asked again. Pure: standing and outcome in, next standing and pause out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.connectors.errors import (
    AuthExpired,
    ConnectorError,
    RateLimited,
    Rejected,
    Temporary,
)
from services.polling.models import Breaker

OPEN_AFTER = 5
"""So many failures in a row and the account is only probed."""
OPEN_AFTER_REFUSALS = 3
"""A missing right does not come back by itself; three refusals are enough to call it a trouble."""
LONGEST_SECONDS = 900.0
CONFLICT_SECONDS = 35.0
"""Another poller holds its call up to 30 s, so asking earlier only repeats the refusal."""
MOST_FAILURES = 1000
SPREAD = 0.1
QUICK_SECONDS = 1.0
CONFLICT = 409


class Outcome(StrEnum):
    """How a poll ended."""

    OK = "ok"
    WAIT = "wait"
    """The provider asks for a pause; nothing is wrong."""
    DOWN = "down"
    REFUSED = "refused"
    CONFLICT = "conflict"
    AUTH = "auth"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an account stands."""

    failures: int = 0
    breaker: Breaker = Breaker.CLOSED


@dataclass(frozen=True, slots=True)
class Next:
    """What follows a poll; `delay_seconds` until the next one."""

    standing: Standing
    delay_seconds: float


def outcome_of(error: ConnectorError) -> Outcome:
    """Return what an error means for the pace."""
    if error.status == CONFLICT:
        return Outcome.CONFLICT
    match error:
        case RateLimited():
            return Outcome.WAIT
        case AuthExpired():
            return Outcome.AUTH
        case Rejected():
            return Outcome.REFUSED
        case _:
            return Outcome.DOWN


def wish_of(error: ConnectorError) -> float:
    """Return the pause the provider asked for, 0 for none."""
    if isinstance(error, Temporary) and error.retry_after_seconds is not None:
        return max(error.retry_after_seconds, 0.0)
    return 0.0


def follow(
    standing: Standing,
    outcome: Outcome,
    interval: float,
    *,
    wish: float = 0.0,
    chance: float = 0.5,
) -> Next:
    """Return the next standing and pause.

    `interval`: the pace of a healthy account; `wish`: the provider's own pause, never undercut;
    `chance`: a number in [0, 1) that spreads accounts, so that an outage does not end with all of
    them at once.
    """
    if outcome is Outcome.OK:
        return Next(Standing(), spread(interval, chance))
    if outcome is Outcome.WAIT:
        return Next(standing, max(wish, interval) * (1 + SPREAD * chance))
    failures = min(standing.failures + 1, MOST_FAILURES)
    is_refused = outcome in {Outcome.REFUSED, Outcome.AUTH}
    is_open = failures >= (OPEN_AFTER_REFUSALS if is_refused else OPEN_AFTER)
    floor = _floor(outcome, interval)
    pause = min(floor * 2.0 ** min(failures - 1, 12), max(LONGEST_SECONDS, floor))
    breaker = Breaker.OPEN if is_open else Breaker.CLOSED
    return Next(Standing(failures, breaker), max(pause, wish) * (1 + SPREAD * chance))


def _floor(outcome: Outcome, interval: float) -> float:
    if outcome is Outcome.CONFLICT:
        return max(CONFLICT_SECONDS, interval)
    return max(interval, QUICK_SECONDS)


def spread(interval: float, chance: float) -> float:
    """Return the interval, a tenth more or less."""
    return interval * (1 - SPREAD + 2 * SPREAD * chance)
