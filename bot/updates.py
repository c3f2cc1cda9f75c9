"""Stored update -> the right dispatcher, inside the event's transaction.

`Updates.feed` is the inbox's subscriber for RawEvents of bots. An update of a kind nobody needs is
done; one that cannot be read is parked; an exception of a handler fails the event, which the inbox
repeats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.methods import TelegramMethod
from aiogram.types import ChatMemberAdministrator, ChatMemberRestricted, Update
from pydantic import BaseModel, ValidationError

from bot.session import OutboxSession, Outgoing
from services.connectors.base import RawEvent
from services.connectors.errors import Unreadable
from services.inbox.models import Event
from services.kit.db import Tx

_FULL: dict[str, type[BaseModel]] = {
    "administrator": ChatMemberAdministrator,
    "restricted": ChatMemberRestricted,
}
_RIGHTS = {
    status: [name for name, field in model.model_fields.items() if field.annotation is bool]
    for status, model in _FULL.items()
}
WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
"""Kinds the dispatchers know. Anything else Telegram may send, now or later, is of no interest."""

DEFAULTS = DefaultBotProperties(parse_mode="HTML", link_preview_is_disabled=True)
NO_TOKEN = "stored-updates-carry-no-token"  # noqa: S105 - says that it is none


class Updates:
    """The door from the inbox to the dialogues. `dispatchers` by channel kind: master, client."""

    def __init__(self, outbox: Outgoing, dispatchers: Mapping[str, Dispatcher]) -> None:
        self._outbox = outbox
        self._dispatchers = dict(dispatchers)

    async def feed(self, tx: Tx, event: Event, raw: RawEvent) -> None:
        """Let the handlers talk. Raises Unreadable, and whatever a handler raises but refusals."""
        dispatcher = self._dispatchers.get(event.channel.kind)
        data = _read(raw.body)
        if dispatcher is None or not any(kind in data for kind in WANTED):
            return
        bot = self._bot(tx, event)
        update = _parse(data, bot)
        result = await dispatcher.feed_update(bot, update, tx=tx, stored=event)
        if isinstance(result, TelegramMethod):
            await bot(result)

    def _bot(self, tx: Tx, event: Event) -> Bot:
        session = OutboxSession(self._outbox, tx, event)
        token = f"{event.channel.account.external_id}:{NO_TOKEN}"
        return Bot(token, session=session, default=DEFAULTS)


def _read(body: bytes) -> dict[str, Any]:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable("update is not JSON") from error
    if not isinstance(data, dict) or not isinstance(data.get("update_id"), int):
        raise Unreadable("update has no id")
    return data


def _parse(data: dict[str, Any], bot: Bot) -> Update:
    _complete(data.get("my_chat_member"))
    try:
        return Update.model_validate(data, context={"bot": bot})
    except ValidationError as error:
        raise Unreadable("update of an unknown shape") from error


def _complete(change: Any) -> None:
    """Name every right: aiogram demands them all, and a server of another age leaves some out."""
    for part in ("old_chat_member", "new_chat_member"):
        member = change.get(part) if isinstance(change, dict) else None
        if isinstance(member, dict):
            for right in _RIGHTS.get(str(member.get("status")), ()):
                member.setdefault(right, False)
