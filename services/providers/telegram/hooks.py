"""Updates as they come in: the proof, the dedupe key, the lane. Nothing here understands what an
update says.

Shape: `{"update_id": 1, "message": {"message_id": 2, "message_thread_id": 7, "is_topic_message":
true, "date": 1700000000, "chat": {"id": -100…}, "from": {"id": 3}, …}}`: one number and one object
of a named kind.
Source: Bot API 10.3, "Getting updates"; the header X-Telegram-Bot-Api-Secret-Token of setWebhook.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from hmac import compare_digest

import msgspec

from services.connectors.base import Account, HookRequest, Opened, RawEvent
from services.connectors.errors import Forged

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header
UNREADABLE_LANE = "unreadable"
PLACELESS_LANE = "nowhere"
"""Updates of nobody and no chat, as a poll's count."""
GENERAL_THREAD = 1
"""The General topic's number in links; the API leaves the field out and refuses it in calls."""

_LARGEST_ID = 1 << 63


class _Id(msgspec.Struct, frozen=True):
    id: int


class _Where(msgspec.Struct, frozen=True):
    """The parts of any update's object that say whose it is."""

    chat: _Id | None = None
    sender: _Id | None = msgspec.field(name="from", default=None)
    user: _Id | None = None
    message: _Where | None = None
    message_thread_id: int = 0
    is_topic_message: bool = False
    date: int = 0
    edit_date: int = 0


class _Update(msgspec.Struct, frozen=True):
    """The frequent kinds, read in one pass."""

    update_id: int
    message: _Where | None = None
    edited_message: _Where | None = None
    callback_query: _Where | None = None


class _Head(msgspec.Struct, frozen=True):
    update_id: int


_update = msgspec.json.Decoder(_Update)
_head = msgspec.json.Decoder(_Head)
_parts = msgspec.json.Decoder(dict[str, msgspec.Raw])
_where = msgspec.json.Decoder(_Where)
_BROKEN = (msgspec.MsgspecError, ValueError, RecursionError)


def open_hook(account: Account, request: HookRequest) -> Opened:
    """Return the one event of a proven request. Raises Forged."""
    check_secret(account.hook_secret, request.headers)
    return Opened(events=(raw_event(request.body),))


def check_secret(secret: str, headers: Mapping[str, str]) -> None:
    """Raise Forged unless the header came exactly once and is ours, compared as bytes in constant
    time.

    Repeated headers reach us joined by a comma, or in a mapping that can list them; a comma is in
    no secret.
    """
    given = _only(headers)
    expected = secret.encode()
    if not expected or given is None:
        raise Forged("no secret")
    if not compare_digest(given.encode("utf-8", "surrogateescape"), expected):
        raise Forged("wrong secret")


def _only(headers: Mapping[str, str]) -> str | None:
    several = getattr(headers, "getall", None)
    found = several(SECRET_HEADER, []) if several else [headers.get(SECRET_HEADER)]
    return found[0] if len(found) == 1 else None


def raw_event(body: bytes) -> RawEvent:
    """Return the update as an event; what cannot be read is an event too, keyed by its hash."""
    try:
        update = _update.decode(body)
    except _BROKEN:
        return _second_look(body)
    where = update.message or update.edited_message or update.callback_query
    if where is None:
        return _second_look(body)
    return _event(update.update_id, where, body)


def _second_look(body: bytes) -> RawEvent:
    """A rare or future kind, or one whose shape is off: keep the id if there is one."""
    try:
        update_id = _head.decode(body).update_id
    except _BROKEN:
        return _unreadable(body)
    return _event(update_id, _find_where(body), body)


def _find_where(body: bytes) -> _Where:
    try:
        parts = _parts.decode(body)
    except _BROKEN:
        return _Where()
    for name, raw in parts.items():
        if name == "update_id":
            continue
        try:
            return _where.decode(raw)
        except _BROKEN:
            continue
    return _Where()


def _event(update_id: int, where: _Where, body: bytes) -> RawEvent:
    if not -_LARGEST_ID <= update_id < _LARGEST_ID:
        return _unreadable(body)
    return RawEvent(key=str(update_id), lane=_lane(where), body=body, at=_at(where))


def _unreadable(body: bytes) -> RawEvent:
    digest = hashlib.sha256(body).hexdigest()
    return RawEvent(key=f"sha256:{digest}", lane=UNREADABLE_LANE, body=body)


def _lane(where: _Where) -> str:
    """The chat, in a forum with its thread; for a pressed button the chat of its message; else
    the person.
    """
    place = where if where.chat else where.message
    if place is not None and place.chat is not None:
        thread = thread_of(place.message_thread_id, place.is_topic_message)
        return f"{place.chat.id}:{thread}" if thread else str(place.chat.id)
    person = where.sender or where.user
    return str(person.id) if person else PLACELESS_LANE


def thread_of(thread_id: int, is_topic: bool) -> str:
    """Return the topic's id, "" for General and for chats without topics.

    In groups without topics the field holds the root of a reply chain, so it counts only with the
    flag.
    """
    return str(thread_id) if is_topic and thread_id > GENERAL_THREAD else ""


def _at(where: _Where) -> datetime | None:
    seconds = where.edit_date or where.date
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (OverflowError, ValueError, OSError):
        return None
