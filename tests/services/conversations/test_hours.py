"""Working time: it stands outside hours, survives the change of clocks, and adds up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.conversations import hours
from services.conversations.hours import parse_calendar
from services.conversations.ladder import next_look, steps_reached
from services.conversations.policy import Policy
from services.conversations.titles import clock_status

WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
MOSCOW = parse_calendar("Europe/Moscow", WEEK)
BERLIN = parse_calendar("Europe/Berlin", {day: [["00:00", "24:00"]] for day in hours.DAYS})
NIGHT = parse_calendar("UTC", {"mon": [["22:00", "24:00"]], "tue": [["00:00", "06:00"]]})
MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)  # nine in Moscow
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)
SPANS = st.timedeltas(timedelta(), timedelta(days=20))
CALENDARS = st.sampled_from([MOSCOW, BERLIN, NIGHT, parse_calendar("Asia/Omsk", None)])


def policy(calendar: hours.Calendar) -> Policy:
    return Policy("ru", "Europe/Moscow", calendar, (10, 20, 30), "")


def at(day: int, hour: float) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour)


@pytest.mark.parametrize(
    ("since", "until", "minutes"),
    [
        (at(0, 0), at(0, 1), 60),
        (at(0, 8.5), at(1, 0.5), 60),  # half an hour today, half tomorrow
        (at(4, 8.5), at(7, 0.5), 60),  # over a weekend
        (at(5, 0), at(6, 0), 0),
        (at(0, -3), at(0, 0), 0),
    ],
)
def test_the_clock_runs_in_hours_only(since: datetime, until: datetime, minutes: int) -> None:
    assert hours.worked(MOSCOW, since, until) == timedelta(minutes=minutes)


def test_a_day_of_25_hours_counts_25() -> None:
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)

    assert hours.worked(BERLIN, start, start + timedelta(hours=25)) == timedelta(hours=25)
    assert hours.is_open(BERLIN, start + timedelta(hours=3))


def test_a_span_over_midnight_is_two_spans() -> None:
    monday = datetime(2026, 11, 23, 23, tzinfo=UTC)

    assert hours.worked(NIGHT, monday, monday + timedelta(hours=9)) == timedelta(hours=7)


def test_closed_days_are_closed() -> None:
    calendar = parse_calendar("Europe/Moscow", {**WEEK, "closed": ["2026-11-23", "nonsense"]})

    assert not hours.is_open(calendar, at(0, 1))
    assert hours.next_opening(calendar, at(0, 1)) == at(1, 0)


@given(CALENDARS, MOMENTS, SPANS, SPANS)
def test_worked_time_adds_up(
    calendar: hours.Calendar, since: datetime, one: timedelta, two: timedelta
) -> None:
    middle, end = since + one, since + one + two

    assert hours.worked(calendar, since, middle) + hours.worked(
        calendar, middle, end
    ) == hours.worked(calendar, since, end)


@given(CALENDARS, MOMENTS, st.integers(1, 3000))
def test_after_work_is_when_that_much_was_worked(
    calendar: hours.Calendar, since: datetime, minutes: int
) -> None:
    amount = timedelta(minutes=minutes)

    moment = hours.after_work(calendar, since, amount)

    assert moment is not None
    assert hours.worked(calendar, since, moment) == amount


@given(CALENDARS, MOMENTS)
def test_one_closed_period_has_one_name(calendar: hours.Calendar, moment: datetime) -> None:
    period = hours.closed_period(calendar, moment)

    assert (period == "") == hours.is_open(calendar, moment)
    opening = hours.next_opening(calendar, moment)
    if period and opening is not None:
        assert hours.closed_period(calendar, opening - timedelta(seconds=1)) == period


@given(CALENDARS, MOMENTS, st.timedeltas(timedelta(), timedelta(days=4)))
def test_the_ladder_only_climbs_and_the_next_look_is_ahead(
    calendar: hours.Calendar, since: datetime, waited: timedelta
) -> None:
    rules, now = policy(calendar), since + waited

    step = steps_reached(rules, since, now)
    look = next_look(rules, since, step, now)

    assert step >= steps_reached(rules, since, since + waited / 2)
    assert look is None or look > now
    if step < 3:
        assert look is not None


@pytest.mark.parametrize(
    ("minutes", "mark"), [(0, "answered"), (9, "answered"), (10, "soon"), (20, "overdue")]
)
def test_the_title_turns_yellow_at_half_and_red_at_all_of_the_time(
    minutes: int, mark: str
) -> None:
    now = at(0, 1) + timedelta(minutes=minutes)

    assert clock_status(policy(MOSCOW), at(0, 1), now) == mark


def test_the_title_says_when_nobody_works() -> None:
    assert clock_status(policy(MOSCOW), at(0, 8), at(0, 12)) == "away"


@pytest.mark.parametrize(
    "settings",
    [{"mon": "x"}, {"mon": [["9", "18:00"], ["18:00", "09:00"], 5]}, {"closed": 7}, {"mon": None}],
)
def test_bad_settings_stop_nothing(settings: dict[str, object]) -> None:
    calendar = parse_calendar("No/Where", settings)

    assert hours.worked(calendar, MONDAY, at(3, 0)) == timedelta()
    assert hours.after_work(calendar, MONDAY, timedelta(minutes=1)) is None
    assert hours.next_edge(calendar, MONDAY) is None


@pytest.mark.parametrize(
    ("hour", "quiet"), [(21, False), (22, True), (23, True), (6, True), (7, False), (12, False)]
)
def test_a_night_may_cross_midnight(hour: int, quiet: bool) -> None:
    now = datetime(2026, 11, 24, hour, tzinfo=UTC)

    assert hours.in_quiet_hours("UTC", ("22:00", "07:00"), now) is quiet
