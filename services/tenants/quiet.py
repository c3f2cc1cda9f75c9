"""When a person does not want to be disturbed: hours of every day, or until a moment.

Kept with the person (`users.settings`: `quiet` and `quiet_until`), in every business the same.
Notices hold what can wait, the ladder calls the group instead of a sleeping assignee; what is
urgent is told at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import orjson

from services.kit.db import Tx
from services.kit.errors import InvalidInput
from services.tenants.actor import Actor

LONGEST = timedelta(days=7)
READ = "SELECT settings FROM users WHERE id = $1"
WRITE = """
UPDATE users SET settings = (settings - $2::text) || $3::jsonb, updated_at = now() WHERE id = $1
"""
CLOCK = re.compile(r"(\d+)(?:[:.](\d+))?")


@dataclass(frozen=True, slots=True)
class Quiet:
    """A person's wish; past midnight when `start` is later than `end`."""

    start: time | None = None
    end: time | None = None
    until: datetime | None = None


async def quiet_of(tx: Tx, actor: Actor, now: datetime) -> Quiet:
    """Return what a person wished for; a moment that is over is none."""
    settings = orjson.loads(await tx.value(READ, actor.id) or "{}")
    until = read_moment(settings.get("quiet_until"))
    span = settings.get("quiet")
    hours = (
        [read_clock(edge) for edge in span] if isinstance(span, list) and len(span) == 2 else []
    )
    start, end = hours if hours and None not in hours else (None, None)
    return Quiet(start, end, until if until is not None and until > now else None)


async def set_hours(tx: Tx, actor: Actor, span: tuple[time, time] | None) -> None:
    """Keep the quiet hours of every day; None: none. Raises InvalidInput."""
    if span is not None and span[0] == span[1]:
        raise InvalidInput("quiet.unreadable", field="quiet")
    value = {"quiet": [f"{edge:%H:%M}" for edge in span]} if span else {}
    await tx.execute(WRITE, actor.id, "quiet", orjson.dumps(value).decode())


async def set_until(tx: Tx, actor: Actor, until: datetime | None, now: datetime) -> None:
    """Be quiet until a moment; None: no longer. Raises InvalidInput for one over a week ahead."""
    if until is not None and not now < until <= now + LONGEST:
        raise InvalidInput("quiet.range", field="quiet_until")
    value = {"quiet_until": until.astimezone(UTC).isoformat()} if until else {}
    await tx.execute(WRITE, actor.id, "quiet_until", orjson.dumps(value).decode())


def read_quiet(text: str, zone: str, now: datetime) -> tuple[time, time] | datetime:
    """Return quiet hours ("22-8", "from 22:00 to 08:00") or a moment ("until 12:00": the next).

    Raises InvalidInput: quiet.unreadable.
    """
    match [_time(*found) for found in CLOCK.findall(text)]:
        case [start, end]:
            return start, end
        case [until]:
            return next_time(until, zone, now)
    raise InvalidInput("quiet.unreadable", field="quiet")


def next_time(at: time, zone: str, now: datetime) -> datetime:
    """Return when a person's clock next shows this time."""
    local = now.astimezone(ZoneInfo(zone))
    moment = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return moment if moment > local else moment + timedelta(days=1)


def _time(hour: str, minute: str) -> time:
    try:
        return time(0 if hour == "24" else int(hour[:3]), int(minute[:3] or 0))
    except ValueError:
        raise InvalidInput("quiet.unreadable", field="quiet") from None


def read_clock(value: object) -> time | None:
    """Return a stored time of day, None for what is none."""
    try:
        return time.fromisoformat(str(value)).replace(tzinfo=None)
    except ValueError:
        return None


def read_moment(value: object) -> datetime | None:
    """Return a stored moment, None for what is none or has no zone."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
