"""Data of our buttons: `b:<verb>:<id>[:<id or word>]`, ids in 22 characters, so that two fit into
64 bytes. Pure.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from uuid import UUID

PREFIX = "b:"


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button's meaning. `extra`: a second id or a word."""

    verb: str
    id: UUID
    extra: str = ""

    @property
    def extra_id(self) -> UUID | None:
        """Return the second id, if that is what `extra` holds."""
        return unpack(self.extra)


def pack(value: UUID) -> str:
    """Return an id in 22 characters."""
    return base64.urlsafe_b64encode(value.bytes).decode().rstrip("=")


def unpack(text: str) -> UUID | None:
    """Return the id, None for anything else (button data is the client's to forge)."""
    if len(text) != 22 or not text.isascii():
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(text + "=="))
    except ValueError:
        return None


def data(verb: str, of: UUID, extra: str = "") -> str:
    """Return button data."""
    tail = f":{extra}" if extra else ""
    return f"{PREFIX}{verb}:{pack(of)}{tail}"


def read(text: str) -> Pressed | None:
    """Return what was pressed, None when the data is not ours."""
    parts = text.split(":")
    if not text.startswith(PREFIX) or len(parts) not in (3, 4):
        return None
    found = unpack(parts[2])
    return (
        Pressed(parts[1], found, parts[3] if len(parts) == 4 else "")
        if found is not None
        else None
    )
