"""What a chat's messages say that may be news: themselves, their end, their having been read."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from services.connectors.base import Account, RawEvent
from services.connectors.errors import Rejected
from services.providers.avito.chats import DEEPEST, PAGE, Line, message_page
from services.providers.avito.client import Client
from services.providers.avito.cursor import WATCH_SECONDS, Watched
from services.providers.avito.wire import PULL, PullHead, identifier, moment, with_head

OVERLAP_SECONDS = 600
GONE = frozenset({400, 404, 410})
DELETABLE_SECONDS = 7200  # deleting is possible for an hour; twice that is looked at


@dataclass(frozen=True, slots=True)
class Look:
    """A chat to read: what is newer than `since` (unix second), or with None what is unread."""

    chat_id: str
    since: int | None


async def read_lines(client: Client, account: Account, look: Look) -> list[Line]:
    """Return the messages that may be new, the oldest first. A chat that is gone has none."""
    lines: list[Line] = []
    for offset in range(0, DEEPEST + 1, PAGE):
        try:
            page = await message_page(client, account, look.chat_id, offset=offset)
        except Rejected as error:
            if error.status not in GONE:
                raise
            break
        lines += page
        if len(page) < PAGE or _reached(page, look):
            break
    return lines[::-1]


def events_of(account: Account, look: Look, lines: list[Line]) -> list[RawEvent]:
    """Return what of these messages may be news."""
    return [
        event
        for line in lines
        for kind in _kinds(account, line, look.since)
        if (event := _event(account, look.chat_id, line, kind))
    ]


def _reached(page: list[Line], look: Look) -> bool:
    if look.since is None:
        return not any(_is_unread(line) for line in page)
    return page[-1].created < look.since - OVERLAP_SECONDS


def _kinds(account: Account, line: Line, since: int | None) -> list[str]:
    """Say what of a message may be news: itself, its end, its having been read."""
    if since is None:
        return ["message"] if _is_unread(line) and not _is_own(account, line) else []
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


def unread_own(account: Account, chat_id: str, lines: list[Line]) -> Watched | None:
    """Return the chat to look at again when our last message there is not read yet."""
    own = [line for line in lines if _is_own(account, line)]
    last = own[-1] if own else None
    if last is None or last.data.get("type") == "deleted" or moment(last.data.get("read")):
        return None
    return Watched(chat_id, last.created)


def _is_own(account: Account, line: Line) -> bool:
    return identifier(line.data.get("author_id")) == account.external_id


def _is_unread(line: Line) -> bool:
    return line.data.get("is_read") is False and line.data.get("direction") != "out"
