"""Ids: UUID version 7 (sorted by time, strictly growing inside a process), random tokens, lane
numbers.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from datetime import datetime
from uuid import UUID

_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """Return a UUID v7; later calls in this process give greater values (RFC 9562, method 3)."""
    global _last  # noqa: PLW0603 - the one monotonic counter of the process
    with _lock:
        stamp = max(time.time_ns() // 1000, _last + 1)
        _last = stamp
    millis, rest = divmod(stamp, 1000)
    fraction = rest * 4096 // 1000
    value = (millis & (2**48 - 1)) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62
    return UUID(int=value | secrets.randbits(62))


def id_at(moment: datetime) -> UUID:
    """Return the least id that could have been given at a moment."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def random_token(bits: int = 256) -> str:
    """Return URL-safe random text (A-Z a-z 0-9 _ -) of at least that many bits."""
    return secrets.token_urlsafe(bits // 8)


def short_key(text: str, limit: int = 200) -> str:
    """Return a provider's text as a key PostgreSQL can hold: no NUL, no broken characters, at
    most `limit` long, and still different for different texts.
    """
    if len(text) <= limit and text.isascii() and "\x00" not in text:  # nearly every key
        return text
    clean = text.replace("\x00", "").encode(errors="replace").decode()
    if len(clean) <= limit:
        return clean
    digest = hashlib.blake2b(clean.encode(), digest_size=20).hexdigest()
    return f"{clean[: limit - 41]}:{digest}"


OUT_BIT = 1 << 62


def lane_number(kind: str, *parts: str) -> int:
    """Return the number of a lane's name (kind "in" or "out"). Two names on one number would only
    share a queue.

    Every "out" number is above every "in" number: locking lanes by number is then locking the
    inbox first, as deciding transactions do, and nothing deadlocks.
    """
    name = "\x1f".join((kind, *parts)).encode()
    number = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big") >> 2
    return number | OUT_BIT if kind == "out" else number
