"""Texts say what happened, what is safe, what to do, in both languages, nothing unfilled."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incidents.rules import RULES
from services.kit.i18n import load
from services.notices.rules import Quiet, due_at, quiet_of
from services.notices.words import Fact, duration, text_of

START = datetime(2026, 11, 24, 12, 4, tzinfo=UTC)
PARAMS = {
    "channel": "Химки",
    "workspace": "Продажи",
    "count": 3,
    "minutes": 125,
    "seconds": 61,
    "percent": 5.1,
    "code": "timeout",
    "fault": "token",
}


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_speaks(rule: str, locale: str) -> None:
    alert = text_of(Fact("alert", rule, "in", PARAMS, START, None, "7f3ac1d2" * 4), locale, "UTC")
    later = START + timedelta(minutes=81)
    clear = text_of(Fact("clear", rule, "in", PARAMS, START, later), locale, "UTC")

    for text in (alert, clear):
        assert "{" not in text.text
        assert "notices." not in text.text
        (bold,) = text.entities
        assert (
            text.text[bold.offset : bold.offset + bold.length]
            == text.text.split("\n")[0][bold.offset :]
        )
    assert len(alert.text.split("\n")) == 4
    assert "12:04" in alert.text
    assert "7f3ac1d2" in alert.text
    keys = load().keys[locale]
    assert {f"notices.{rule}.{part}" for part in ("head", "body", "clear")} <= keys


@pytest.mark.parametrize("fault", ["token", "webhook", "poller", "nobody"])
def test_silence_names_the_part_at_fault(fault: str) -> None:
    fact = Fact("alert", "channel_silent", "c", {**PARAMS, "fault": fault}, START, None)

    words = load().t("ru", f"notices.fault.{fault}")

    assert words in text_of(fact, "ru", "Europe/Moscow").text


def test_time_is_the_readers_own() -> None:
    fact = Fact("alert", "queue_age", "in", PARAMS, START, None)

    assert "15:04" in text_of(fact, "ru", "Europe/Moscow").text
    assert "15:04" in text_of(fact, "ru", "Nowhere/Never").text


def test_a_name_with_braces_is_only_a_name() -> None:
    fact = Fact("alert", "channel_auth_lost", "c", {"channel": "{trace} {0}"}, START, None)

    assert "{trace} {0}: ключ" in text_of(fact, "ru", "UTC").text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "меньше минуты"), (59, "меньше минуты"), (300, "5 мин"), (4860, "1 ч 21 мин")],
)
def test_durations_are_said_in_words(seconds: float, words: str) -> None:
    assert duration(seconds, "ru") == words


@given(
    st.datetimes(timezones=st.just(UTC), min_value=datetime(2026, 1, 1)),  # noqa: DTZ001
    st.times(),
    st.times(),
)
def test_nobody_is_told_inside_quiet_hours_nor_a_day_late(
    now: datetime, start: time, end: time
) -> None:
    quiet = Quiet(start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0))

    due = due_at(now, quiet, urgent=False)

    assert now <= due <= now + timedelta(hours=24, minutes=1)
    assert due_at(due, quiet, urgent=False) == due
    assert due_at(now, quiet, urgent=True) == now


@pytest.mark.parametrize(
    "settings",
    [{}, {"quiet": "x"}, {"quiet": ["25:00", "08:00"]}, {"quiet": []}, {"quiet_until": "never"}],
)
def test_nonsense_is_no_wish(settings: dict[str, object]) -> None:
    assert due_at(START, quiet_of(settings, "UTC"), urgent=False) == START


def test_quiet_until_a_moment_holds_what_can_wait() -> None:
    quiet = quiet_of({"quiet_until": "2026-11-24T15:00:00+00:00"}, "UTC")

    assert due_at(START, quiet, urgent=False).hour == 15
    assert due_at(START, quiet, urgent=True) == START
