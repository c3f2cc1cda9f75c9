"""Working time: a tenant's week in its zone, and the clock that only runs inside it. Pure.

Times of a day are local and half-open; arithmetic is done in UTC between the local edges of each
interval, so a
day with 23 or 25 hours counts what its clocks really ran.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON_DAYS = 400
ALWAYS = ((time(0), time(0)),)

Spans = tuple[tuple[time, time], ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a tenant works. `week` by weekday, Monday 0; a span that ends at 00:00 ends with its
    day.
    """

    zone: ZoneInfo
    week: tuple[Spans, ...] = field(default=(ALWAYS,) * 7)
    closed_on: frozenset[date] = frozenset()
    always: bool = field(init=False)
    """There are no hours at all to keep; asked for every row of a list."""

    def __post_init__(self) -> None:
        """Find out once."""
        found = all(spans == ALWAYS for spans in self.week) and not self.closed_on
        object.__setattr__(self, "always", found)

    def spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield the working intervals of a local day, in UTC."""
        if day in self.closed_on:
            return
        for start, end in self.week[day.weekday()]:
            last = day + timedelta(days=1) if end == time(0) else day
            yield self._utc(day, start), self._utc(last, end)

    def _utc(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def local_day(self, at: datetime) -> date:
        """Return the local date of an instant."""
        return at.astimezone(self.zone).date()

    def from_day(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield intervals that end after `at`, in order, for a bit over a year."""
        first = self.local_day(at)
        for number in range(HORIZON_DAYS):
            for start, end in self.spans(first + timedelta(days=number)):
                if end > at:
                    yield start, end


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Say whether somebody works now."""
    return calendar.always or any(
        start <= at < end for start, end in calendar.spans(calendar.local_day(at))
    )


def worked(calendar: Calendar, since: datetime, until: datetime) -> timedelta:
    """Return the working time between two instants."""
    if calendar.always:
        return max(until - since, timedelta())
    total = timedelta()
    for start, end in calendar.from_day(since):
        if start >= until:
            break
        total += max(min(end, until) - max(start, since), timedelta())
    return total


def after_work(calendar: Calendar, since: datetime, amount: timedelta) -> datetime | None:
    """Return the instant at which that much working time has passed; None when it never does."""
    if calendar.always:
        return since + amount
    left = amount
    for start, end in calendar.from_day(since):
        begin = max(start, since)
        if end - begin >= left:
            return begin + left
        left -= max(end - begin, timedelta())
    return None


def next_opening(calendar: Calendar, at: datetime) -> datetime | None:
    """Return when work begins again (now, when it goes on); None when it never does."""
    return next((max(start, at) for start, _ in calendar.from_day(at)), None)


def closed_period(calendar: Calendar, at: datetime) -> str:
    """Return a name of the closed period around `at`: its end. "" while somebody works."""
    if is_open(calendar, at):
        return ""
    opening = next_opening(calendar, at)
    return opening.strftime("%Y%m%dT%H%MZ") if opening else "never"


def parse_calendar(zone: str, hours: Mapping[str, object] | None) -> Calendar:
    """Return the calendar of settings; none: always open.

    Shape: `{"mon": [["09:00", "18:00"]], …, "closed": ["2026-01-01"]}`.

    A zone nobody knows counts as UTC, a span that cannot be read as absent: bad settings must
    not stop messages.
    """
    place = _zone(zone)
    if not hours:
        return Calendar(place)
    week = tuple(_spans(hours.get(day)) for day in DAYS)
    closed = hours.get("closed")
    days = frozenset(filter(None, map(_date, closed))) if isinstance(closed, list) else frozenset()
    return Calendar(place, week, days)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _spans(value: object) -> Spans:
    if not isinstance(value, list):
        return ()
    found = []
    for pair in value:
        edges = [_time(edge) for edge in pair] if isinstance(pair, list) else []
        if len(edges) == 2 and edges[0] is not None and edges[1] is not None:
            start, end = edges[0], edges[1]
            if end == time(0) or start < end:
                found.append((start, end))
    return tuple(sorted(found))


def _time(value: object) -> time | None:
    if value == "24:00":
        return time(0)
    try:
        return time.fromisoformat(str(value))
    except ValueError:
        return None


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def in_quiet_hours(zone: str, quiet: tuple[str, str] | None, at: datetime) -> bool:
    """Say whether a member wants silence now; a quiet span may cross midnight."""
    if quiet is None:
        return False
    start, end = _time(quiet[0]), _time(quiet[1])
    if start is None or end is None or start == end:
        return False
    local = at.astimezone(_zone(zone)).time()
    return start <= local < end if start < end else local >= start or local < end


def next_morning(calendar: Calendar, at: datetime) -> datetime:
    """Return the next day's first working minute; nine o'clock where there are no hours."""
    tomorrow = calendar.local_day(at) + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(0), calendar.zone).astimezone(UTC)
    if calendar.always:
        return midnight + timedelta(hours=9)
    return next_opening(calendar, midnight) or midnight + timedelta(hours=9)


def next_edge(calendar: Calendar, at: datetime) -> datetime | None:
    """Return when work next begins or ends; None when it never does."""
    if calendar.always:
        return None
    for start, end in calendar.from_day(at):
        return start if start > at else end
    return None
