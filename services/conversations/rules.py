"""Decisions of the bridge. Pure: no await, no query, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.connectors.base import Capabilities
from services.connectors.messages import Entity, Media, MediaKind, Text
from services.conversations.models import MessageState

RANKS = {
    MessageState.QUEUED: 0,
    MessageState.DROPPED: 1,
    MessageState.FAILED: 1,
    MessageState.UNKNOWN: 1,
    MessageState.SENT: 2,
    MessageState.DELIVERED: 3,
    MessageState.READ: 4,
}
"""A failed or unknown message may be sent after all; what was sent never becomes less (RELIABILITY I12)."""

MARKS = {
    MessageState.QUEUED: "✍",
    MessageState.SENT: "👌",
    MessageState.DELIVERED: "👌",
    MessageState.READ: "👀",
    MessageState.FAILED: "💔",
    MessageState.UNKNOWN: "💔",
}
ECHO_WINDOW = timedelta(minutes=10)
QUEUED_AFTER_SECONDS = 3.0
DELAYED_AFTER_SECONDS = 120.0
NOTE_PREFIXES = ("//", "#", "/note")
TITLE_EVERY_SECONDS = 60
TITLES_PER_MINUTE = 3
MAX_TITLE = 128
PICTURED = frozenset({MediaKind.IMAGE, MediaKind.VIDEO})


def may_rise(current: MessageState, to: MessageState) -> bool:
    """Say whether a message's state may move from `current` to `to`."""
    if current not in RANKS or to not in RANKS:
        return False
    if RANKS[current] <= 1 and RANKS[to] <= 1:
        return current is not to
    return RANKS[to] > RANKS[current]


def mark_of(state: MessageState) -> str:
    """Return the reaction that shows the state, "" for none."""
    return MARKS.get(state, "")


# ---- text ------------------------------------------------------------------------------------------------------


def split_text(text: Text, limit: int) -> list[Text]:
    """Return the text in parts of at most `limit` characters; together they are the text, character by character.

    Cuts fall after a paragraph, a line or a word where one ends in the second half of the part.
    """
    if limit < 1:
        raise ValueError("a part holds at least one character")
    parts: list[Text] = []
    start = 0
    while start < len(text.text):
        end = _cut(text.text, start, limit)
        parts.append(_slice(text, start, end))
        start = end
    return parts


def _cut(text: str, start: int, limit: int) -> int:
    end = start + limit
    if end >= len(text):
        return len(text)
    for separator in ("\n\n", "\n", " "):
        found = text.rfind(separator, start + limit // 2, end)
        if found >= 0:
            return min(found + len(separator), end)
    return end


def _slice(text: Text, start: int, end: int) -> Text:
    entities = []
    for entity in text.entities:
        low, high = max(entity.offset, start), min(entity.offset + entity.length, end)
        if low < high:
            entities.append(
                Entity(kind=entity.kind, offset=low - start, length=high - low, url=entity.url)
            )
    return Text(text=text.text[start:end], entities=tuple(entities))


def number_parts(text: Text, limit: int) -> list[Text]:
    """Return the text as one part, or as several that begin with their number ("(1/3) ")."""
    if len(text.text) <= limit:
        return [text]
    room = limit
    for width in (8, 10, 12):
        room = limit - width
        count = len(split_text(text, max(room, 1)))
        if len(f"({count}/{count}) ") <= width:
            break
    parts = split_text(text, max(room, 1))
    return [prefixed(f"({n}/{len(parts)}) ", part) for n, part in enumerate(parts, 1)]


def prefixed(prefix: str, text: Text, kind: str = "") -> Text:
    """Return the text after a prefix (formatted as `kind`), its own formatting moved along."""
    shift = len(prefix)
    moved = tuple(
        Entity(kind=e.kind, offset=e.offset + shift, length=e.length, url=e.url)
        for e in text.entities
    )
    own = (
        (Entity(kind=kind, offset=0, length=len(prefix.rstrip())),)
        if kind and prefix.strip()
        else ()
    )
    return Text(text=prefix + text.text, entities=own + moved)


def joined(texts: Sequence[Text], separator: str = "\n\n") -> Text:
    """Return texts as one, formatting kept."""
    result = Text()
    for number, text in enumerate(texts):
        head = result.text + (separator if number else "")
        moved = prefixed(head, text)
        result = Text(text=moved.text, entities=result.entities + moved.entities)
    return result


def plain(text: Text) -> Text:
    """Return the text for a channel without formatting; the address of a hidden link follows its words."""
    out, at = [], 0
    for entity in sorted(text.entities, key=lambda e: e.offset + e.length):
        end = entity.offset + entity.length
        if entity.kind == "link" and entity.url and entity.url not in text.text and end >= at:
            out.append(f"{text.text[at:end]} ({entity.url})")
            at = end
    out.append(text.text[at:])
    return Text(text="".join(out))


def merged_count(lengths: Sequence[int], limit: int, separator: int = 2) -> int:
    """Return how many of the first texts fit into one message."""
    total, count = 0, 0
    for length in lengths:
        total += length + (separator if count else 0)
        if total > limit:
            break
        count += 1
    return count


def note_text(text: str) -> str | None:
    """Return what a note says, or None when the message is no note. A prefix is enough: a leak is the worst bug."""
    stripped = text.lstrip()
    lowered = stripped.lower()
    if lowered.startswith("/note@"):
        return stripped.partition(" ")[2].strip()
    for prefix in NOTE_PREFIXES:
        if lowered.startswith(prefix):
            return stripped[len(prefix) :].strip()
    return None


# ---- media -----------------------------------------------------------------------------------------------------


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
    """Return a message as the calls its channel needs: albums, captions where they fit, text in numbered parts."""
    words = text if caps.formatting else plain(text)
    groups = albums(media, caps.max_album)
    if not groups:
        return (
            [Piece(text=part) for part in number_parts(words, caps.max_text)] if words.text else []
        )
    if words.text and len(words.text) <= caps.max_caption:
        return [Piece(words, groups[0]), *(Piece(media=group) for group in groups[1:])]
    found = [Piece(media=group) for group in groups]
    if words.text.strip():
        found += [Piece(text=part) for part in number_parts(words, caps.max_text)]
    return found


def albums(media: Sequence[Media], size: int) -> list[tuple[Media, ...]]:
    """Return attachments in groups that may travel together: pictures and films with each other, others alone."""
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
    """Return attachments the members' side can show, and those of which only a line of words remains."""
    able: list[Media] = []
    words: list[Media] = []
    for item in media:
        limit = caps.max_upload.get(item.kind, 0)
        fits = (
            item.kind in caps.media and not item.unavailable and not (limit and item.size > limit)
        )
        (able if fits else words).append(item)
    return able, words


# ---- own messages that come back ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """A delivery that may be what came back."""

    delivery_id: UUID
    text: str
    created_at: datetime


def match_echo(text: str, at: datetime, candidates: Sequence[Candidate]) -> UUID | None:
    """Return the oldest delivery of the last ten minutes that says exactly this, or None."""
    wanted = normal(text)
    fitting = [
        c
        for c in candidates
        if normal(c.text) == wanted
        and c.created_at - timedelta(seconds=30) <= at + ECHO_WINDOW
        and at <= c.created_at + ECHO_WINDOW
    ]
    return min(fitting, key=lambda c: c.created_at).delivery_id if fitting else None


def normal(text: str) -> str:
    """Return the text as providers give it back: line ends and outer space are theirs to change."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))


# ---- titles ----------------------------------------------------------------------------------------------------


def title(icon: str, name: str, subject: str) -> str:
    """Return a topic's title: state, who, about what."""
    words = " · ".join(part for part in (name.strip(), subject.strip()) if part)
    full = f"{icon} {words}"
    return full if len(full) <= MAX_TITLE else full[: MAX_TITLE - 1].rstrip() + "…"


def title_slot(now: datetime, own: datetime | None, others: Sequence[datetime]) -> datetime:
    """Return when this topic's title may be edited: a minute after its last edit, three a minute in the group."""
    minute = timedelta(seconds=TITLE_EVERY_SECONDS)
    if own is not None and own > now:
        return own
    slot = max(now, own + minute) if own is not None else now
    for candidate in sorted([slot, *(t + minute for t in others)]):
        near = sum(1 for t in others if candidate - minute < t < candidate + minute)
        if candidate >= slot and near < TITLES_PER_MINUTE:
            return candidate
    return max([slot, *(t + minute for t in others)])
