"""Runs the calls of an action: uploads, the plain-text repeat, the check that a message landed in
its topic.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import orjson

from services.connectors.base import Account, MediaSource, Sent
from services.connectors.errors import ConnectorError, Reason, Rejected
from services.connectors.messages import Address, Media, MediaKind, Native
from services.kit.media import MAX_VOICE, NotOpus, VoiceContainer, is_ogg, remux_stream
from services.providers.telegram.attachments import Attachment
from services.providers.telegram.client import BotApi, decode
from services.providers.telegram.errors import BadEntities, BadPicture
from services.providers.telegram.methods import creates
from services.providers.telegram.multipart import FilePart
from services.providers.telegram.outbound import Call, thread_of

_VOICE_NAMES = {"audio/mp4": "voice.m4a", "audio/x-m4a": "voice.m4a", "audio/mpeg": "voice.mp3"}
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
        """Perform a call; what Telegram cannot read is sent once more in a simpler form."""
        try:
            result = await self._perform(account, call, media)
        except BadEntities:
            result = await self._perform(account, _plain(call), media)
        except BadPicture:
            result = await self._perform(account, _as_files(call), media)
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
    return Call(action.method, params, chat_id, thread_of(Address(thread_id=thread_id)))


def _plain(call: Call) -> Call:
    params = _without(call.params)
    if "media" in params:
        params["media"] = [_without(item) for item in params["media"]]
    return Call(call.method, params, call.chat_id, call.thread_id, call.files)


def _as_files(call: Call) -> Call:
    """A picture that is none for Telegram still arrives, as a file."""
    params = dict(call.params)
    if "media" in params:
        params["media"] = [{**item, "type": "document"} for item in params["media"]]
        return Call(call.method, params, call.chat_id, call.thread_id, call.files)
    files = tuple(replace(one, field="document") for one in call.files)
    return Call("sendDocument", params, call.chat_id, call.thread_id, files)


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
    item, field, most = attachment.media, attachment.field, attachment.max_bytes
    if item.kind is not MediaKind.VOICE or is_ogg(item.mime):
        return FilePart(field, attachment.name, item.mime, most, partial(media.open, item))
    content = await _as_ogg(item, media)
    if content is None:
        name = _VOICE_NAMES.get(item.mime.partition(";")[0].lower(), attachment.name)
        return FilePart(field, name, item.mime, most, partial(media.open, item))
    return FilePart(field, "voice.ogg", "audio/ogg", most, partial(_chunks, content))


async def _as_ogg(item: Media, media: MediaSource) -> bytes | None:
    """Return the voice in OGG, or None when it is not Opus: Telegram takes M4A and MP3 as voices
    too.
    """
    try:
        return await remux_stream(media.open(item), VoiceContainer.OGG, max_bytes=MAX_VOICE)
    except NotOpus:
        return None
    except OverflowError:
        raise Rejected("file is too big", reason=Reason.TOO_BIG) from None


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content
