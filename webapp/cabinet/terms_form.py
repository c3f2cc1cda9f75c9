"""The form of hours and terms: what stands in its fields, what was typed there, what is wrong.

Hours are read as the chat reads them (`timetable`), a day by its own field or the whole week from
one line. `read` looks at every field and raises all faults at once, so that nobody mends one to
meet the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import TypeVar

from services.conversations.hours import ALWAYS, DAYS, Spans
from services.conversations.policy import Callee, by_place
from services.conversations.terms import (
    MAX_RUNGS,
    MOST_MINUTES,
    Rung,
    Terms,
    TermsView,
    read_minutes,
)
from services.conversations.timetable import Week, read_dates, read_week, write_dates
from services.kit.db import Tx
from services.kit.errors import InvalidInput
from services.tenants.actor import Actor
from webapp.speech import Speech

LINE, CLOSED, ZONE, AWAY, AWAY_ON, TARGET = (
    "line",
    "closed",
    "zone",
    "away_text",
    "is_away_on",
    "target_minutes",
)
NEVER = "hours.never"

T = TypeVar("T")
Fields = Mapping[str, str]
Faults = dict[str, InvalidInput]


class Faulty(Exception):
    """Fields that cannot be kept, by name."""

    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Change:
    """What the form asks for. `target` None: the second rung."""

    zone: str
    week: Week
    closed_on: tuple[date, ...]
    rungs: tuple[Rung, ...]
    target: int | None
    away_text: str
    is_away_on: bool


def fields(s: Speech, view: TermsView) -> dict[str, str]:
    """Return what stands in the fields now."""
    found = {day: hours(s, spans) for day, spans in zip(DAYS, view.week, strict=True)}
    found |= {LINE: "", ZONE: view.zone, AWAY: view.away_text}
    found[CLOSED] = write_dates(_ahead(view, s.today))
    found[AWAY_ON] = "on" if view.is_away_on else ""
    found[TARGET] = str(view.target_minutes) if view.is_target_own else ""
    for number, rung in enumerate(view.rungs, 1):
        found |= {f"minutes{number}": str(rung.minutes), f"callee{number}": rung.callee}
    return found


def rows(values: Fields) -> int:
    """Return how many rungs the form shows: those there are and one to add."""
    used = [number for number in _rungs() if values.get(f"minutes{number}", "").strip()]
    return min(max(used, default=0) + 1, MAX_RUNGS)


def hours(s: Speech, spans: Spans) -> str:
    """Return the hours of a day as one types them: "9–13, 14–18"; a day off is empty."""
    if spans == ALWAYS:
        return s.t("hours.open")
    return ", ".join(f"{_clock(start)}–{_clock(end, is_end=True)}" for start, end in spans)


def read(values: Fields, today: date, view: TermsView) -> Change:
    """Return the change. Raises Faulty."""
    faults: Faults = {}
    week = _week(values, faults, view)
    closed = _tried(faults, CLOSED, lambda: read_dates(values.get(CLOSED, ""), today))
    rungs = _ladder(values, faults)
    target = _tried(faults, TARGET, lambda: _target(values.get(TARGET, "")))
    away_text, is_on = values.get(AWAY, "").strip(), bool(values.get(AWAY_ON))
    if is_on and not away_text:
        faults[AWAY] = InvalidInput("work.away_empty", field=AWAY)
    if faults:
        raise Faulty(faults)
    zone = values.get(ZONE, "") or view.zone
    return Change(zone, week, closed or (), rungs, target, away_text, is_on)


async def apply(terms: Terms, tx: Tx, actor: Actor, change: Change, view: TermsView) -> None:
    """Keep what differs from before, all of it or nothing. Raises Faulty, Forbidden."""
    try:
        await _apply(terms, tx, actor, change, view)
    except InvalidInput as error:
        raise Faulty({_field(error): error}) from None


async def _apply(terms: Terms, tx: Tx, actor: Actor, change: Change, view: TermsView) -> None:
    if change.zone != view.zone:
        await terms.set_zone(tx, actor, change.zone)
    if change.week != view.week:
        await terms.set_hours(tx, actor, change.week)
    if change.closed_on != view.closed_on:
        await terms.set_closed(tx, actor, change.closed_on)
    await _apply_calls(terms, tx, actor, change, view)
    await _apply_away(terms, tx, actor, change, view)


async def _apply_calls(
    terms: Terms, tx: Tx, actor: Actor, change: Change, view: TermsView
) -> None:
    if change.rungs != view.rungs:
        await terms.set_ladder(tx, actor, change.rungs)
    if change.target != (view.target_minutes if view.is_target_own else None):
        await terms.set_target(tx, actor, change.target)


async def _apply_away(terms: Terms, tx: Tx, actor: Actor, change: Change, view: TermsView) -> None:
    if change.away_text and change.away_text != view.away_text:
        await terms.set_away(tx, actor, change.away_text)
        if not change.is_away_on:  # a new text is said unless told otherwise
            await terms.switch_away(tx, actor, on=False)
    elif change.is_away_on != view.is_away_on:
        await terms.switch_away(tx, actor, on=change.is_away_on)


def _ahead(view: TermsView, today: date) -> list[date]:
    return [day for day in view.closed_on if day >= today]


def _rungs() -> range:
    return range(1, MAX_RUNGS + 1)


def _tried(faults: Faults, field: str, work: Callable[[], T]) -> T | None:
    """Return what is read; what cannot be is written down under its field."""
    try:
        return work()
    except InvalidInput as error:
        faults[field] = error
        return None


def _field(error: InvalidInput) -> str:
    """Return where in the form a service's complaint belongs."""
    day = str(error.params.get("day", ""))
    places = {"hours": day or LINE, "ladder": "minutes1"}
    return places.get(error.field, error.field)


# ---- hours --------------------------------------------------------------------------------------


def _week(values: Fields, faults: Faults, view: TermsView) -> Week:
    if line := values.get(LINE, "").strip():
        return _tried(faults, LINE, lambda: read_week(line)) or view.week
    found: list[list[tuple[time, time]]] = [[] for _ in DAYS]
    for number, day in enumerate(DAYS):
        spans = _tried(faults, day, lambda number=number: _day(number, values)) or ((), ())  # type: ignore[misc]
        found[number] += spans[0]
        found[(number + 1) % len(DAYS)] += spans[1]
    week = tuple(tuple(sorted(spans)) for spans in found)
    if not any(week) and not faults:
        faults[LINE] = InvalidInput(NEVER, field=LINE)
    return week


def _day(number: int, values: Fields) -> tuple[Spans, Spans]:
    """Return a day's own hours, and what of them goes on past midnight."""
    text = values.get(DAYS[number], "").strip()
    if not text:
        return (), ()
    others = ", ".join(f"{day} closed" for day in DAYS if day != DAYS[number])
    try:
        alone = read_week(f"{DAYS[number]} {text}")
        if alone != read_week(f"{DAYS[number]} {text}, {others}"):  # it speaks of other days too
            raise InvalidInput("work.one_day", field=DAYS[number])
    except InvalidInput as error:
        if error.key == NEVER:
            return (), ()
        raise
    return alone[number], alone[(number + 1) % len(DAYS)]


def _clock(at: time, *, is_end: bool = False) -> str:
    if is_end and at == time(0):
        return "24"
    return f"{at.hour}:{at:%M}" if at.minute else str(at.hour)


# ---- calls --------------------------------------------------------------------------------------


def _ladder(values: Fields, faults: Faults) -> tuple[Rung, ...]:
    used = [number for number in _rungs() if values.get(f"minutes{number}", "").strip()]
    if not used:
        faults["minutes1"] = InvalidInput("terms.rungs_count", field="minutes1", most=MAX_RUNGS)
    found: list[Rung] = []
    for place, number in enumerate(used, 1):
        text = values[f"minutes{number}"]
        minutes = _tried(faults, f"minutes{number}", lambda text=text: read_minutes(text))  # type: ignore[misc]
        if minutes is None:
            continue
        if not (found[-1].minutes if found else 0) < minutes <= MOST_MINUTES:
            faults[f"minutes{number}"] = InvalidInput("terms.rungs_order", most=MOST_MINUTES)
        name = values.get(f"callee{number}", "")
        is_known = name in set(Callee)
        found.append(Rung(minutes, Callee(name) if is_known else by_place(place, len(used))))
    return tuple(found)


def _target(text: str) -> int | None:
    return read_minutes(text) if text.strip() else None
