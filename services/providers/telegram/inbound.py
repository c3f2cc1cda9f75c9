"""Stored updates in the words of the message model. Pure; unknown kinds are Ignored, wrong shapes
Unreadable.

Example: `{"update_id": 1, "message": {"message_id": 5, "date": 1700000000, "chat": {"id": 7,
"type": "private"}, "from": {"id": 7, "first_name": "…"}, "text": "/start promo"}}` is
OptIn(chat_id="7", payload="promo").

An unblocking (`my_chat_member` back to `member`) is Ignored: only a new /start makes a person
reachable again. Voices, pictures and files carry `ref` `tg:<bot id>:<file id>`; over 20 MB they
are `unavailable="too_big"`.
Source: Bot API 10.3, Update, Message, ChatMemberUpdated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from services.connectors.base import Account, RawEvent
from services.connectors.errors import Unreadable
from services.connectors.messages import (
    Edited,
    Ignored,
    Inbound,
    Media,
    MediaKind,
    OptIn,
    OptOut,
    Sender,
    Text,
)
from services.connectors.messages import Message as OurMessage
from services.providers.telegram import wire
from services.providers.telegram.attachments import make_ref
from services.providers.telegram.capabilities import MAX_DOWNLOAD
from services.providers.telegram.credentials import bot_id
from services.providers.telegram.hooks import thread_of
from services.providers.telegram.text import from_wire

_SERVICE = frozenset(
    [
        "new_chat_members",
        "left_chat_member",
        "chat_owner_left",
        "chat_owner_changed",
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "channel_chat_created",
        "message_auto_delete_timer_changed",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "pinned_message",
        "successful_payment",
        "refunded_payment",
        "users_shared",
        "chat_shared",
        "connected_website",
        "write_access_allowed",
        "passport_data",
        "proximity_alert_triggered",
        "boost_added",
        "chat_background_set",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "video_chat_scheduled",
        "video_chat_started",
        "video_chat_ended",
        "video_chat_participants_invited",
        "web_app_data",
        "managed_bot_created",
        "giveaway_created",
        "giveaway_completed",
        "paid_message_price_changed",
        "direct_message_price_changed",
    ]
)
_BROKEN = (msgspec.MsgspecError, ValueError, RecursionError)
_update = msgspec.json.Decoder(wire.Update)
_parts = msgspec.json.Decoder(dict[str, msgspec.Raw])


def parse(account: Account, event: RawEvent) -> Sequence[Inbound]:
    """Return what the update says. Raises Unreadable."""
    home = _Home(account.external_id or bot_id(account.credentials.token), account.channel_id)
    try:
        update = _update.decode(event.body)
        return (_read(update, event.body, home),)
    except (*_BROKEN, OverflowError, OSError) as error:
        raise Unreadable(type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class _Home:
    """Whose update it is: the bot by its user id, and our channel that can fetch its files."""

    bot: str
    channel_id: str


def _read(update: wire.Update, body: bytes, home: _Home) -> Inbound:
    if update.message is not None:
        return _message(update.message, body, home)
    if update.edited_message is not None:
        return _edited(update.edited_message)
    if update.my_chat_member is not None:
        return _member(update.my_chat_member)
    return Ignored(kind=_kind(body))


def _kind(body: bytes) -> str:
    return next((name for name in _parts.decode(body) if name != "update_id"), "")


def _message(message: wire.Message, body: bytes, home: _Home) -> Inbound:
    command = _command(message)
    if command is not None:
        return command
    text, media = _text(message), tuple(_media(message, home))
    if not text.text and not media:
        service = _service(body)
        if service:
            return Ignored(kind=service)
        # A kind newer than we are: the manager sees that something came, rather than nothing.
        media = (Media(kind=MediaKind.OTHER),)
    return OurMessage(
        external_id=str(message.message_id),
        chat_id=str(message.chat.id),
        sender=_sender(message, home.bot),
        at=_time(message.date),
        text=text,
        media=media,
        reply_to=_reply_to(message),
        group_id=message.media_group_id,
        thread_id=thread_of(message.message_thread_id, message.is_topic_message),
    )


def _command(message: wire.Message) -> OptIn | OptOut | None:
    """/start and /stop mean something only between a person and the bot."""
    if message.chat.type != "private" or not message.text.startswith("/"):
        return None
    word, _, payload = message.text.partition(" ")
    name = word.partition("@")[0].lower()
    chat_id, person, at = str(message.chat.id), _sender(message, ""), _time(message.date)
    if name == "/start":
        return OptIn(chat_id=chat_id, sender=person, at=at, payload=payload.strip())
    if name == "/stop":
        return OptOut(chat_id=chat_id, sender=person, at=at)
    return None


def _edited(message: wire.Message) -> Edited:
    return Edited(
        external_id=str(message.message_id),
        chat_id=str(message.chat.id),
        at=_time(message.edit_date or message.date),
        text=_text(message),
    )


def _member(change: wire.MemberChange) -> Inbound:
    if change.chat.type != "private" or change.new_chat_member.status != "kicked":
        return Ignored(kind=f"my_chat_member.{change.new_chat_member.status}")
    return OptOut(
        chat_id=str(change.chat.id),
        sender=_person(change.sender) if change.sender else Sender(),
        at=_time(change.date),
        blocked=True,
    )


def _sender(message: wire.Message, bot: str) -> Sender:
    """An anonymous admin and a channel sign as a chat: they are nobody's person, so
    `automatic`.
    """
    chat = message.sender_chat
    if chat is not None:
        return Sender(external_id=str(chat.id), name=chat.title, automatic=True)
    person = message.sender
    if person is None:
        return Sender(automatic=True)
    return _person(person, own=str(person.id) == bot, automatic=message.is_automatic_forward)


def _person(user: wire.User, *, own: bool = False, automatic: bool = False) -> Sender:
    return Sender(
        external_id=str(user.id),
        name=f"{user.first_name} {user.last_name}".strip(),
        url=f"https://t.me/{user.username}" if user.username else "",
        own=own,
        automatic=automatic or (user.is_bot and not own),
    )


def _text(message: wire.Message) -> Text:
    if message.text:
        return from_wire(message.text, message.entities)
    return from_wire(message.caption, message.caption_entities)


def _reply_to(message: wire.Message) -> str:
    """In a topic every message "answers" the topic's first one: that is no answer."""
    replied = message.reply_to_message
    if replied is None or bytes(replied.forum_topic_created):
        return ""
    is_root = message.is_topic_message and replied.message_id == message.message_thread_id
    return "" if is_root else str(replied.message_id)


def _media(message: wire.Message, home: _Home) -> Sequence[Media]:
    for name, kind in _FILES:
        file = getattr(message, name)
        if file is not None:
            return (_file(file, kind, home),)
    if message.photo:
        return (_photo(message.photo, home),)
    return next(([found] for read in _PLAIN if (found := read(message)) is not None), [])


# An animation also comes as `document` for old clients, so it is looked for first.
_FILES = (
    ("animation", MediaKind.ANIMATION),
    ("voice", MediaKind.VOICE),
    ("video", MediaKind.VIDEO),
    ("video_note", MediaKind.VIDEO),
    ("audio", MediaKind.AUDIO),
    ("sticker", MediaKind.STICKER),
    ("document", MediaKind.FILE),
)


def _file(file: wire.File, kind: MediaKind, home: _Home) -> Media:
    return Media(
        kind=kind,
        ref=make_ref(home.bot, file.file_id),
        mime=file.mime_type,
        name=file.file_name,
        size=file.file_size,
        duration_seconds=file.duration,
        title=file.title,
        preview_ref=make_ref(home.bot, file.thumbnail.file_id) if file.thumbnail else "",
        origin=home.channel_id,
        unavailable="too_big" if file.file_size > MAX_DOWNLOAD else "",
    )


def _photo(sizes: tuple[wire.File, ...], home: _Home) -> Media:
    """Sizes come smallest first; pictures are always JPEG."""
    preview = make_ref(home.bot, sizes[0].file_id) if len(sizes) > 1 else ""
    return msgspec.structs.replace(
        _file(sizes[-1], MediaKind.IMAGE, home), mime="image/jpeg", preview_ref=preview
    )


def _place(message: wire.Message) -> Media | None:
    point = message.venue.location if message.venue else message.location
    if point is None:
        return None
    return Media(
        kind=MediaKind.LOCATION,
        latitude=point.latitude,
        longitude=point.longitude,
        title=message.venue.title if message.venue else "",
    )


def _contact(message: wire.Message) -> Media | None:
    person = message.contact
    if person is None:
        return None
    name = f"{person.first_name} {person.last_name}".strip()
    return Media(kind=MediaKind.CONTACT, name=name, title=person.phone_number)


def _poll(message: wire.Message) -> Media | None:
    return Media(kind=MediaKind.POLL, title=message.poll.question) if message.poll else None


_PLAIN: tuple[Callable[[wire.Message], Media | None], ...] = (_place, _contact, _poll)


def _service(body: bytes) -> str:
    fields = _parts.decode(_parts.decode(body)["message"])
    return next((name for name in fields if name in _SERVICE), "")


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
