"""Access and refresh tokens: what they say is signed by a key of the server, so a made-up one
costs no look into the database.

A token is `kind.base64url(session id, generation, expiry, HMAC)`. It carries no right by itself:
the session's row decides on every call. Because the successor of a refresh token can be computed
again, a client whose answer got lost is given the same one (ADR 0015); no token is stored.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

MAC = 32
_HEAD = struct.Struct(">16sIQ")
_SIZE = _HEAD.size + MAC
MAX_TOKEN = 200


class TokenKind(StrEnum):
    """What a token is good for; also its first letters, so that leaks can be searched for."""

    ACCESS = "vsa"
    REFRESH = "vsr"


@dataclass(frozen=True, slots=True)
class Token:
    """A genuine token's contents. `expires_at` is in Unix seconds, 0 where the row decides."""

    session_id: UUID
    generation: int
    expires_at: int


class Mint:
    """Makes tokens and knows its own. The first key makes; the others are known from before a
    rotation.
    """

    def __init__(self, *master_keys: bytes) -> None:
        self._keys = tuple(
            hmac.digest(key, b"vishenka:session tokens", "sha256") for key in master_keys
        )

    def make(self, kind: TokenKind, token: Token) -> str:
        """Return the token as text."""
        head = _HEAD.pack(token.session_id.bytes, token.generation, token.expires_at)
        body = head + _mac(self._keys[0], kind, head)
        return f"{kind}_{_encode(body)}"

    def read(self, kind: TokenKind, text: str) -> Token | None:
        """Return a token's contents, None for what this server did not make."""
        prefix, _, body = text.partition("_")
        if prefix != kind or len(text) > MAX_TOKEN or not body.isascii():
            return None
        raw = _decode(body)
        if len(raw) != _SIZE or not self._is_ours(kind, raw[: _HEAD.size], raw[_HEAD.size :]):
            return None
        session_id, generation, expires_at = _HEAD.unpack(raw[: _HEAD.size])
        return Token(UUID(bytes=session_id), generation, expires_at)

    def csrf(self, session_id: UUID) -> str:
        """Return the word a page of this session must send with every change."""
        return _csrf(self._keys[0], session_id)

    def is_csrf(self, session_id: UUID, text: str) -> bool:
        """Say whether this is that word."""
        given = text.encode(errors="replace")
        return any(
            hmac.compare_digest(_csrf(key, session_id).encode(), given) for key in self._keys
        )

    def _is_ours(self, kind: str, head: bytes, mac: bytes) -> bool:
        return any(hmac.compare_digest(_mac(key, kind, head), mac) for key in self._keys)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    """Return the bytes of the one right spelling, nothing of any other."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if _encode(raw) == text else b""


def _csrf(key: bytes, session_id: UUID) -> str:
    return _encode(_mac(key, "csrf", session_id.bytes)[:18])


def _mac(key: bytes, kind: str, head: bytes) -> bytes:
    return hmac.digest(key, kind.encode() + b"\0" + head, "sha256")
