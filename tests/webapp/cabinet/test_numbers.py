"""Numbers in sentences are written as numbers are in the person's language."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from webapp.speech import Speech

NOW = datetime(2026, 5, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "count", "more", "says"),
    [
        ("ru", 1, False, "1 покупатель ждёт ответа"),
        ("ru", 5008, False, "5\N{NO-BREAK SPACE}008 покупателей ждут ответа"),
        ("ru", 100, True, "100+ покупателей ждут ответа"),
        ("en", 5008, False, "5,008 buyers wait for an answer"),
    ],
)
def test_numbers_have_groups_and_say_when_there_are_more(
    locale: str, count: int, more: bool, says: str
) -> None:
    speech = Speech(locale, ZoneInfo("Europe/Moscow"), NOW)

    assert speech.n("web.now.waiting", count, more=more) == says
