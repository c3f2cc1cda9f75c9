from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.speech import Speech

NOW = datetime(2026, 5, 21, 7, 31, tzinfo=UTC)  # 10:31 in Moscow
RU = Speech("ru", ZoneInfo("Europe/Moscow"), NOW)
EN = Speech("en", ZoneInfo("America/New_York"), NOW)


@pytest.mark.parametrize(
    ("ago", "ru"),
    [
        (timedelta(minutes=40), "09:51"),
        (timedelta(hours=11), "вчера, 23:31"),  # yesterday there, though today in UTC's evening
        (timedelta(days=9), "12 мая, 10:31"),
        (timedelta(days=400), "16 апреля 2025, 10:31"),
    ],
)
def test_moment_is_said_as_people_say_it(ago: timedelta, ru: str) -> None:
    assert RU.when(NOW - ago) == ru


def test_day_is_the_persons_own() -> None:
    midnight_in_moscow = datetime(2026, 5, 20, 21, 5, tzinfo=UTC)

    assert RU.day(midnight_in_moscow) == "сегодня"
    assert EN.day(midnight_in_moscow) == "yesterday"


@pytest.mark.parametrize(
    ("seconds", "ru", "en"),
    [
        (-5, "меньше минуты", "under a minute"),
        (59, "меньше минуты", "under a minute"),
        (1560, "26 мин", "26 min"),
        (7500, "2 ч\N{NO-BREAK SPACE}5 мин", "2 h\N{NO-BREAK SPACE}5 min"),
        (3 * 86_400, "3 дня", "3 days"),
        (5 * 86_400, "5 дней", "5 days"),
    ],
)
def test_span_takes_its_largest_unit(seconds: int, ru: str, en: str) -> None:
    assert _plain(RU.span(seconds)) == _plain(ru)
    assert _plain(EN.span(seconds)) == _plain(en)


def test_money_and_numbers_keep_together() -> None:
    assert RU.money(1_850_000) == "18 500 ₽".replace(" ", "\N{NO-BREAK SPACE}")
    assert RU.money(37_450) == "374,50 ₽".replace(" ", "\N{NO-BREAK SPACE}")
    assert EN.number(12480) == "12,480"


def test_greeting_follows_the_clock() -> None:
    assert RU.greeting == "web.hello.morning"
    assert EN.greeting == "web.hello.night"


def _plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")
