"""Reading chats and messages page by page; Avito reaches 1000 entries deep and no further.

`{"chats": [{"id", "updated", "last_message": {"id"}, "context": {"value": {…}}, "users": […]}]}`,
newest first; messages are a bare array (some clients saw an object with `messages`), newest first.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from services.connectors.base import Account
from services.connectors.errors import Temporary
from services.connectors.messages import Subject
from services.providers.avito.client import Call, Client
from services.providers.avito.outbound import account_path, chat_path
from services.providers.avito.wire import (
    BROKEN_JSON,
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


@dataclass(frozen=True, slots=True)
class Chat:
    """A line of the chat list: when it last changed (unix seconds) and its last message's id."""

    chat_id: str
    updated: int
    last_id: str


@dataclass(frozen=True, slots=True)
class Line:
    """A message of a chat: as read, and its exact bytes."""

    data: Json
    body: bytes

    @property
    def created(self) -> int:
        """Return the unix second of writing; 0 for an unreadable one."""
        return whole(self.data.get("created")) or 0


async def chat_pages(
    client: Client, account: Account, *, unread: bool = False
) -> AsyncIterator[list[Chat]]:
    """Yield pages of the chat list, the latest change first."""
    for offset in range(0, DEEPEST + 1, PAGE):
        asked = {"unread_only": str(unread).lower(), "limit": PAGE, "offset": offset}
        query = urlencode({**asked, "chat_types": CHAT_TYPES}, safe=",")
        path = account_path(2, account, f"/chats?{query}")
        data = mapping(await client.read(account, Call("GET", path))).get("chats")
        if not isinstance(data, list):
            raise Temporary("chat list unreadable")
        yield [chat for item in data if (chat := _chat(mapping(item)))]
        if len(data) < PAGE:
            return


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
    return Chat(chat_id, updated, identifier(mapping(item.get("last_message")).get("id")))


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
