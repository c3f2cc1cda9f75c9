"""The form of hours: what it shows reads back as the same week; no text breaks it."""

from __future__ import annotations

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.conversations.hours import ALWAYS, DAYS, Spans
from services.conversations.policy import Callee
from services.conversations.terms import Rung, TermsView
from services.conversations.timetable import Week
from tests.services.desk.shops import NOW
from webapp.cabinet.terms_form import Faulty, fields, read
from webapp.speech import Speech

TODAY = date(2026, 11, 24)


def view(week: Week, closed: tuple[date, ...] = ()) -> TermsView:
    return TermsView(
        business="Вишня",
        locale="ru",
        zone="Europe/Moscow",
        week=week,
        closed_on=closed,
        rungs=(Rung(10, Callee.ASSIGNEE), Rung(30, Callee.OWNER)),
        target_minutes=30,
        is_target_own=False,
        away_text="",
        is_away_on=False,
    )


def spans(edges: list[int]) -> Spans:
    """Spans between sorted quarters of an hour; the last quarter of a day is its midnight."""
    at = [time(edge // 4 % 24, edge % 4 * 15) for edge in sorted(edges)]
    return tuple(zip(at[::2], at[1::2], strict=False))


DAY = st.one_of(
    st.just(()),
    st.just(ALWAYS),
    st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True)
    .filter(lambda edges: len(edges) % 2 == 0)
    .map(spans),
)
WEEK = st.tuples(*[DAY] * len(DAYS)).filter(any)
CLOSED = st.sets(st.integers(0, 300).map(lambda days: TODAY + timedelta(days=days)), max_size=9)
TEXT = st.text(alphabet="0123456789-–:., пнвтсб9closed\n", max_size=30)


@pytest.mark.parametrize("locale", ["ru", "en"])
@given(week=WEEK, closed=CLOSED)
def test_what_is_shown_reads_back(locale: str, week: Week, closed: set[date]) -> None:
    speech = Speech(locale, ZoneInfo("Europe/Moscow"), NOW.replace(2026, 11, 24, 12))
    before = view(week, tuple(sorted(closed)))
    change = read(fields(speech, before), TODAY, before)

    assert change.week == week
    assert change.closed_on == before.closed_on
    assert (change.rungs, change.target) == (before.rungs, None)


@given(values=st.dictionaries(st.sampled_from([*DAYS, "line", "closed", "minutes1"]), TEXT))
def test_any_text_is_read_or_refused_at_its_field(values: dict[str, str]) -> None:
    faults: set[str] = set()
    try:
        read(values, TODAY, view((ALWAYS,) * 7))
    except Faulty as error:
        faults = set(error.faults)

    assert faults <= {*DAYS, "line", "closed", "minutes1"}
