"""An aiogram session that calls nobody: each method becomes a delivery of the event's transaction.

The result a handler gets is *not real*: True for what answers with a boolean, and for a sent
message an object with the right chat and the id 0. A handler that needs a real answer (getMe,
getFile) asks a job of `channels` instead; files are refused, because a delivery carries
references, not bytes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Protocol

import orjson
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import TelegramMethod
from aiogram.types import Chat, Message, MessageId

from services.connectors.messages import Address, Native
from services.inbox.models import Event
from services.kit.db import Tx
from services.outbox.models import Class, NewDelivery

PURPOSE = "bot"


class Outgoing(Protocol):
    """The part of the outbox a session needs."""

    def add(self, tx: Tx, new: NewDelivery) -> object:
        """Write the delivery with the transaction."""
        ...


class NotForDialogues(TypeError):
    """A handler asked for what a stored dialogue cannot do: a programming error, found by its
    first test.
    """


class OutboxSession(BaseSession):
    """Collects the calls of one event."""

    def __init__(self, outbox: Outgoing, tx: Tx, event: Event) -> None:
        super().__init__()
        self._outbox = outbox
        self._tx = tx
        self._event = event
        self._count = 0

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ARG002 - aiogram's signature
    ) -> Any:
        """Write the call as a delivery; return something of the promised type that is not real."""
        result = self._result(method)
        params = self._params(bot, method)
        self._outbox.add(self._tx, self._delivery(method.__api_method__, params))
        self._count += 1
        return result

    def _params(self, bot: Bot, method: TelegramMethod[Any]) -> dict[str, Any]:
        files: dict[str, Any] = {}
        params = {}
        for name, value in method.model_dump(warnings=False).items():
            prepared = self.prepare_value(value, bot=bot, files=files, _dumps_json=False)
            if prepared is not None:
                params[name] = prepared
        if files:
            raise NotForDialogues("files go by OutboundMessage, not by a dialogue")
        return params

    def _delivery(self, method: str, params: dict[str, Any]) -> NewDelivery:
        to = Address(
            chat_id=str(params.get("chat_id", "")),
            thread_id=str(params.get("message_thread_id", "")),
        )
        channel = self._event.channel
        return NewDelivery(
            channel_id=channel.id,
            action=Native(to=to, method=method, params=orjson.dumps(params)),
            idempotency_key=f"bot:{channel.id}:{self._event.raw.key}:{self._count}",
            order_key=_order_key(params, to),
            purpose=PURPOSE,
            cls=Class.SERVICE,
            trace=self._event.trace,
        )

    def _result(self, method: TelegramMethod[Any]) -> Any:
        wanted = method.__returning__
        if wanted is Message:
            chat = Chat(id=_number(getattr(method, "chat_id", 0)), type="private")
            return Message(message_id=0, date=self._event.received_at, chat=chat)
        if wanted is MessageId:
            return MessageId(message_id=0)
        if wanted is bool or bool in getattr(wanted, "__args__", ()):
            return True
        raise NotForDialogues(f"{method.__api_method__} answers with data: ask a job of channels")

    async def close(self) -> None:
        """Nothing is open."""

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        """Refuse, as aiogram's base class makes us have it: the outbox fetches files."""
        raise NotForDialogues("files are fetched by the outbox")
        yield b""  # what makes this a generator


def _order_key(params: dict[str, Any], to: Address) -> str:
    """One talk is one order; an answer to a press stands alone, so that it never waits its short
    life away.
    """
    if "callback_query_id" in params:
        return f"bot:press:{params['callback_query_id']}"
    return f"bot:{to.chat_id}:{to.thread_id}"


def _number(chat_id: object) -> int:
    return chat_id if isinstance(chat_id, int) else 0
