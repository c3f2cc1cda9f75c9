"""What a bot's or an account's page says of every state it can be in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from services.channels.health import ChannelInfo
from services.channels.models import HookState
from services.connectors.values import Check
from services.desk.accounts import Card
from services.polling.models import SourceState
from webapp.cabinet.channel_words import news, state
from webapp.cabinet.connection_words import Line, banner, lines, row
from webapp.speech import Speech

NOW = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
S = Speech("ru", ZoneInfo("UTC"), NOW)
KEY = Check("token", "ok", "health.avito.token.ok")
INFO = ChannelInfo(
    id=uuid4(),
    provider="avito",
    kind="account",
    name="shop",
    title="Химки",
    username="",
    external_id="7",
    status="active",
    status_reason="",
    hook_state="set",
    checks=(KEY,),
    checked_at=NOW,
    last_event_at=NOW - timedelta(minutes=5),
    last_success_at=NOW - timedelta(minutes=1),
)
SOURCE = SourceState(
    channel_id=INFO.id,
    next_poll_at=NOW,
    last_poll_at=NOW,
    last_success_at=NOW - timedelta(minutes=1),
    lag_seconds=0.0,
    failures=0,
    is_open=False,
    last_code="",
    misses=0,
)


def card(source: SourceState | None = SOURCE, queued: int = 0, stuck: int = 0, **of: Any) -> Card:
    info = replace(INFO, **of)
    return Card(info, None, "", queued, stuck, source)


def line(found: Card, name: str) -> Line:
    return next(one for one in lines(S, found) if one.name == name)


def test_all_is_well_says_when_something_came_and_that_nothing_was_missed() -> None:
    told = banner(S, card())

    assert (told.tone, told.title) == ("ok", "Всё работает")
    assert "5 мин назад" in told.text.replace("\u00a0", " ")
    assert "Пропусков нет" in told.text


@pytest.mark.parametrize(
    ("found", "tone", "title"),
    [
        (card(status="suspended", queued=6), "bad", "Avito больше не принимает ключ"),
        (card(checks=(Check("token", "bad", ""),)), "bad", "Avito больше не принимает ключ"),
        (card(replace(SOURCE, is_open=True)), "warn", "Площадка не отвечает"),
        (card(hook_state="lost"), "warn", "Вебхук пропал дважды"),
        (card(checks=(KEY, Check("messenger", "bad", "x"))), "bad", "Есть что поправить"),
        (card(stuck=2), "warn", "Не дошли 2 сообщения"),
        (card(checks=(KEY, Check("webhook", "warn", "x"))), "warn", "Есть что поправить"),
        (card(checks=(), checked_at=None), "info", "Проверяем"),
    ],
)
def test_the_worst_truth_wins(found: Card, tone: str, title: str) -> None:
    told = banner(S, found)

    assert (told.tone, told.title) == (tone, title)


def test_refused_key_tells_what_waits_and_what_helps() -> None:
    told = banner(S, card(status="suspended", queued=6))

    assert told.act == "keys"
    assert "11:59" in told.text
    assert "ждут 6 ответов" in told.text


def test_reading_tells_pace_lag_misses_and_a_stop() -> None:
    well = line(card(), "poll")
    late = line(card(replace(SOURCE, lag_seconds=600.0)), "poll")
    missed = line(card(replace(SOURCE, misses=3)), "poll")
    stopped = line(card(replace(SOURCE, is_open=True, last_code="timeout")), "poll")
    new = line(card(replace(SOURCE, last_success_at=None)), "poll")

    assert (well.tone, well.chip) == ("ok", "сверено")
    assert (late.tone, late.chip) == ("warn", "отстаёт")
    assert "пропустил 3 события" in missed.text
    assert (stopped.tone, stopped.chip) == ("bad", "стоит")
    assert "Ответа не было. Последний успех: 11:59" in stopped.text
    assert new.tone == "info"
    assert "poll" not in {one.name for one in lines(S, card(None))}


def test_answers_tell_what_waits_and_what_is_stuck() -> None:
    assert line(card(), "answers").chip == "уходят"
    assert line(card(queued=4), "answers").text == "В очереди 4"
    assert line(card(queued=4, stuck=1), "answers").text == "Не дошло 1 · В очереди 4"
    assert line(card(status="suspended"), "answers").tone == "bad"
    assert line(card(kind="client"), "answers").title == "Отправка в группу"


def test_lines_come_in_the_order_people_look_for_them() -> None:
    checks = (Check("orders", "idle", ""), Check("webhook", "ok", ""), KEY, Check("new", "ok", ""))
    names = [one.name for one in lines(S, card(checks=checks))]

    assert names == ["token", "webhook", "poll", "answers", "orders", "new"]


@pytest.mark.parametrize("hook", list(HookState))
def test_every_state_of_a_webhook_has_a_word_in_the_list(hook: HookState) -> None:
    told = row(S, card(hook_state=str(hook)))

    assert not told.hook.startswith("conn.")
    assert told.tone


def test_list_prefers_what_went_wrong() -> None:
    wrong = replace(card(), error_code="no_rights", error_at=NOW)

    assert row(S, card()).text == "Последнее событие: 11:55"
    assert row(S, wrong).text == "12:00: Не хватает прав"
    assert row(S, card(last_event_at=None)).text == "Событий ещё не было"


def test_what_was_just_done_never_hides_trouble() -> None:
    well, trouble = banner(S, card()), banner(S, card(status="suspended"))

    assert news(S, "new", "bots", well).act == "invite"
    assert news(S, "renewed_later", "accounts", well).title.startswith("Адрес и секрет")
    assert news(S, "new", "accounts", trouble) is trouble
    assert news(S, "<script>", "accounts", well) is well


def test_one_word_for_a_whole_channel_agrees_with_the_banner() -> None:
    for found in (card(), card(status="suspended"), card(hook_state="lost"), card(stuck=1)):
        assert (state(found).tone == "ok") == (banner(S, found).tone == "ok")
