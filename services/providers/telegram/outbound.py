"""Our actions as Bot API calls: pure, no network. The connector runs the calls in order.

Link previews are off: a buyer's link must not be fetched and drawn large in a work chat; a bot's
own dialogue that wants one uses Native. The General topic is no thread id: the API refuses its
number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.connectors.errors import Reason, Rejected, Unsupported
from services.connectors.messages import (
    Address,
    Answer,
    Button,
    Delete,
    Edit,
    Keyboard,
    Media,
    MediaKind,
    OutboundMessage,
    Pin,
    React,
    Text,
    TopicCreate,
    TopicEdit,
    Typing,
)
from services.providers.telegram import attachments, text
from services.providers.telegram.attachments import Attachment
from services.providers.telegram.capabilities import MAX_CAPTION, MAX_TEXT, MAX_TOPIC_NAME

NO_PREVIEW = {"is_disabled": True}
_GENERAL = frozenset({"", "0", "1"})
_MAX_ANSWER = 200
MAX_BUTTONS = 100
MAX_IN_ROW = 8
_NUMBER = re.compile(r"-?[0-9]{1,16}")


@dataclass(frozen=True, slots=True)
class Call:
    """One request: a method, its JSON parameters, and the files that go with it."""

    method: str
    params: Mapping[str, Any]
    chat_id: str = ""
    thread_id: str = ""
    files: tuple[Attachment, ...] = field(default=())


def thread_of(to: Address) -> str:
    """Return the topic to name in a call, "" for General."""
    return "" if to.thread_id in _GENERAL else to.thread_id


def message(action: OutboundMessage, bot_id: str) -> Call:
    """Return the call for a message. Raises Unsupported, Rejected."""
    params = _place(action.to) | _manner(action)
    match action.media:
        case ():
            return _text(action, params)
        case (one,) if one.kind is MediaKind.LOCATION:
            return _location(action, one, params)
        case (one,):
            return _file(action, one, params, bot_id)
        case many:
            return _album(action, many, params, bot_id)


def _text(action: OutboundMessage, params: dict[str, Any]) -> Call:
    _fits(action.text, MAX_TEXT)
    if not action.text.text.strip():
        raise Rejected("message text is empty", reason=Reason.BAD_REQUEST)
    body = params | _worded(action.text, "text", "entities") | _buttons(action.buttons)
    return _call("sendMessage", body | {"link_preview_options": NO_PREVIEW}, action.to)


def _location(action: OutboundMessage, media: Media, params: dict[str, Any]) -> Call:
    if action.text.text:
        raise Unsupported("location with text")
    if media.latitude is None or media.longitude is None:
        raise Rejected("location without coordinates", reason=Reason.MEDIA_GONE)
    point = {"latitude": media.latitude, "longitude": media.longitude}
    return _call("sendLocation", params | point | _buttons(action.buttons), action.to)


def _file(action: OutboundMessage, media: Media, params: dict[str, Any], bot_id: str) -> Call:
    method, name = attachments.method_and_field(media.kind)
    if action.text.text and media.kind not in attachments.CAPTIONED:
        raise Unsupported(f"{media.kind} with text")
    _fits(action.text, MAX_CAPTION)
    body = params | _worded(action.text, "caption", "caption_entities")
    body |= _buttons(action.buttons) | _described(media)
    file_id = attachments.own_file_id(media.ref, bot_id)
    if file_id:
        return _call(method, body | {name: file_id}, action.to)
    attachments.check(media)
    upload = Attachment(name, media, attachments.limit_of(media.kind))
    return _call(method, body, action.to, (upload,))


def _album(
    action: OutboundMessage, media: tuple[Media, ...], params: dict[str, Any], bot_id: str
) -> Call:
    if action.buttons:
        raise Unsupported("album with buttons")
    _fits(action.text, MAX_CAPTION)
    types = attachments.group_types(media)
    items: list[dict[str, Any]] = []
    files: list[Attachment] = []
    for number, (item, kind) in enumerate(zip(media, types, strict=True)):
        file_id = attachments.own_file_id(item.ref, bot_id)
        if not file_id:
            attachments.check(item)
            files.append(Attachment(f"file{number}", item, attachments.limit_of(item.kind)))
        items.append({"type": kind, "media": file_id or f"attach://file{number}"})
    # Files show their captions one by one, so a caption belongs under the last of them.
    worded = items[-1] if types[0] == "document" else items[0]
    worded |= _worded(action.text, "caption", "caption_entities")
    return _call("sendMediaGroup", params | {"media": items}, action.to, tuple(files))


def edit(action: Edit) -> Call:
    """Return the call that replaces a text, a caption, or only the buttons (no text, no
    caption).
    """
    body = _place(action.to, thread=False) | {"message_id": _id(action.external_id)}
    body["reply_markup"] = _keyboard(action.buttons)
    if action.caption:
        _fits(action.text, MAX_CAPTION)
        caption = {"caption": "", **_worded(action.text, "caption", "caption_entities")}
        return _call("editMessageCaption", body | caption, action.to)
    if not action.text.text:
        return _call("editMessageReplyMarkup", body, action.to)
    _fits(action.text, MAX_TEXT)
    body |= _worded(action.text, "text", "entities")
    return _call("editMessageText", body | {"link_preview_options": NO_PREVIEW}, action.to)


def delete(action: Delete) -> Call:
    """Return the call that removes a message."""
    return _on_message("deleteMessage", action.to, action.external_id)


def react(action: React) -> Call:
    """Return the call that sets our reaction. The list of allowed ones has no variation
    selectors.
    """
    emoji = action.emoji.replace("\ufe0f", "")
    reaction = [{"type": "emoji", "emoji": emoji}] if emoji else []
    return _on_message("setMessageReaction", action.to, action.external_id, reaction=reaction)


def pin(action: Pin) -> Call:
    """Return the call that pins a message quietly."""
    return _on_message("pinChatMessage", action.to, action.external_id, disable_notification=True)


def topic_create(action: TopicCreate) -> Call:
    """Return the call that opens a topic."""
    body = _place(action.to, thread=False) | {"name": _topic_name(action.name)}
    if action.icon:
        body["icon_custom_emoji_id"] = action.icon
    return _call("createForumTopic", body, Address(chat_id=action.to.chat_id))


def topic_edit(action: TopicEdit) -> tuple[Call, ...]:
    """Return the calls that rename, close or reopen a topic; each may be repeated."""
    calls: list[Call] = []
    general = not thread_of(action.to)
    topic = "GeneralForumTopic" if general else "ForumTopic"
    body = _place(action.to)
    if action.name is not None:
        calls.append(_call(f"edit{topic}", body | {"name": _topic_name(action.name)}, action.to))
    if action.closed is not None:
        verb = "close" if action.closed else "reopen"
        calls.append(_call(f"{verb}{topic}", body, action.to))
    return tuple(calls)


def typing(action: Typing) -> Call:
    """Return the call that shows "typing…" for five seconds."""
    return _call("sendChatAction", _place(action.to) | {"action": "typing"}, action.to)


def answer(action: Answer) -> Call:
    """Return the call that answers a pressed button."""
    body: dict[str, Any] = {"callback_query_id": action.callback_id}
    if action.text:
        body |= {"text": action.text[:_MAX_ANSWER], "show_alert": action.alert}
    return Call("answerCallbackQuery", body)


def _call(
    method: str, params: Mapping[str, Any], to: Address, files: tuple[Attachment, ...] = ()
) -> Call:
    return Call(method, params, to.chat_id, thread_of(to), files)


def _on_message(method: str, to: Address, external_id: str, **more: Any) -> Call:
    body = _place(to, thread=False) | {"message_id": _id(external_id)} | more
    return _call(method, body, Address(chat_id=to.chat_id))


def _place(to: Address, *, thread: bool = True) -> dict[str, Any]:
    if not to.chat_id:
        raise Rejected("no chat", reason=Reason.CHAT_NOT_FOUND)
    place: dict[str, Any] = {"chat_id": _chat(to.chat_id)}
    if thread and thread_of(to):
        place["message_thread_id"] = _id(to.thread_id)
    return place


def _manner(action: OutboundMessage) -> dict[str, Any]:
    manner: dict[str, Any] = {}
    if action.silent:
        manner["disable_notification"] = True
    if action.reply_to:
        target = {"message_id": _id(action.reply_to), "allow_sending_without_reply": True}
        manner["reply_parameters"] = target
    return manner


def _worded(words: Text, name: str, entities_name: str) -> dict[str, Any]:
    if not words.text:
        return {}
    entities = text.to_wire(words)
    return {name: words.text, entities_name: entities} if entities else {name: words.text}


def _described(media: Media) -> dict[str, Any]:
    described: dict[str, Any] = {}
    if media.duration_seconds and media.kind in {
        MediaKind.VOICE,
        MediaKind.AUDIO,
        MediaKind.VIDEO,
    }:
        described["duration"] = media.duration_seconds
    if media.title and media.kind is MediaKind.AUDIO:
        described["title"] = media.title
    return described


def _buttons(buttons: Keyboard) -> dict[str, Any]:
    return {"reply_markup": _keyboard(buttons)} if buttons else {}


def _keyboard(buttons: Keyboard) -> dict[str, Any]:
    """Return the markup. Raises Rejected for more than Telegram takes."""
    rows = [[_button(button) for button in row] for row in buttons]
    if sum(map(len, rows)) > MAX_BUTTONS or any(len(row) > MAX_IN_ROW for row in rows):
        raise Rejected("too many buttons", reason=Reason.BAD_REQUEST)
    return {"inline_keyboard": rows}


def _button(button: Button) -> dict[str, Any]:
    if not button.text.strip():
        raise Rejected("button without words", reason=Reason.BAD_REQUEST)
    if sum(map(bool, (button.url, button.web_app, button.callback))) > 1:
        raise Rejected("button with two meanings", reason=Reason.BAD_REQUEST)
    if button.url:
        return {"text": button.text, "url": button.url}
    if button.web_app:
        return {"text": button.text, "web_app": {"url": button.web_app}}
    if not 1 <= len(button.callback.encode()) <= 64:
        raise Rejected("button callback is not 1-64 bytes", reason=Reason.BAD_REQUEST)
    return {"text": button.text, "callback_data": button.callback}


def _fits(words: Text, limit: int) -> None:
    if len(words.text) > limit:
        raise Rejected("message is too long", reason=Reason.TOO_BIG)


def _topic_name(name: str) -> str:
    return name[:MAX_TOPIC_NAME] or "…"


def _id(value: str) -> int:
    """Return an id as the number it is; anything over 52 bits is none of Telegram's."""
    if not _NUMBER.fullmatch(value):
        raise Rejected("not an id", reason=Reason.BAD_REQUEST)
    return int(value)


def _chat(value: str) -> int | str:
    return value if value.startswith("@") else _id(value)
