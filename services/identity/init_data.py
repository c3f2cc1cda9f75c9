"""initData of the Mini App: a query string that Telegram signed with a key of the bot's token.

    query_id=AAH…&user=%7B%22id%22%3A1001…%7D&auth_date=1650385342&signature=…&hash=46d2ea5e…

The string that is signed: every field but `hash` (the newer `signature` is part of it), decoded,
sorted by name, `name=value` joined by line feeds. Key: HMAC-SHA256("WebAppData", bot token).
Source: core.telegram.org/bots/webapps, "Validating data received via the Mini App".

Stricter than needed, on purpose: one spelling, no doubled names, no control characters, limits.
Telegram signs for every bot there is, so the key is that of our master bot and nothing the client
says can choose another.
"""

from __future__ import annotations

import hmac
import re
from binascii import a2b_qp
from dataclasses import dataclass
from hashlib import sha256

import msgspec

MAX_BYTES = 4096
MAX_FIELDS = 32
MAX_AGE_SECONDS = 3600
MAX_AHEAD_SECONDS = 60
MAX_ID = 2**52
WELL_ENCODED = re.compile(r"[!-$&-<>-~]*(?:%[0-9A-Fa-f]{2}[!-$&-<>-~]*)*").fullmatch
"""Printable ASCII but `%` and `=`, and whole escapes."""
HEX = frozenset("0123456789abcdef")
CONTROLS = frozenset(map(chr, (*range(32), 127)))


class Refused(Exception):
    """The initData proves nothing; `reason` is one of a closed list."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TelegramUser(msgspec.Struct, frozen=True):
    """The `user` field: only what we use."""

    id: int
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class InitData:
    """Who Telegram says has opened the Mini App, and the proof's own name (`hash`)."""

    user: TelegramUser
    auth_date: int
    hash: bytes
    start_param: str


_user = msgspec.json.Decoder(TelegramUser)


def key_of(bot_token: str) -> bytes:
    """Return the bot's checking key."""
    return hmac.digest(b"WebAppData", bot_token.encode(), sha256)


def check(
    text: str, key: bytes, now: float, *, max_age: float | None = MAX_AGE_SECONDS
) -> InitData:
    """Return what the initData proves. Raises Refused; nothing else, whatever the text is.

    `max_age` None checks no age (for Telegram's published example only).
    """
    fields = _fields(text)
    given = _hash(fields.pop("hash", ""))
    signed = "\n".join([f"{name}={fields[name]}" for name in sorted(fields)])
    if not hmac.compare_digest(hmac.digest(key, signed.encode(), "sha256"), given):
        raise Refused("hash")
    at = _auth_date(fields.get("auth_date", ""))
    if max_age is not None and not now - max_age <= at <= now + MAX_AHEAD_SECONDS:
        raise Refused("stale")
    return InitData(_person(fields.get("user", "")), at, given, fields.get("start_param", ""))


def _fields(text: str) -> dict[str, str]:
    """Split and decode. The text must be what a browser writes: printable ASCII, percent-encoded
    UTF-8.
    """
    if not text or len(text) > MAX_BYTES or not text.isascii():
        raise Refused("size")
    parts = text.split("&", MAX_FIELDS)
    if len(parts) > MAX_FIELDS:
        raise Refused("fields")
    found: dict[str, str] = {}
    for part in parts:
        name, separator, value = part.partition("=")
        if not separator or not name.isidentifier() or name in found:
            raise Refused("fields")
        found[name] = _decoded(value)
    return found


def _decoded(value: str) -> str:
    """Decode one value. `a2b_qp` is `urllib`'s loop in C, a third of its time: quoted-printable
    with `=` for `%`, once it is sure that no `=` and no half an escape is there.
    """
    if not WELL_ENCODED(value):
        raise Refused("encoding")
    if "%" in value or "+" in value:
        try:
            value = a2b_qp(value.replace("%", "=").replace("+", " ")).decode()
        except UnicodeDecodeError:
            raise Refused("encoding") from None
    if not value.isprintable() and not CONTROLS.isdisjoint(value):
        raise Refused("controls")
    return value


def _hash(value: str) -> bytes:
    if len(value) != 64 or not HEX.issuperset(value):
        raise Refused("hash")
    return bytes.fromhex(value)


def _auth_date(value: str) -> int:
    if not value.isdigit() or not value.isascii() or len(value) > 10:
        raise Refused("auth_date")
    return int(value)


def _person(value: str) -> TelegramUser:
    try:
        user = _user.decode(value)
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise Refused("user") from None
    if not 0 < user.id < MAX_ID or user.is_bot:
        raise Refused("user")
    return user
