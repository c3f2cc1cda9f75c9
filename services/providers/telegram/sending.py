"""Runs the calls of an action: uploads, the plain-text repeat, the check that a message landed in
its topic.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import orjson

from services.connectors.base import Account, MediaSource, Sent
from services.connectors.errors import ConnectorError, Reason, Rejected
from services.connectors.messages import Media, MediaKind, Native
from services.kit.media import NotOpus, VoiceContainer, is_ogg, remux_stream
from services.providers.telegram.attachments import Attachment
from services.providers.telegram.client import BotApi, decode
from services.providers.telegram.errors import BadEntities
from services.providers.telegram.methods import creates
from services.providers.telegram.multipart import FilePart
from services.providers.telegram.outbound import Call

_FORMATTING = frozenset({"entities", "caption_entities", "parse_mode"})


class SentMessage(msgspec.Struct, frozen=True):
    """The parts of a sent Message, or of a created ForumTopic, that we keep."""

    message_id: int = 0
    message_thread_id: int = 0
    date: int = 0


class Sender:
    """Performs calls of one connector."""

    def __init__(self, api: BotApi) -> None:
        self._api = api

    async def run(self, account: Account, call: Call, media: MediaSource) -> Sent:
        """Perform a call; formatting that does not parse is sent once more as plain text."""
        try:
            result = await self._perform(account, call, media)
        except BadEntities:
            result = await self._perform(account, _plain(call), media)
        if not creates(call.method):
            return Sent()
        return await self._checked(account, call, result)

    async def _perform(self, account: Account, call: Call, media: MediaSource) -> msgspec.Raw:
        if not call.files:
            return await self._api.call(account, call.method, call.params, chat_id=call.chat_id)
        files = [await _part(attachment, media) for attachment in call.files]
        return await self._api.upload(
            account, call.method, call.params, files, chat_id=call.chat_id
        )

    async def _checked(self, account: Account, call: Call, result: msgspec.Raw) -> Sent:
        messages = _messages(call.method, result)
        if call.method == "createForumTopic":
            return _topic(messages)
        if call.thread_id and any(str(m.message_thread_id) != call.thread_id for m in messages):
            await self._take_back(account, call, messages)
            raise Rejected("message thread not found", reason=Reason.TOPIC_MISSING)
        return _sent(messages, call.thread_id)

    async def _take_back(
        self, account: Account, call: Call, messages: tuple[SentMessage, ...]
    ) -> None:
        """The server sometimes drops a dead topic's id and posts into General: remove the stray
        message.
        """
        for message in messages:
            params = {"chat_id": call.params["chat_id"], "message_id": message.message_id}
            try:
                await self._api.call(account, "deleteMessage", params)
            except ConnectorError:
                return  # it stays misplaced; the topic is missing all the same


def native(action: Native) -> Call:
    """Return the call of a provider's own method. Raises Rejected for parameters that are no
    object.
    """
    try:
        params = orjson.loads(action.params)
    except ValueError:
        raise Rejected("params are not JSON", reason=Reason.BAD_REQUEST) from None
    if not isinstance(params, dict):
        raise Rejected("params are no object", reason=Reason.BAD_REQUEST)
    chat_id = str(params.get("chat_id") or action.to.chat_id)
    thread_id = str(params.get("message_thread_id") or "")
    return Call(action.method, params, chat_id, thread_id)


def _plain(call: Call) -> Call:
    params = _without(call.params)
    if "media" in params:
        params["media"] = [_without(item) for item in params["media"]]
    return Call(call.method, params, call.chat_id, call.thread_id, call.files)


def _without(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in _FORMATTING}


def _messages(method: str, result: msgspec.Raw) -> tuple[SentMessage, ...]:
    many = bytes(result).lstrip()[:1] == b"["
    if many:
        return tuple(decode(method, result, list[SentMessage]))
    return (decode(method, result, SentMessage),)


def _topic(messages: tuple[SentMessage, ...]) -> Sent:
    thread = str(messages[0].message_thread_id)
    return Sent(external_id=thread, parts=(thread,), thread_id=thread)


def _sent(messages: tuple[SentMessage, ...], thread_id: str) -> Sent:
    parts = tuple(str(message.message_id) for message in messages)
    date = messages[0].date if messages else 0
    at = datetime.fromtimestamp(date, UTC) if 0 < date < 1 << 40 else None
    return Sent(external_id=parts[0] if parts else "", parts=parts, thread_id=thread_id, at=at)


async def _part(attachment: Attachment, media: MediaSource) -> FilePart:
    item = attachment.media
    if item.kind is MediaKind.VOICE and not is_ogg(item.mime):
        content = await _as_ogg(item, attachment.max_bytes, media)
        if content is not None:
            return FilePart(
                attachment.field, "voice.ogg", "audio/ogg", attachment.max_bytes, _once(content)
            )
    return FilePart(
        attachment.field,
        attachment.name,
        item.mime,
        attachment.max_bytes,
        lambda: media.open(item),
    )


async def _as_ogg(item: Media, max_bytes: int, media: MediaSource) -> bytes | None:
    """Return the voice in OGG, or None when it is not Opus: Telegram takes M4A and MP3 as voices
    too.
    """
    try:
        return await remux_stream(media.open(item), VoiceContainer.OGG, max_bytes=max_bytes)
    except NotOpus:
        return None
    except OverflowError:
        raise Rejected("file is too big", reason=Reason.TOO_BIG) from None


def _once(content: bytes) -> Any:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    return chunks
