"""Hours as people write them: "Mon-Fri 9-18, Sat 10:00-16:00, Sun closed". Pure.

Days or ranges of days, then their hours; several hours leave a break between them. Days nobody
named are closed, a day named again takes the later hours, a span past midnight goes on into the
next day. Words come from the catalogues (`hours.words.*`, stems of three letters and more match
by their beginning), all languages at once: nobody has to switch theirs. Round trip:
`read_week(write_week(locale, week)) == week`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from itertools import pairwise

from services.conversations.hours import ALWAYS, DAYS, Spans
from services.kit.errors import InvalidInput
from services.kit.i18n import locales, t

Week = tuple[Spans, ...]

TOKEN = re.compile(r"24/7|\d+(?:[:.]\d\d)?|[^\W\d_]+|-|[^\s,;:.()]")
CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d\d))?")
DASHES = str.maketrans({"–": "-", "—": "-", "−": "-", "‑": "-", "ё": "е"})
STEM = 3
ALL = tuple(range(len(DAYS)))
GROUPS = {"weekdays": ALL[:5], "weekend": ALL[5:], "daily": ALL}
KINDS = ("closed", "open", "to", "skip")
EVER = Week((ALWAYS,) * len(DAYS))

DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d{1,2})\.(\d{1,2})(?:\.(\d{4}))?|(-)|([^\s,;]+)")
MAX_DATES = 366


@dataclass(frozen=True, slots=True)
class _Token:
    """`kind`: day, days, time, closed, open, to or skip."""

    kind: str
    text: str
    days: tuple[int, ...] = ()


@dataclass(slots=True)
class _Reading:
    """What was read so far; `spill`: hours past midnight, by the day they began on."""

    days: list[int] = field(default_factory=list)
    spans: list[tuple[time, time]] = field(default_factory=list)
    is_said: bool = False
    week: dict[int, list[tuple[time, time]]] = field(default_factory=dict)
    spill: dict[int, list[tuple[time, time]]] = field(default_factory=dict)

    def name(self, days: Sequence[int]) -> None:
        """More days; after hours they begin a new group."""
        if self.is_said:
            self.flush()
        self.days.extend(days)

    def span(self, start: time, end: time) -> None:
        """More hours of the days named last."""
        self.is_said = True
        self.spans.append((start, end))

    def flush(self) -> None:
        """End a group. Raises InvalidInput for days without hours."""
        if self.days and not self.is_said:
            raise InvalidInput("hours.no_time", field="hours")
        for day in dict.fromkeys(self.days or (ALL if self.is_said else ())):
            self.week[day] = [(a, time(0) if _wraps(a, b) else b) for a, b in self.spans]
            self.spill[day] = [(time(0), b) for a, b in self.spans if _wraps(a, b)]
        self.days, self.spans, self.is_said = [], [], False


def _wraps(start: time, end: time) -> bool:
    return end != time(0) and end < start


def read_week(text: str) -> Week:
    """Return the week a text means.

    Raises InvalidInput: hours.unreadable(part), hours.no_time, hours.bad_time(part),
    hours.overlap(day), hours.never.
    """
    tokens = [token for token in _tokens(text) if token.kind != "skip"]
    reading = _Reading()
    at = 0
    while at < len(tokens):
        at += _step(reading, tokens, at)
    reading.flush()
    week = tuple(_day(reading, day) for day in ALL)
    if not any(week):
        raise InvalidInput("hours.never", field="hours")
    return week


def _step(reading: _Reading, tokens: Sequence[_Token], at: int) -> int:
    """Take one phrase; return how many words it had."""
    token = tokens[at]
    then = [one.kind for one in tokens[at + 1 : at + 3]]
    match token.kind:
        case "day" | "days" if then == ["to", "day"] and token.kind == "day":
            reading.name(_range(token.days[0], tokens[at + 2].days[0]))
            return 3
        case "day" | "days":
            reading.name(token.days)
            return 1
        case "to" if then[:1] in (["day"], ["days"]):  # "по будням", "to" of no range
            return 1
        case "closed":
            reading.is_said = True
            return 1
        case "open":
            reading.span(time(0), time(0))
            return 1
        case "time" if then == ["to", "time"]:
            reading.span(*_span(token.text, tokens[at + 2].text))
            return 3
        case _:
            raise InvalidInput("hours.unreadable", field="hours", part=token.text[:40])


def _range(first: int, last: int) -> list[int]:
    count = (last - first) % len(DAYS) + 1
    return [(first + step) % len(DAYS) for step in range(count)]


def _span(first: str, last: str) -> tuple[time, time]:
    start, end = _clock(first), _clock(last)
    if start == end and start != time(0):
        raise InvalidInput("hours.bad_time", field="hours", part=f"{first}-{last}")
    return start, end


def _clock(text: str) -> time:
    found = CLOCK.fullmatch(text)
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if hour == 24 and minute == 0:
        return time(0)
    if hour > 23 or minute > 59:
        raise InvalidInput("hours.bad_time", field="hours", part=text[:40])
    return time(hour, minute)


def _day(reading: _Reading, day: int) -> Spans:
    before = reading.spill.get((day - 1) % len(DAYS), [])
    spans = sorted([*reading.week.get(day, []), *before])
    for (_, end), (start, _) in pairwise(spans):
        if end == time(0) or start < end:
            raise InvalidInput("hours.overlap", field="hours", day=DAYS[day])
    return tuple(spans)


def _tokens(text: str) -> Iterator[_Token]:
    known = _vocabulary()
    for found in TOKEN.findall(text.lower().translate(DASHES)):
        if found == "24/7":
            yield _Token("open", found)
        elif found[0].isdigit():
            yield _Token("time", found)
        elif found == "-":
            yield _Token("to", found)
        else:
            yield _word(found, known)


def _word(text: str, known: dict[str, _Token]) -> _Token:
    stems = (text[:size] for size in range(len(text), STEM - 1, -1))
    found = next((known[stem] for stem in (text, *stems) if stem in known), None)
    if found is None:
        raise InvalidInput("hours.unreadable", field="hours", part=text[:40])
    return found


@functools.cache
def _vocabulary() -> dict[str, _Token]:
    known: dict[str, _Token] = {}
    for locale in locales():
        for number, day in enumerate(DAYS):
            known |= _entry(locale, day, "day", (number,))
        for name, days in GROUPS.items():
            known |= _entry(locale, name, "days", days)
        for kind in KINDS:
            known |= _entry(locale, kind, kind, ())
    return known


def _entry(locale: str, name: str, kind: str, days: tuple[int, ...]) -> dict[str, _Token]:
    return {
        word: _Token(kind, word, days) for word in t(locale, f"hours.words.{name}").lower().split()
    }


# ---- writing ------------------------------------------------------------------------------------


def write_week(locale: str, week: Week) -> str:
    """Return the week in a line: days alike are written together."""
    if all(spans == ALWAYS for spans in week):
        return t(locale, "hours.open")
    parts = [
        f"{_days(locale, first, last)} {_hours(locale, week[first])}"
        for first, last in _alike(week)
    ]
    return ", ".join(parts)


def _alike(week: Week) -> Iterator[tuple[int, int]]:
    first = 0
    for day in ALL:
        if day == ALL[-1] or week[day + 1] != week[first]:
            yield first, day
            first = day + 1


def _days(locale: str, first: int, last: int) -> str:
    names = [t(locale, f"hours.day.{DAYS[day]}") for day in (first, last)]
    return names[0] if first == last else "–".join(names)


def _hours(locale: str, spans: Spans) -> str:
    if not spans:
        return t(locale, "hours.closed")
    if spans == ALWAYS:
        return t(locale, "hours.open")
    return ", ".join(f"{a:%H:%M}–{'24:00' if b == time(0) else f'{b:%H:%M}'}" for a, b in spans)


# ---- dates --------------------------------------------------------------------------------------


def read_dates(text: str, today: date) -> tuple[date, ...]:
    """Return the dates a text means: "31.12.2026, 1.01-8.01"; without a year the next such day.

    Raises InvalidInput: hours.bad_date(part), hours.past_date(part), hours.many_dates(most).
    """
    found: set[date] = set()
    last: date | None = None
    in_range = False
    for match in DATE.finditer(text.translate(DASHES)):
        if match[7]:
            in_range = last is not None
            continue
        day = _date(match, last if in_range and last else today)
        found |= _between(last, day, match[0]) if in_range and last else {day}
        last, in_range = day, False
    if len(found) > MAX_DATES:
        raise InvalidInput("hours.many_dates", field="closed", most=MAX_DATES)
    old = min(found, default=today)
    if old < today:
        raise InvalidInput("hours.past_date", field="closed", part=f"{old:%d.%m.%Y}")
    return tuple(sorted(found))


def _date(match: re.Match[str], after: date) -> date:
    iso, local = match.group(1, 2, 3), match.group(6, 5, 4)
    try:
        if iso[0]:
            return date(*map(int, iso))
        if local[0]:
            return date(*map(int, local))
        day = date(after.year, int(local[1]), int(local[2]))
        return day if day >= after else day.replace(year=after.year + 1)
    except (ValueError, TypeError):
        raise InvalidInput("hours.bad_date", field="closed", part=match[0][:40]) from None


def _between(first: date, last: date, part: str) -> set[date]:
    count = (last - first).days
    if not 0 <= count <= MAX_DATES:
        raise InvalidInput("hours.bad_date", field="closed", part=part[:40])
    return {first + timedelta(days=step) for step in range(count + 1)}


def write_dates(days: Sequence[date]) -> str:
    """Return dates in a line, runs as first–last."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join("–".join(f"{day:%d.%m.%Y}" for day in _ends(run)) for run in runs)


def _ends(run: Sequence[date]) -> Sequence[date]:
    return run if len(run) == 1 else (run[0], run[-1])
