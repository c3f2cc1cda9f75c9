"""The auditor: reads chats that changed and yields events under the webhook's own keys.

One call of `pull` costs at most a listing (11 pages) and `MAX_CHATS` chats; what is left stays in
the cursor. Keys: the message id; `id:deleted` for a message that has become `deleted`; `id:read`
for one of ours that the other side read. Repeats are harmless, the inbox knows the keys; so each
reading overlaps the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from services.connectors.base import Account, Page, RawEvent
from services.connectors.errors import Rejected, Temporary
from services.providers.avito.chats import DEEPEST, PAGE, Chat, Line, chat_pages, message_page
from services.providers.avito.client import Client
from services.providers.avito.cursor import (
    WATCH_SECONDS,
    Cursor,
    Watched,
    read_cursor,
    watching,
    write_cursor,
)
from services.providers.avito.wire import PULL, PullHead, identifier, moment, with_head

MAX_CHATS = 12
MAX_LOOKS = 4
OVERLAP_SECONDS = 600
GONE = frozenset({400, 404, 410})
DELETABLE_SECONDS = 7200  # deleting is possible for an hour; twice that is looked at


async def pull(client: Client, account: Account, text: str) -> Page:
    """Return what changed since the cursor, or at the beginning what is unread."""
    cursor = read_cursor(text)
    if cursor is None:
        cursor = await _begin(client, account)
    elif not cursor.todo:
        cursor = await _list_changes(client, account, cursor)
    now, seen = int(client.clock.now().timestamp()), dict[str, Watched | None]()
    events: list[RawEvent] = []
    for chat_id in (*cursor.todo[:MAX_CHATS], *_looks(cursor)):
        try:
            lines = await _lines(client, account, chat_id, cursor)
        except Temporary:
            if not seen:
                raise
            break  # what was read counts; the next call meets the trouble first
        events += _events(account, chat_id, lines, cursor)
        seen[chat_id] = _unread_own(account, chat_id, lines)
    return _page(events, _advance(cursor, seen, now))


def _page(events: list[RawEvent], cursor: Cursor) -> Page:
    return Page(tuple(events), write_cursor(cursor), more=bool(cursor.todo))


def _looks(cursor: Cursor) -> list[str]:
    watched = [item.chat_id for item in cursor.watch if item.chat_id not in cursor.todo]
    return watched[:MAX_LOOKS]


def _advance(cursor: Cursor, seen: dict[str, Watched | None], now: int) -> Cursor:
    todo = tuple(chat_id for chat_id in cursor.todo if chat_id not in seen)
    return Cursor(
        until=cursor.until,
        since=cursor.since if todo else cursor.until,
        edge=cursor.edge,
        todo=todo,
        watch=watching(cursor, seen, now),
        backlog=cursor.backlog and bool(todo),
    )


async def _begin(client: Client, account: Account) -> Cursor:
    """The watermark is taken before the unread list, so that nothing falls between the two."""
    newest: list[Chat] = []
    async for page in chat_pages(client, account):
        newest = page
        break
    until = max((chat.updated for chat in newest), default=0)
    unread = [chat async for page in chat_pages(client, account, unread=True) for chat in page]
    return Cursor(until=until, edge=_edge(newest, until), todo=_oldest_first(unread), backlog=True)


async def _list_changes(client: Client, account: Account, cursor: Cursor) -> Cursor:
    known = set(cursor.edge)
    found: dict[str, Chat] = {}
    async for page in chat_pages(client, account):
        found.update({chat.chat_id: chat for chat in page if chat.updated >= cursor.until})
        if not page or min(chat.updated for chat in page) < cursor.until:
            break
    until = max((chat.updated for chat in found.values()), default=cursor.until)
    changed = [
        chat
        for chat in found.values()
        if chat.updated > cursor.until or (chat.chat_id, chat.last_id) not in known
    ]
    return Cursor(
        until=until,
        since=cursor.until,
        edge=_edge(found.values(), until),
        todo=_oldest_first(changed),
        watch=cursor.watch,
    )


def _edge(chats: Iterable[Chat], until: int) -> tuple[tuple[str, str], ...]:
    return tuple((chat.chat_id, chat.last_id) for chat in chats if chat.updated == until)


def _oldest_first(chats: Sequence[Chat]) -> tuple[str, ...]:
    ordered = sorted(chats, key=lambda chat: chat.updated)
    return tuple(dict.fromkeys(chat.chat_id for chat in ordered))


async def _lines(client: Client, account: Account, chat_id: str, cursor: Cursor) -> list[Line]:
    """Return the messages that may be new, the oldest first. A chat that is gone has none."""
    lines: list[Line] = []
    for offset in range(0, DEEPEST + 1, PAGE):
        try:
            page = await message_page(client, account, chat_id, offset=offset)
        except Rejected as error:
            if error.status not in GONE:
                raise
            break
        lines += page
        if len(page) < PAGE or _reached(page, cursor):
            break
    return lines[::-1]


def _reached(page: list[Line], cursor: Cursor) -> bool:
    if cursor.backlog:
        return not any(_is_unread(line) for line in page)
    return page[-1].created < cursor.since - OVERLAP_SECONDS


def _events(account: Account, chat_id: str, lines: list[Line], cursor: Cursor) -> list[RawEvent]:
    events: list[RawEvent] = []
    for line in lines:
        if cursor.backlog:
            kinds = ["message"] if _is_unread(line) and not _is_own(account, line) else []
        else:
            kinds = _kinds(account, line, cursor.since)
        events += [event for kind in kinds if (event := _event(account, chat_id, line, kind))]
    return events


def _kinds(account: Account, line: Line, since: int) -> list[str]:
    """Say what of a message may be news: itself, its end, its having been read."""
    if line.data.get("type") == "deleted":
        return ["deleted"] if line.created >= since - DELETABLE_SECONDS else []
    undated = not line.created  # unreadable: stored, so that a person sees it parked
    kinds = ["message"] if undated or line.created >= since - OVERLAP_SECONDS else []
    read = moment(line.data.get("read")) is not None and _is_own(account, line)
    if read and line.created >= since - WATCH_SECONDS:
        kinds.append("read")
    return kinds


def _event(account: Account, chat_id: str, line: Line, kind: str) -> RawEvent | None:
    external_id = identifier(line.data.get("id"))
    if not external_id:
        return None
    head = msgspec.json.encode(PullHead(chat_id, account.external_id, kind))
    key = external_id if kind == "message" else f"{external_id}:{kind}"
    at = moment(line.data.get("read" if kind == "read" else "created"))
    return RawEvent(key, chat_id, with_head(PULL, head, line.body), at)


def _unread_own(account: Account, chat_id: str, lines: list[Line]) -> Watched | None:
    own = [line for line in lines if _is_own(account, line)]
    last = own[-1] if own else None
    if last is None or last.data.get("type") == "deleted" or moment(last.data.get("read")):
        return None
    return Watched(chat_id, last.created)


def _is_own(account: Account, line: Line) -> bool:
    return identifier(line.data.get("author_id")) == account.external_id


def _is_unread(line: Line) -> bool:
    return line.data.get("is_read") is False and line.data.get("direction") != "out"
