"""Pure decisions of the desk: cursors, search words, versions, links into Telegram."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import datetime
from uuid import UUID

from services.kit.errors import InvalidInput

WORD = re.compile(r"[\w]+", re.UNICODE)
MAX_QUERY = 200
MAX_WORDS = 8
SUPERGROUP = "-100"


def pack(at: datetime | None, row_id: UUID) -> str:
    """Return the opaque mark of a row by which the next page is asked."""
    stamp = at.isoformat() if at is not None else ""
    return base64.urlsafe_b64encode(f"{stamp}|{row_id}".encode()).decode().rstrip("=")


def unpack(cursor: str) -> tuple[datetime | None, UUID | None]:
    """Return the mark's moment and id, both None for the first page. Raises InvalidInput."""
    if not cursor:
        return None, None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        stamp, _, row_id = raw.partition("|")
        return datetime.fromisoformat(stamp) if stamp else None, UUID(row_id)
    except (ValueError, binascii.Error) as error:
        raise InvalidInput("desk.cursor", field="cursor") from error


def search_words(query: str) -> str:
    """Return a query for to_tsquery: every word must occur, the last may be just begun.

    "" when there is no word in it.
    """
    words = WORD.findall(query[:MAX_QUERY].lower())[:MAX_WORDS]
    return " & ".join(f"{word}:*" for word in words)


def version(*parts: object) -> str:
    """Return a short digest of what is shown."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def topic_url(chat_id: str, thread_id: str) -> str:
    """Return the link that opens a forum topic, "" where there is none."""
    if not thread_id or not chat_id.startswith(SUPERGROUP):
        return ""
    return f"https://t.me/c/{chat_id.removeprefix(SUPERGROUP)}/{thread_id}"
