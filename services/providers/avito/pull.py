"""The auditor: reads chats that changed and yields events under the webhook's own keys.

One call of `pull` costs at most a listing (11 pages) and `MAX_CHATS` chats; what is left stays in
the cursor. Keys: the message id; `id:deleted` for a message that has become `deleted`; `id:read`
for one of ours that the other side read. Repeats are harmless, the inbox knows the keys; so each
reading overlaps the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.connectors.base import Account, Page, RawEvent
from services.connectors.errors import RateLimited, Temporary
from services.providers.avito.chats import DEEPEST, PAGE, Chat, chat_page
from services.providers.avito.client import Client
from services.providers.avito.cursor import (
    UNREAD_ONLY,
    Cursor,
    Watched,
    read_cursor,
    watching,
    write_cursor,
)
from services.providers.avito.reading import Look, events_of, read_lines, unread_own

OFFSETS = range(0, DEEPEST + 1, PAGE)
MAX_CHATS = 12
MAX_LOOKS = 4
MAX_FAILED = 3

Seen = dict[str, Watched | None]
"""Chats of this call, with what is to be looked at again."""


async def pull(client: Client, account: Account, text: str) -> Page:
    """Return what changed since the cursor, or at the beginning what is unread."""
    before, listed = read_cursor(text), True
    if before is None:
        cursor = await _begin(client, account)
    elif not before.todo:
        cursor = await _list_changes(client, account, before)
    else:
        cursor, listed = before, False
    if cursor == before and not (cursor.todo or cursor.watch):
        return Page((), text)  # the usual poll: nothing happened
    now = int(client.clock.now().timestamp())
    events, seen = await _read_chats(client, account, cursor, now, is_up=listed)
    after = _advance(cursor, seen, now)
    return Page(tuple(events), write_cursor(after), more=bool(after.todo))


async def _read_chats(
    client: Client, account: Account, cursor: Cursor, now: int, *, is_up: bool
) -> tuple[list[RawEvent], Seen]:
    """Read some chats. One that fails alone is looked at again later and holds up nobody."""
    events: list[RawEvent] = []
    seen: Seen = {}
    failed = 0
    for look in _looks(cursor):
        try:
            lines = await read_lines(client, account, look)
        except RateLimited:
            if not seen:
                raise
            break  # what was read counts
        except Temporary:
            failed += 1
            if failed > MAX_FAILED:
                break
            if not (is_up or seen):
                await _prove(client, account)
            seen[look.chat_id] = _failed(look, cursor, now)
            continue
        events += events_of(account, look, lines)
        seen[look.chat_id] = unread_own(account, look.chat_id, lines)
    return events, seen


async def _prove(client: Client, account: Account) -> None:
    """Raise what troubles the whole account; return when only a chat is in trouble."""
    await chat_page(client, account)


def _looks(cursor: Cursor) -> list[Look]:
    since = None if cursor.backlog else cursor.since
    todo = [Look(chat_id, since) for chat_id in cursor.todo[:MAX_CHATS]]
    watched = [item for item in cursor.watch if item.chat_id not in cursor.todo]
    return todo + [Look(item.chat_id, _wanted(item, cursor)) for item in watched[:MAX_LOOKS]]


def _failed(look: Look, cursor: Cursor, now: int) -> Watched:
    """Keep when it failed first: after a day nobody looks again."""
    known = [item for item in cursor.watch if item.chat_id == look.chat_id]
    failed_at = known[0].created if known and known[0].since is not None else now
    return Watched(look.chat_id, failed_at, UNREAD_ONLY if look.since is None else look.since)


def _wanted(item: Watched, cursor: Cursor) -> int | None:
    """A chat that failed is read from where it failed."""
    if item.since is None:
        return cursor.since or cursor.until
    return None if item.since == UNREAD_ONLY else min(item.since, cursor.since)


def _advance(cursor: Cursor, seen: Seen, now: int) -> Cursor:
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
    newest, _ = await chat_page(client, account)
    until = max((chat.updated for chat in newest), default=0)
    unread: list[Chat] = []
    for offset in OFFSETS:
        page, more = await chat_page(client, account, offset, unread=True)
        unread += page
        if not more:
            break
    return Cursor(until=until, edge=_edge(newest, until), todo=_oldest_first(unread), backlog=True)


async def _list_changes(client: Client, account: Account, cursor: Cursor) -> Cursor:
    known = set(cursor.edge)
    found: dict[str, Chat] = {}
    for offset in OFFSETS:
        page, more = await chat_page(client, account, offset)
        fresh = [chat for chat in page if chat.updated >= cursor.until]
        is_all = not more or len(fresh) < len(page) or not page
        if is_all and not offset and _is_old(fresh, cursor, known):
            return cursor  # nearly every poll ends here
        found.update({chat.chat_id: chat for chat in fresh})
        if is_all:
            break
    until = max((chat.updated for chat in found.values()), default=cursor.until)
    changed = [
        chat for chat in found.values() if chat.updated > cursor.until or chat.place not in known
    ]
    return Cursor(
        until=until,
        since=cursor.until,
        edge=_edge(found.values(), until),
        todo=_oldest_first(changed),
        watch=cursor.watch,
    )


def _is_old(fresh: Sequence[Chat], cursor: Cursor, known: set[tuple[str, str]]) -> bool:
    """Say whether these are just the chats of the last second, as they were."""
    return (
        len(fresh) == len(known)
        and cursor.since == cursor.until
        and not cursor.backlog
        and all(one.updated == cursor.until and one.place in known for one in fresh)
    )


def _edge(chats: Iterable[Chat], until: int) -> tuple[tuple[str, str], ...]:
    return tuple(chat.place for chat in chats if chat.updated == until)


def _oldest_first(chats: Sequence[Chat]) -> tuple[str, ...]:
    ordered = sorted(chats, key=lambda chat: chat.updated)
    return tuple(dict.fromkeys(chat.chat_id for chat in ordered))
