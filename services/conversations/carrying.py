"""What a channel can carry, and in which pieces. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.connectors.base import Capabilities
from services.connectors.messages import Media, MediaKind, Text
from services.conversations import rules

PICTURED = frozenset({MediaKind.IMAGE, MediaKind.VIDEO})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message cannot be carried; `key` names the words."""

    key: str
    kind: MediaKind | None = None
    limit: int = 0


def refusal(text: Text, media: Sequence[Media], caps: Capabilities) -> Refusal | None:
    """Say why the channel cannot carry the whole message; nothing is ever sent by halves."""
    if not media and not text.text.strip():
        return Refusal("bridge.refused.empty")
    for item in media:
        if item.kind not in caps.media:
            return Refusal("bridge.refused.kind", item.kind)
        if item.unavailable:
            return Refusal("bridge.refused.unavailable", item.kind)
        limit = caps.max_upload.get(item.kind, 0)
        if limit and item.size > limit:
            return Refusal("bridge.refused.size", item.kind, limit)
    return None


@dataclass(frozen=True, slots=True)
class Piece:
    """One outgoing call's content."""

    text: Text = Text()
    media: tuple[Media, ...] = ()


def pieces(text: Text, media: Sequence[Media], caps: Capabilities) -> list[Piece]:
    """Return a message as the calls its channel needs: albums, captions where they fit, text in
    numbered parts.
    """
    words = text if caps.formatting else rules.plain(text)
    groups = albums(media, caps.max_album)
    if not groups:
        return (
            [Piece(text=part) for part in rules.number_parts(words, caps.max_text)]
            if words.text
            else []
        )
    if words.text and len(words.text) <= caps.max_caption:
        return [Piece(words, groups[0]), *(Piece(media=group) for group in groups[1:])]
    found = [Piece(media=group) for group in groups]
    if words.text.strip():
        found += [Piece(text=part) for part in rules.number_parts(words, caps.max_text)]
    return found


def albums(media: Sequence[Media], size: int) -> list[tuple[Media, ...]]:
    """Return attachments in groups that may travel together: pictures and films with each other,
    others alone.
    """
    groups: list[list[Media]] = []
    for item in media:
        last = groups[-1] if groups else None
        together = (
            last is not None
            and len(last) < max(size, 1)
            and {item.kind, last[-1].kind} <= PICTURED
        )
        if last is not None and together:
            last.append(item)
        else:
            groups.append([item])
    return [tuple(group) for group in groups]


def carried(media: Iterable[Media], caps: Capabilities) -> tuple[list[Media], list[Media]]:
    """Return attachments the members' side can show, and those of which only a line of words
    remains.
    """
    able: list[Media] = []
    words: list[Media] = []
    for item in media:
        limit = caps.max_upload.get(item.kind, 0)
        fits = (
            item.kind in caps.media and not item.unavailable and not (limit and item.size > limit)
        )
        (able if fits else words).append(item)
    return able, words
