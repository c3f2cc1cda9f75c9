"""Hours as people write them: read as they are meant, refused in words, written back alike."""

import contextlib
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.conversations.hours import ALWAYS, DAYS, Spans
from services.conversations.timetable import (
    EVER,
    read_dates,
    read_week,
    write_dates,
    write_week,
)
from services.kit.errors import InvalidInput

NINE = ((time(9), time(18)),)
OFF: Spans = ()
MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("пн-пт 9-18", (NINE,) * 5 + (OFF,) * 2),
        ("Пн–Пт: 9:00 — 18.00; сб, вс: выходной", (NINE,) * 5 + (OFF,) * 2),
        ("с понедельника по пятницу с 9 до 18", (NINE,) * 5 + (OFF,) * 2),
        ("по будням 9-18", (NINE,) * 5 + (OFF,) * 2),
        ("weekdays from 9 to 18", (NINE,) * 5 + (OFF,) * 2),
        ("Mon-Fri 9-18\nSat and Sun closed", (NINE,) * 5 + (OFF,) * 2),
        ("9-18", (NINE,) * 7),
        ("ежедневно 9-18, вс выходной", (NINE,) * 6 + (OFF,)),
        ("сб-пн 9-18", (NINE, OFF, OFF, OFF, OFF, NINE, NINE)),  # round the week's end
        ("круглосуточно", EVER),
        ("24/7", EVER),
        ("ежедневно 0-24", EVER),
        ("пн 9-13, 14-18", (((time(9), time(13)), (time(14), time(18))), *(OFF,) * 6)),
        (
            "пт 22:00-06:00",  # past midnight: the rest is Saturday's
            (*(OFF,) * 4, ((time(22), time(0)),), ((time(0), time(6)),), OFF),
        ),
        ("вс круглосуточно", (*(OFF,) * 6, ALWAYS)),
    ],
)
def test_text_is_read_as_it_is_meant(text: str, week: tuple[Spans, ...]) -> None:
    assert read_week(text) == week


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("завтра", "hours.unreadable"),
        ("пн-пт девять", "hours.unreadable"),
        ("пн-пт 9", "hours.unreadable"),
        ("пн-пт", "hours.no_time"),
        ("пн 25-26", "hours.bad_time"),
        ("пн 9:75-18", "hours.bad_time"),
        ("пн 9-9", "hours.bad_time"),
        ("пн 9-18, 17-20", "hours.overlap"),
        ("пн круглосуточно, 9-18", "hours.overlap"),
        ("ежедневно выходной", "hours.never"),
        ("", "hours.never"),
        ("🙂", "hours.unreadable"),
    ],
)
def test_text_that_means_nothing_is_refused_with_a_reason(text: str, key: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_week(text)

    assert refused.value.key == key


MINUTES = st.integers(0, 24 * 60 - 1)


@st.composite
def days(draw: st.DrawFn) -> Spans:
    edges = sorted(draw(st.sets(MINUTES, max_size=6)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    return tuple((time(a // 60, a % 60), time(b // 60, b % 60)) for a, b in pairs)


@given(
    st.tuples(*[st.one_of(days(), st.just(ALWAYS))] * 7).filter(any), st.sampled_from(["ru", "en"])
)
def test_what_is_written_reads_back_alike(week: tuple[Spans, ...], locale: str) -> None:
    assert read_week(write_week(locale, week)) == week


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (read_week, lambda said: read_dates(said, MONDAY)):
        with contextlib.suppress(InvalidInput):
            read(text)


def test_week_is_written_short() -> None:
    assert write_week("ru", read_week("пн-пт 9-18, сб 10-16")) == (
        "пн–пт 09:00–18:00, сб 10:00–16:00, вс выходной"
    )
    assert write_week("en", EVER) == "round the clock"
    assert len(DAYS) == len(EVER)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("31.12", [date(2026, 12, 31)]),
        ("1.1", [date(2027, 1, 1)]),  # the next one
        ("31.12-2.1", [date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)]),
        ("2027-05-09, 8.3.2027", [date(2027, 3, 8), date(2027, 5, 9)]),
        ("", []),
    ],
)
def test_dates_are_read(text: str, days: list[date]) -> None:
    assert list(read_dates(text, MONDAY)) == days


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("31.02", "hours.bad_date"),
        ("праздники", "hours.bad_date"),
        ("1.1.2020", "hours.past_date"),
        ("1.1.2027-1.1.2030", "hours.bad_date"),
        ("5.1.2027-1.1.2027", "hours.bad_date"),
        ("1.1.2027-31.12.2027, 1.1.2028-5.1.2028", "hours.many_dates"),
    ],
)
def test_dates_that_cannot_be_are_refused(text: str, key: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_dates(text, MONDAY)

    assert refused.value.key == key


@given(st.sets(st.dates(MONDAY, date(2027, 11, 1)), max_size=20))
def test_dates_written_read_back(days: set[date]) -> None:
    assert set(read_dates(write_dates(sorted(days)), MONDAY)) == days
