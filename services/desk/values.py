"""What the desk hands to pages and the API."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class View(StrEnum):
    """A saved filter of the list of dialogs."""

    WAITING = "waiting"
    MINE = "mine"
    ALL = "all"
    SNOOZED = "snoozed"
    CLOSED = "closed"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. `channels`: the accounts in their scope, None for all of the business. A
    machine's key is no person: it leads no dialog and keeps no drafts.
    """

    user_id: UUID
    name: str = ""
    channels: Collection[UUID] | None = None
    is_person: bool = True

    @property
    def scope(self) -> list[UUID] | None:
        """Return the scope as statements take it."""
        return None if self.channels is None else sorted(self.channels)

    def sees(self, channel_id: UUID) -> bool:
        """Say whether an account is in the scope."""
        return self.channels is None or channel_id in self.channels


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list. `query`: words of a name, an ad or a message; `cursor`: the page before."""

    view: View = View.WAITING
    query: str = ""
    channel_id: UUID | None = None
    assignee_id: UUID | None = None
    cursor: str = ""
    limit: int = 30


@dataclass(frozen=True, slots=True)
class Preview:
    """The newest message of a dialog, or the one a search found."""

    text: str
    kind: str
    author: str
    author_name: str
    is_note: bool
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Dialog:
    """A row of the list. `mark`: answered, soon, overdue, away, snoozed, closed or blocked;
    `answering`: colleagues of the viewer who write an answer at this moment.
    """

    id: UUID
    state: str
    mark: str
    person: str
    subject: str
    price: str
    channel_id: UUID
    provider: str
    channel: str
    assignee_id: UUID | None
    assignee: str
    waiting_since: datetime | None
    snoozed_until: datetime | None
    active_at: datetime | None
    preview: Preview | None
    answering: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Badges:
    """The numbers on tabs and views. `stuck`: messages that did not get through."""

    views: Mapping[View, int]
    stuck: int


@dataclass(frozen=True, slots=True)
class DialogPage:
    """One page. `cursor` "" when it is the last."""

    items: tuple[Dialog, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class File:
    """An attachment of a message. `state`: "remote" when its content can be asked for by (message,
    ordinal), else why not.
    """

    ordinal: int
    kind: str
    size: int
    state: str


@dataclass(frozen=True, slots=True)
class Item:
    """A message or note of a thread. `stuck`: deliveries of it that wait for a person."""

    id: UUID
    seq: int
    direction: str
    author: str
    author_id: UUID | None
    author_name: str
    is_note: bool
    kind: str
    text: str
    state: str
    reason: str
    is_repeat: bool
    at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    reply_to: UUID | None
    reply_text: str
    files: tuple[File, ...]
    stuck: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """A dialog with a page of its messages, oldest first. `before`: the seq to ask older ones by,
    None when these are the first; `topic_url` opens the topic in Telegram, "" without one.
    """

    dialog: Dialog
    items: tuple[Item, ...]
    before: int | None
    person_url: str
    subject_url: str
    topic_url: str
    draft: str
    version: str
    """Changes whenever anything above does: what a page that polls compares."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A delivery that waits for a person, with the words it carries."""

    id: UUID
    state: str
    reason: str
    direction: str
    provider: str
    channel_id: UUID
    channel: str
    conversation_id: UUID | None
    person: str
    text: str
    kind: str
    attempts: int
    created_at: datetime
    stuck_at: datetime


@dataclass(frozen=True, slots=True)
class StuckGroup:
    """How many wait for one reason."""

    reason: str
    state: str
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class StuckShare:
    """How many wait for one reason on one channel, going one way: what filters and sums of a page
    are made of, so that they cannot disagree.
    """

    reason: str
    state: str
    direction: str
    channel_id: UUID
    provider: str
    channel: str
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class StuckFilter:
    """Which of them. Empty: all in the caller's scope."""

    reason: str = ""
    state: str = ""
    channel_id: UUID | None = None
