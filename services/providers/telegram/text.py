"""Formatted text both ways. Telegram counts entity offsets in UTF-16 code units, we count code
points.

Shape of theirs: `{"type": "bold", "offset": 0, "length": 4}`, `{"type": "text_link", …, "url":
"https://…"}`.
Source: Bot API 10.3, MessageEntity.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import msgspec

from services.connectors.messages import Entity, Text

_THEIRS = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strike": "strikethrough",
    "code": "code",
    "pre": "pre",
    "quote": "blockquote",
    "link": "text_link",
    "spoiler": "spoiler",
}
_OURS = {theirs: ours for ours, theirs in _THEIRS.items()} | {"expandable_blockquote": "quote"}


class WireEntity(msgspec.Struct, frozen=True):
    """A MessageEntity as Telegram sends it; kinds we do not carry are dropped later."""

    type: str
    offset: int
    length: int
    url: str = ""


def _starts(text: str) -> list[int]:
    """Return the UTF-16 offset at which each code point starts, and the end."""
    return [0, *accumulate(2 if char > "\uffff" else 1 for char in text)]


def utf16_length(text: str) -> int:
    """Return the length as Telegram counts it."""
    return len(text) + sum(1 for char in text if char > "\uffff")


def to_wire(text: Text) -> list[dict[str, Any]]:
    """Return our entities in their units; entities outside the text and unknown kinds are
    dropped.
    """
    if not text.entities:
        return []
    starts = _starts(text.text)
    return [wire for entity in text.entities if (wire := _wire(entity, starts)) is not None]


def _wire(entity: Entity, starts: Sequence[int]) -> dict[str, Any] | None:
    kind = _THEIRS.get(entity.kind)
    last = len(starts) - 1
    begin = max(entity.offset, 0)
    end = min(entity.offset + entity.length, last)
    if kind is None or begin >= end or (kind == "text_link" and not entity.url):
        return None
    wire: dict[str, Any] = {
        "type": kind,
        "offset": starts[begin],
        "length": starts[end] - starts[begin],
    }
    if kind == "text_link":
        wire["url"] = entity.url
    return wire


def from_wire(text: str, entities: Iterable[WireEntity]) -> Text:
    """Return their text in our model; an offset inside a surrogate pair moves to the pair's
    start.
    """
    known = [entity for entity in entities if entity.type in _OURS]
    if not known:
        return Text(text=text)
    starts = _starts(text)
    found = (_ours(entity, starts) for entity in known)
    return Text(text=text, entities=tuple(entity for entity in found if entity is not None))


def _ours(entity: WireEntity, starts: Sequence[int]) -> Entity | None:
    begin = max(bisect_right(starts, entity.offset) - 1, 0)
    end = bisect_right(starts, entity.offset + entity.length) - 1
    if entity.offset < 0 or end <= begin:
        return None
    return Entity(kind=_OURS[entity.type], offset=begin, length=end - begin, url=entity.url)
