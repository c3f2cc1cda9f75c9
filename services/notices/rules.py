"""When a person may be disturbed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.tenants.quiet import read_clock, read_moment

DEFAULT_ZONE = "Europe/Moscow"


@dataclass(frozen=True, slots=True)
class Quiet:
    """A person's wish: quiet hours by their own clock (past midnight too), or until a moment."""

    start: time | None = None
    end: time | None = None
    until: datetime | None = None
    zone: str = DEFAULT_ZONE


def quiet_of(settings: Mapping[str, object], zone: str) -> Quiet:
    """Read `{"quiet": ["22:00", "08:00"], "quiet_until": "2026-…"}`; nonsense means no wish."""
    hours = settings.get("quiet")
    start = end = None
    if isinstance(hours, list) and len(hours) == 2:
        start, end = read_clock(hours[0]), read_clock(hours[1])
    return Quiet(start, end, read_moment(settings.get("quiet_until")), zone)


def due_at(now: datetime, quiet: Quiet, *, urgent: bool) -> datetime:
    """Return when the person may be told: now, or when their quiet ends."""
    if urgent:
        return now
    due = max(now, quiet.until) if quiet.until is not None else now
    if quiet.start is None or quiet.end is None or quiet.start == quiet.end:
        return due
    local = due.astimezone(zone_of(quiet.zone))
    if not _is_between(local.time(), quiet.start, quiet.end):
        return due
    ends = local.replace(hour=quiet.end.hour, minute=quiet.end.minute, second=0, microsecond=0)
    return (ends if ends > local else ends + timedelta(days=1)).astimezone(now.tzinfo)


MARKS = (9, 12, 18)
"""Hours of a person's day at which a mute ends: morning, noon, evening."""


def mute_end(now: datetime, zone: str) -> datetime:
    """Return when a mute asked for now ends: the next of MARKS that is an hour away at least."""
    local = now.astimezone(zone_of(zone))
    days = (local.date() + timedelta(days=ahead) for ahead in range(3))
    ends = (
        datetime.combine(day, time(hour), tzinfo=local.tzinfo) for day in days for hour in MARKS
    )
    return next(end.astimezone(now.tzinfo) for end in ends if end >= now + timedelta(hours=1))


def clock(moment: datetime, zone: str) -> str:
    """Return a time of day as a person writes it: 9:00, 12:00."""
    local = moment.astimezone(zone_of(zone))
    return f"{local.hour}:{local.minute:02}"


def zone_of(name: str) -> ZoneInfo:
    """Return the zone, or Moscow's for a name nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(DEFAULT_ZONE)


def _is_between(moment: time, start: time, end: time) -> bool:
    if start < end:
        return start <= moment < end
    return moment >= start or moment < end
