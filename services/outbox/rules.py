"""What an outcome means for a delivery: the one place where connector errors are decided on.
Pure.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from services.connectors import errors
from services.connectors.errors import ConnectorError, Reason
from services.outbox.models import Class, State

BASE_SECONDS = 1.0
CAP_SECONDS = 60.0
INTERNAL_TRIES = 5
AUTH_PAUSE_SECONDS = 30.0

RANKS = {
    State.DUE: 0,
    State.RETRY: 0,
    State.CALLING: 0,
    State.UNKNOWN: 1,
    State.SENT: 2,
    State.DELIVERED: 3,
    State.READ: 4,
    State.BOUNCED: 5,
    State.COMPLAINED: 6,
}
"""A receipt may settle `unknown`; nothing moves down (RELIABILITY I12)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The next state. `delay_seconds` for retry; `counted`: the attempt counts; `repeat`: mark the
    next call.
    """

    state: State
    reason: Reason | None = None
    delay_seconds: float = 0.0
    counted: bool = True
    repeat: bool = False


def backoff(attempts: int, draw: float | None = None) -> float:
    """Return the pause before the next try: full jitter under a doubling cap of a minute."""
    ceiling = min(CAP_SECONDS, BASE_SECONDS * 2.0 ** min(attempts, 10))
    share = random.random() if draw is None else draw  # noqa: S311 - jitter
    return max(0.2, ceiling * share)


MENDABLE = frozenset({Reason.MEDIA_GONE, Reason.TOO_BIG, Reason.UNSUPPORTED})
"""Refusals of an attachment: a late-addressed message keeps its place, and is tried once more."""


def after_error(
    error: ConnectorError,
    *,
    cls: Class,
    attempts: int,
    repeated: bool,
    age_seconds: float,
    window_seconds: float,
    is_mendable: bool = False,
) -> Decision:
    """Decide on a failed call. `repeated`: this call was already a repeat; `age_seconds` since the
    delivery was made. `is_mendable`: its feature may put words in place of the attachment.
    """
    match error:
        case errors.RateLimited():
            return Decision(
                State.RETRY, Reason.RATE_LIMITED, error.retry_after_seconds or 1.0, counted=False
            )
        case errors.OutcomeUnknown():
            return after_unknown(cls, repeated=repeated)
        case errors.DestinationMoved():
            return _heal(error, attempts)
        case errors.Temporary():
            return _temporary(error, attempts, age_seconds, window_seconds)
        case errors.AuthExpired():
            return _refused_keys(age_seconds, window_seconds)
        case errors.Rejected():
            return _rejected(error, attempts, is_mendable=is_mendable)
        case _:
            return _internal(attempts)


def _rejected(error: errors.Rejected, attempts: int, *, is_mendable: bool) -> Decision:
    if error.reason in (Reason.TOPIC_MISSING, Reason.TOPIC_CLOSED):
        return _heal(error, attempts)
    if is_mendable and error.reason in MENDABLE and attempts <= 1:
        return Decision(State.RETRY, error.reason, 0.0)
    return Decision(State.PARKED, error.reason)


def _temporary(
    error: errors.Temporary, attempts: int, age_seconds: float, window_seconds: float
) -> Decision:
    if age_seconds > window_seconds:
        return Decision(State.PARKED, error.reason)
    wish = error.retry_after_seconds
    return Decision(State.RETRY, error.reason, wish if wish is not None else backoff(attempts))


def _refused_keys(age_seconds: float, window_seconds: float) -> Decision:
    """The channel is suspended until its owner mends it; its messages wait, at no cost of
    attempts.
    """
    if age_seconds > window_seconds:
        return Decision(State.PARKED, Reason.AUTH)
    return Decision(State.RETRY, Reason.AUTH, AUTH_PAUSE_SECONDS, counted=False)


def _heal(error: errors.Rejected, attempts: int) -> Decision:
    """The resolver of the next claim opens or finds the topic; give up when that does not help."""
    if attempts > INTERNAL_TRIES:
        return Decision(State.PARKED, error.reason)
    return Decision(State.RETRY, error.reason, 0.0)


def _internal(attempts: int) -> Decision:
    if attempts >= INTERNAL_TRIES:
        return Decision(State.PARKED, Reason.INTERNAL)
    return Decision(State.RETRY, Reason.INTERNAL, backoff(attempts))


def is_silence(error: ConnectorError | None) -> bool:
    """Say whether this outcome tells that the provider is away or in trouble, not what it thinks.
    A provider that limits or refuses does answer.
    """
    if isinstance(error, errors.RateLimited):
        return False
    return isinstance(error, errors.Temporary | errors.OutcomeUnknown)


def after_unknown(cls: Class, *, repeated: bool) -> Decision:
    """The request left, no answer came: the relay repeats once, marked; nothing else is repeated
    by the machine.
    """
    if cls is Class.COSMETIC:
        return Decision(State.SKIPPED, Reason.TIMEOUT)
    if cls is Class.BRIDGE and not repeated:
        return Decision(State.RETRY, Reason.TIMEOUT, 0.0, repeat=True)
    return Decision(State.UNKNOWN, Reason.TIMEOUT)


def may_rise(current: State, to: State) -> bool:
    """Say whether a receipt may move a delivery from `current` to `to`."""
    if current not in RANKS or to not in RANKS:
        return False
    return RANKS[to] > RANKS[current]
