"""Reading chats and messages page by page; Avito reaches 1000 entries deep and no further.

`{"chats": [{"id", "updated", "last_message": {"id"}, "context": {"value": {…}}, "users": […]}]}`,
newest first; messages are a bare array (some clients saw an object with `messages`), newest first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec

from services.connectors.base import Account
from services.connectors.errors import Temporary
from services.connectors.messages import Subject
from services.kit.http import Answer
from services.providers.avito.client import Call, Client, decode
from services.providers.avito.outbound import account_path, chat_path
from services.providers.avito.wire import (
    BROKEN_JSON,
    MAX_ID,
    Json,
    best_size,
    identifier,
    loads,
    mapping,
    whole,
    words,
)

PAGE = 100
DEEPEST = 1000
CHAT_TYPES = "u2i,u2u,a2u"


Id = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID)]


class _Last(msgspec.Struct, frozen=True):
    id: Annotated[str, msgspec.Meta(max_length=MAX_ID)] = ""


class Chat(msgspec.Struct, frozen=True):
    """A line of the chat list: when it last changed (unix seconds) and its last message."""

    chat_id: Id = msgspec.field(name="id")
    updated: int
    last: _Last | None = msgspec.field(name="last_message", default=None)

    @property
    def place(self) -> tuple[str, str]:
        """Return the chat and its last message's id, "" without one."""
        return self.chat_id, self.last.id if self.last is not None else ""


class _Page(msgspec.Struct, frozen=True):
    chats: list[Chat]


_usual = msgspec.json.Decoder(_Page)


@dataclass(frozen=True, slots=True)
class Line:
    """A message of a chat: as read, and its exact bytes."""

    data: Json
    body: bytes

    @property
    def created(self) -> int:
        """Return the unix second of writing; 0 for an unreadable one."""
        return whole(self.data.get("created")) or 0


async def chat_page(
    client: Client, account: Account, offset: int = 0, *, unread: bool = False
) -> tuple[list[Chat], bool]:
    """Return a page of the chat list, the latest change first, and whether more may follow."""
    path = account_path(2, account, _query(offset, unread))
    answer = await client.ask(account, Call("GET", path))
    page, size = _chats(answer)
    return page, size >= PAGE and offset < DEEPEST


@cache
def _query(offset: int, unread: bool) -> str:
    asked = {"unread_only": str(unread).lower(), "limit": PAGE, "offset": offset}
    return "/chats?" + urlencode({**asked, "chat_types": CHAT_TYPES}, safe=",")


def _chats(answer: Answer) -> tuple[list[Chat], int]:
    """Read what is needed of a page; only one of an unusual shape is looked at piece by piece."""
    try:
        usual = _usual.decode(answer.body).chats
    except BROKEN_JSON:
        data = mapping(decode(answer)).get("chats")
        if not isinstance(data, list):
            raise Temporary("chat list unreadable") from None
        return [chat for item in data if (chat := _chat(mapping(item)))], len(data)
    return [chat for chat in usual if chat.chat_id.isprintable()], len(usual)


async def message_page(
    client: Client, account: Account, chat_id: str, *, limit: int = PAGE, offset: int = 0
) -> list[Line]:
    """Return a page of a chat, the latest message first."""
    path = chat_path(3, account, chat_id, f"/messages/?limit={limit}&offset={offset}")
    data = await client.ask(account, Call("GET", path))
    lines = [line for body in _bodies(data.body) if (line := _line(body))]
    oldest_first = len(lines) > 1 and lines[0].created < lines[-1].created
    return lines[::-1] if oldest_first else lines


async def about(client: Client, account: Account, chat_id: str) -> tuple[Subject | None, str, str]:
    """Return the listing the chat is about, the other person's id and name."""
    chat = mapping(await client.read(account, Call("GET", chat_path(2, account, chat_id, ""))))
    users = chat.get("users")
    people = [mapping(user) for user in users] if isinstance(users, list) else []
    others = [user for user in people if identifier(user.get("id")) != account.external_id]
    other = others[0] if others else {}
    return (
        _subject(mapping(chat.get("context"))),
        identifier(other.get("id")),
        words(other.get("name")),
    )


def _subject(context: Json) -> Subject | None:
    value = mapping(context.get("value"))
    external_id = identifier(value.get("id"))
    if not external_id:
        return None
    return Subject(
        external_id=external_id,
        title=words(value.get("title")),
        price=words(value.get("price_string")),
        url=words(value.get("url")),
        image_ref=best_size(mapping(value.get("images")).get("main")),
    )


def _chat(item: Json) -> Chat | None:
    chat_id, updated = identifier(item.get("id")), whole(item.get("updated"))
    if not chat_id or updated is None:
        return None
    last = identifier(mapping(item.get("last_message")).get("id"))
    return Chat(chat_id, updated, _Last(last))


def _bodies(body: bytes) -> list[bytes]:
    """Split the page without touching its messages' bytes."""
    for shape in (list[msgspec.Raw], dict[str, msgspec.Raw]):
        try:
            page: Any = msgspec.json.decode(body, type=shape)
            if isinstance(page, list):
                return [bytes(item) for item in page]
            inner = msgspec.json.decode(page["messages"], type=list[msgspec.Raw])
            return [bytes(item) for item in inner]
        except (*BROKEN_JSON, KeyError):
            continue
    return _written_anew(body)


def _written_anew(body: bytes) -> list[bytes]:
    """A page with half a surrogate somewhere: its messages are encoded again."""
    try:
        page = loads(body)
    except BROKEN_JSON:
        raise Temporary("message list unreadable") from None
    found = mapping(page).get("messages") if isinstance(page, dict) else page
    if not isinstance(found, list):
        raise Temporary("message list unreadable")
    return [json.dumps(item).encode() for item in found]


def _line(body: bytes) -> Line | None:
    try:
        return Line(mapping(loads(body)), body)
    except BROKEN_JSON:
        return None


async def webhooks(client: Client, account: Account) -> list[tuple[str, str]]:
    """Return the subscribed URLs with their versions. The listing is a POST at Avito."""
    data = mapping(await client.read(account, Call("POST", "/messenger/v1/subscriptions")))
    found = data.get("subscriptions")
    if not isinstance(found, list):
        raise Temporary("subscriptions unreadable")
    items = [mapping(item) for item in found]
    pairs = [(words(item.get("url")), str(item.get("version"))) for item in items]
    return [pair for pair in pairs if pair[0]]
