"""Decisions of the bridge. Pure: no await, no query, no clock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.connectors.messages import Entity, Text
from services.conversations.models import MessageState

RANKS = {
    MessageState.QUEUED: 0,
    MessageState.DROPPED: 1,
    MessageState.FAILED: 1,
    MessageState.UNKNOWN: 1,
    MessageState.SENT: 2,
    MessageState.DELIVERED: 3,
    MessageState.READ: 4,
    MessageState.BOUNCED: 5,
}
"""A failed or unknown message may be sent after all; what was sent never becomes less, but the
provider's later word that it was not delivered outranks all (RELIABILITY I12).
"""

MARKS = {
    MessageState.QUEUED: "✍",
    MessageState.SENT: "👌",
    MessageState.DELIVERED: "👌",
    MessageState.READ: "👀",
    MessageState.FAILED: "💔",
    MessageState.UNKNOWN: "💔",
    MessageState.BOUNCED: "💔",
}
ECHO_WINDOW = timedelta(minutes=10)
QUEUED_AFTER_SECONDS = 3.0
DELAYED_AFTER_SECONDS = 120.0
NOTE_PREFIXES = ("//", "#", "/note")
TITLE_EVERY_SECONDS = 60
TITLES_PER_MINUTE = 3
MAX_TITLE = 128
MAX_URL = 500
WEB = re.compile(r"https?://[^\x00-\x20\x7f/?#@\\]+(?:[/?#][^\x00-\x20\x7f]*)?\Z", re.IGNORECASE)
"""Names a host and nobody before it; no blanks, no control characters."""


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


# ---- text ----------------------------------------------------------------------------------


def split_text(text: Text, limit: int) -> list[Text]:
    """Return the text in parts of at most `limit` characters; together they are the text.

    Not a character is lost or added. Cuts fall after a paragraph, a line or a word where one ends
    in the second half of the part.
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
    """Return the text for a channel without formatting; the address of a hidden link follows its
    words.
    """
    out, at = [], 0
    for entity in sorted(text.entities, key=lambda e: e.offset + e.length):
        end = entity.offset + entity.length
        if entity.kind == "link" and entity.url and entity.url not in text.text and end >= at:
            out.append(f"{text.text[at:end]} ({entity.url})")
            at = end
    out.append(text.text[at:])
    return Text(text="".join(out))


def note_text(text: str) -> str | None:
    """Return what a note says, or None when the message is no note. A prefix is enough: a leak is
    the worst bug.
    """
    stripped = text.lstrip()
    lowered = stripped.lower()
    if lowered.startswith("/note@"):
        return stripped.partition(" ")[2].strip()
    for prefix in NOTE_PREFIXES:
        if lowered.startswith(prefix):
            return stripped[len(prefix) :].strip()
    return None


# ---- own messages that come back
# ---------------------------------------------------------------------------------


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
    """Return the text as providers give it back: line ends and outer space may change there."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))


def web_link(url: str) -> str:
    """Return an address a page may lead to, "" for any other: providers pass on what people wrote,
    and a link can carry a script as well as a place.
    """
    return url[:MAX_URL] if WEB.match(url) else ""


# ---- titles --------------------------------------------------------------------------------


def title(icon: str, name: str, subject: str) -> str:
    """Return a topic's title: state, who, about what."""
    words = " · ".join(part for part in (name.strip(), subject.strip()) if part)
    full = f"{icon} {words}"
    return full if len(full) <= MAX_TITLE else full[: MAX_TITLE - 1].rstrip() + "…"


def title_slot(now: datetime, own: datetime | None, others: Sequence[datetime]) -> datetime:
    """Return when this topic's title may be edited: a minute after its last edit, three a minute
    in the group.
    """
    minute = timedelta(seconds=TITLE_EVERY_SECONDS)
    if own is not None and own > now:
        return own
    slot = max(now, own + minute) if own is not None else now
    for candidate in sorted([slot, *(t + minute for t in others)]):
        near = sum(1 for t in others if candidate - minute < t < candidate + minute)
        if candidate >= slot and near < TITLES_PER_MINUTE:
            return candidate
    return max([slot, *(t + minute for t in others)])
