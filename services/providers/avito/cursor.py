"""Where the reading of an account's chats stands, as short text that survives between polls.

`since`: the second up to which chats were read before the listing in work; `until`: up to which
they will have been once `todo` is empty. `edge`: chats of the very last second with their last
message, so that a second message of that second is seen and nothing is read twice. `watch`: chats
whose last message of ours is not read yet, because Avito tells nobody about reading.
"""

from __future__ import annotations

import msgspec

from services.providers.avito.wire import BROKEN_JSON

MAX_WATCH = 60
WATCH_SECONDS = 86_400
UNREAD_ONLY = -1


class Watched(msgspec.Struct, frozen=True, array_like=True):
    """A chat to look at again.

    `created`: when our unread message was written, or when reading failed (unix seconds). `since`:
    from where a failed reading goes on, UNREAD_ONLY during the first; None for a chat that was
    read.
    """

    chat_id: str
    created: int
    since: int | None = None


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """`backlog`: the first reading, where only what is unread counts."""

    until: int = msgspec.field(default=0, name="u")
    since: int = msgspec.field(default=0, name="s")
    edge: tuple[tuple[str, str], ...] = msgspec.field(default=(), name="e")
    todo: tuple[str, ...] = msgspec.field(default=(), name="t")
    watch: tuple[Watched, ...] = msgspec.field(default=(), name="w")
    backlog: bool = msgspec.field(default=False, name="b")


def write_cursor(cursor: Cursor) -> str:
    """Return the cursor as compact JSON."""
    return msgspec.json.encode(cursor).decode()


def read_cursor(text: str) -> Cursor | None:
    """Return the cursor.

    None at the beginning and for a text we do not understand: both start anew.
    """
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=Cursor)
    except BROKEN_JSON:
        return None


def watching(cursor: Cursor, seen: dict[str, Watched | None], now: int) -> tuple[Watched, ...]:
    """Return the chats to look at again: known ones not looked at, then those just seen unread."""
    kept = [item for item in cursor.watch if item.chat_id not in seen]
    kept += [item for item in seen.values() if item is not None]
    fresh = [item for item in kept if item.created > now - WATCH_SECONDS]
    return tuple(fresh[-MAX_WATCH:])
