"""What a row of events means. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    """What a permission is for. ALL exists for withdrawals only."""

    SERVICE = "service"
    MARKETING = "marketing"
    PERSONAL_DATA = "personal_data"
    ALL = "all"


class Action(StrEnum):
    """What an event does."""

    GRANT = "grant"
    WITHDRAW = "withdraw"


class State(StrEnum):
    """Where a purpose stands on a channel. `unasked`: nobody ever said anything."""

    UNASKED = "unasked"
    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Event:
    """One event as the fold reads it."""

    purpose: Purpose
    channel: str
    action: Action
    occurred_at: datetime


def fold(events: Iterable[Event], purpose: Purpose, channel: str) -> State:
    """Return the state of a purpose on a channel: the last word counts, and of two at the same
    moment the no.

    The order in which events are given does not matter, and an event told twice changes nothing.
    """
    last: tuple[datetime, bool] | None = None
    for event in events:
        if event.channel != channel or event.purpose not in (purpose, Purpose.ALL):
            continue
        is_no = event.action is Action.WITHDRAW
        if event.purpose is Purpose.ALL and not is_no:
            continue  # there is no permission for everything
        if last is None or (event.occurred_at, is_no) > last:
            last = (event.occurred_at, is_no)
    if last is None:
        return State.UNASKED
    return State.WITHDRAWN if last[1] else State.GRANTED
