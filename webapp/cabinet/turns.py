"""A thread as bubbles: days apart, who wrote, what became of it, what one may do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from services.connectors.messages import MediaKind
from services.desk.values import Item, Thread
from webapp.cabinet.words import MARKS, provider, reason
from webapp.speech import Speech

SIDES = {"in": "in", "out": "out"}
PICTURES = frozenset({MediaKind.IMAGE, MediaKind.STICKER})
SOUNDS = frozenset({MediaKind.VOICE, MediaKind.AUDIO})
IN_DOUBT = frozenset({"failed", "unknown", "bounced"})


@dataclass(frozen=True, slots=True)
class Shown:
    """An attachment with its link, "" where only its kind is known."""

    kind: str
    url: str
    name: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One bubble. `day`: a heading before it, "" where the day goes on."""

    item: Item
    day: str
    side: str
    who: str
    mark: str
    reason: str
    text: str
    picture: Shown | None
    sound: Shown | None
    file: Shown | None


def turns(s: Speech, thread: Thread, links: Mapping[tuple[UUID, int], str]) -> list[Turn]:
    """Return the bubbles of a thread, oldest first."""
    return list(_turns(s, thread, links))


def _turns(s: Speech, thread: Thread, links: Mapping[tuple[UUID, int], str]) -> Iterator[Turn]:
    channel = provider(s, thread.dialog.provider)
    last = ""
    for item in thread.items:
        day = s.day(item.at)
        yield _turn(s, item, "" if day == last else day, channel, links)
        last = day


def _turn(
    s: Speech, item: Item, day: str, channel: str, links: Mapping[tuple[UUID, int], str]
) -> Turn:
    files = [
        Shown(file.kind, links.get((item.id, file.ordinal), ""), s.t(f"bridge.media.{file.kind}"))
        for file in item.files
    ]
    return Turn(
        item=item,
        day=day,
        side=_side(item),
        who=item.author_name if item.direction == "out" else "",
        mark=MARKS.get(item.state, "") if item.direction == "out" and not item.is_note else "",
        reason=_why(s, item, channel),
        text=_text(s, item, files),
        picture=_first(files, PICTURES),
        sound=_first(files, SOUNDS),
        file=_first(files, frozenset(MediaKind) - PICTURES - SOUNDS),
    )


def _side(item: Item) -> str:
    if item.is_note:
        return "note"
    if item.direction == "out" and item.author == "app":
        return "away"
    return SIDES.get(item.direction, "in")


def _why(s: Speech, item: Item, channel: str) -> str:
    if item.state not in IN_DOUBT:
        return s.t("dialogs.repeat") if item.is_repeat else ""
    if item.state == "unknown":
        return s.t("dialogs.unknown", channel=channel)
    return reason(s, item.reason, channel)


def _text(s: Speech, item: Item, files: list[Shown]) -> str:
    """Return the words; what cannot be opened here is named instead, what is gone is told."""
    if item.text or any(file.url for file in files):
        return item.text
    kinds = [file.name for file in files] or [s.t(f"bridge.media.{item.kind}")]
    return " · ".join(kinds) if item.kind != "text" or files else s.t("work.erased")


def _first(files: list[Shown], kinds: frozenset[MediaKind]) -> Shown | None:
    return next((file for file in files if file.url and MediaKind(file.kind) in kinds), None)
