"""Sealed buttons: a press is believed only in the chat and by the person it was made for, and for
30 days.

Shape: `kind:value:day:seal`, at most 64 bytes; `value` is an opaque id or a short word, never a
right. The seal covers the bot, the chat and the person, so that a press copied elsewhere or
changed by one letter is nothing.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from aiogram.filters import Filter
from aiogram.types import CallbackQuery

from services.kit.crypto import TenantKeys

LIVES_DAYS = 30
SEAL_BYTES = 8
MAX_DATA = 64
EPOCH = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Press:
    """What a proven press says."""

    kind: str
    value: str

    @property
    def uuid(self) -> UUID:
        """Return the value as an id (32 hex digits)."""
        return UUID(self.value)


@dataclass(frozen=True, slots=True)
class Presses:
    """Makes and reads buttons of one chat and person."""

    keys: TenantKeys
    channel_id: UUID
    chat_id: int
    user_id: int
    now: datetime

    def make(self, kind: str, value: str | UUID = "") -> str:
        """Return callback data."""
        text = value.hex if isinstance(value, UUID) else value
        body = f"{kind}:{text}:{self._today()}"
        data = f"{body}:{self._seal(body)}"
        if len(data.encode()) > MAX_DATA:
            raise ValueError("callback data is too long")
        return data

    def read(self, data: str) -> Press | None:
        """Return the press, or None for a foreign, changed or old one."""
        body, _, seal = data.rpartition(":")
        if not compare_digest(seal.encode(), self._seal(body).encode()):
            return None
        kind, value, day = body.split(":")
        age = self._today() - int(day)
        return Press(kind, value) if 0 <= age <= LIVES_DAYS else None

    def _seal(self, body: str) -> str:
        bound = f"press:{self.channel_id}:{self.chat_id}:{self.user_id}:{body}"
        return base64.urlsafe_b64encode(self.keys.blind(bound)[:SEAL_BYTES]).rstrip(b"=").decode()

    def _today(self) -> int:
        return (self.now - EPOCH) // timedelta(days=1)


class Pressed(Filter):
    """Lets proven presses of one kind through and adds `press`."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._head = f"{kind}:"

    async def __call__(self, query: CallbackQuery, presses: Presses) -> bool | dict[str, Press]:
        """Prove the press."""
        data = query.data or ""
        press = presses.read(data) if data.startswith(self._head) else None
        return {"press": press} if press is not None else False
