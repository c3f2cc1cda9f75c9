"""Signed names of files for links that anybody may open until they expire.

A token is tenant, file and expiry with a MAC of 128 bits over them, 52 bytes in base64url. A
forged, cut or expired one is refused before anything is looked up. The key comes from the master
key; during its rotation tokens of the previous one are read too.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

PURPOSE = b"vishenka:file-link:1"
BODY = 16 + 16 + 4
MAC = 16
TOKEN_CHARS = 70


@dataclass(frozen=True, slots=True)
class FileName:
    """Which file, until when."""

    tenant_id: UUID
    file_id: UUID
    expires_at: datetime


class Signer:
    """Makes and reads tokens. `keys`: the current master key first."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [hmac.digest(key, PURPOSE, "sha256") for key in keys]

    def token(self, name: FileName) -> str:
        """Return the token of a file."""
        expiry = int(name.expires_at.timestamp()).to_bytes(4, "big")
        body = name.tenant_id.bytes + name.file_id.bytes + expiry
        return _text(body + _mac(self._keys[0], body))

    def read(self, token: str, now: datetime) -> FileName | None:
        """Return what the token names; None when it is not ours or its time is over."""
        if len(token) != TOKEN_CHARS or not token.isascii():
            return None
        try:
            raw = base64.b64decode(token + "==", altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        body, mac = raw[:BODY], raw[BODY:]
        if _text(raw) != token or not any(
            hmac.compare_digest(mac, _mac(key, body)) for key in self._keys
        ):
            return None
        expires_at = datetime.fromtimestamp(int.from_bytes(body[32:], "big"), UTC)
        if expires_at <= now:
            return None
        return FileName(UUID(bytes=body[:16]), UUID(bytes=body[16:32]), expires_at)


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:MAC]


def _text(raw: bytes) -> str:
    """Return the one way to write these bytes."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
