"""The session turns what handlers say into deliveries and calls nobody."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from aiogram import Bot
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    GetMe,
    SendDocument,
    SendMessage,
    SetMessageReaction,
)
from aiogram.types import BufferedInputFile, ReactionTypeEmoji

from bot.session import NotForDialogues, OutboxSession
from bot.updates import DEFAULTS
from services.channels.view import ChannelView
from services.connectors.base import Account, RawEvent
from services.inbox.models import Event
from services.kit.clock import SystemClock
from services.kit.ids import new_id
from services.outbox.models import Class
from tests.bot.dialogue import RecordingOutbox


@pytest.fixture
def outbox() -> RecordingOutbox:
    return RecordingOutbox()


@pytest.fixture
def bot(outbox: RecordingOutbox) -> Bot:
    channel_id = new_id()
    view = ChannelView(
        new_id(), channel_id, "telegram", "client", "b", "b_bot", "", "active", "", "k",
        Account(str(channel_id), "42", None), 0, {},
    )  # fmt: skip
    event = Event(view, RawEvent("7001", "1", b"{}"), 1, "hook", SystemClock().now(), "trace-1")
    session = OutboxSession(outbox, None, event)  # type: ignore[arg-type]
    return Bot("42:none", session=session, default=DEFAULTS)


def params(outbox: RecordingOutbox) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(outbox.added[-1].action.params)  # type: ignore[union-attr]
    return found


async def test_method_becomes_a_delivery_of_the_bots_channel(
    bot: Bot, outbox: RecordingOutbox
) -> None:
    result = await bot(SendMessage(chat_id=-100, text="<b>Да</b>", message_thread_id=12))

    [new] = outbox.added
    assert (new.action.method, new.cls, new.trace) == ("sendMessage", Class.SERVICE, "trace-1")  # type: ignore[union-attr]
    assert new.order_key == "bot:-100:12"
    assert params(outbox) | {"text": "<b>Да</b>", "parse_mode": "HTML", "chat_id": -100} == params(
        outbox
    )
    assert (result.message_id, result.chat.id) == (0, -100)  # not real, and says so by its id


async def test_each_call_of_an_event_has_its_own_key_and_a_repeat_the_same(
    bot: Bot, outbox: RecordingOutbox
) -> None:
    await bot.send_message(1, "один")
    await bot.send_message(1, "два")

    channel = outbox.added[0].channel_id
    assert [new.idempotency_key for new in outbox.added] == [
        f"bot:{channel}:7001:0", f"bot:{channel}:7001:1",
    ]  # fmt: skip


async def test_answer_to_a_press_waits_for_nothing_else(bot: Bot, outbox: RecordingOutbox) -> None:
    assert await bot(AnswerCallbackQuery(callback_query_id="99", text="Готово")) is True

    assert outbox.added[0].order_key == "bot:press:99"


async def test_nested_objects_are_plain_json(bot: Bot, outbox: RecordingOutbox) -> None:
    await bot(
        SetMessageReaction(chat_id=1, message_id=2, reaction=[ReactionTypeEmoji(emoji="👌")])
    )

    assert params(outbox)["reaction"] == [{"type": "emoji", "emoji": "👌"}]
    assert await bot(DeleteMessage(chat_id=1, message_id=2)) is True


@pytest.mark.parametrize(
    "method",
    [GetMe(), SendDocument(chat_id=1, document=BufferedInputFile(b"x", filename="x.txt"))],
)
async def test_what_needs_an_answer_or_a_file_is_refused(
    bot: Bot, outbox: RecordingOutbox, method: Any
) -> None:
    with pytest.raises(NotForDialogues):
        await bot(method)

    assert outbox.added == []
