"""The bridge as edges and the bootstrap see it. Every method runs inside a given transaction;
none calls a provider.

Subscriptions (`Conversations.subscriptions`): Message → receive, Edited → edited_there, Deleted
→ deleted_there,
Receipt → receipt; Settled → settle; resolver of target kind `topic` → resolve_topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.channels.view import ChannelView
from services.connectors.messages import Deleted, Edited, Message, Receipt
from services.connectors.registry import Registry
from services.contacts.service import Contacts
from services.conversations.acts import Acts
from services.conversations.albums import Albums
from services.conversations.answering import Answering
from services.conversations.assigning import Assigning
from services.conversations.away import Away
from services.conversations.canned import Canned
from services.conversations.cards import Cards
from services.conversations.changes import Changes
from services.conversations.commands import Commands
from services.conversations.corrections import Corrections
from services.conversations.echo import Echo
from services.conversations.groups import Groups
from services.conversations.inbound import Inbound
from services.conversations.journal import Journal
from services.conversations.ladder import Ladder
from services.conversations.linking import Fulfil, Linking
from services.conversations.links import Links
from services.conversations.marks import Marks
from services.conversations.members import Members
from services.conversations.merging import Merging
from services.conversations.outgoing import Outgoing
from services.conversations.people import Enquire, People
from services.conversations.policy import Policies
from services.conversations.presses import Presses
from services.conversations.quick import Quick
from services.conversations.redraw import Redraw
from services.conversations.refusals import Refusals
from services.conversations.replies import Replies
from services.conversations.settling import Settling
from services.conversations.subjects import Described, Subjects
from services.conversations.titles import Titles
from services.conversations.topics import Topics
from services.conversations.topside import Topside
from services.conversations.typing import Typings
from services.conversations.undoing import Undoing
from services.conversations.values import (
    Answered,
    AppAnswer,
    Author,
    ManagerMessage,
    Notices,
    Post,
    Press,
)
from services.conversations.workspaces import Workspaces
from services.inbox.models import Event
from services.inbox.shortcut import Shortcut
from services.kit.clock import Clock
from services.kit.crypto import Keyring
from services.kit.db import Tx
from services.outbox.brief import Brief
from services.outbox.models import Delivery, Go, Hold, Settled, Stop
from services.tenants.doors import Doors


class Conversations:
    """Buyers' chats in the members' Telegram, and back."""

    def __init__(
        self,
        outbox: Post,
        registry: Registry,
        *,
        keyring: Keyring,
        clock: Clock,
        contacts: Contacts,
        notices: Notices,
        enquire: Enquire | None = None,
        fulfil: Fulfil | None = None,
    ) -> None:
        doors = self.doors = Doors(clock)
        policies = self.policies = Policies(clock)
        cards = Cards(clock, policies, doors)
        marks, replies, links = Marks(outbox, doors), Replies(outbox), Links()
        self._merging = Merging(registry, keyring)
        topics = Topics(outbox, clock, policies, cards, self._merging)
        titles = self.titles = Titles(outbox, clock, policies)
        members = self.members = Members(replies)
        self.workspaces = Workspaces(outbox, notices)
        self.canned = Canned(replies)
        self.acts = Acts(outbox, clock, registry, replies, titles)
        redraw = Redraw(outbox, cards)
        self.assigning = Assigning(outbox, clock, policies, members, redraw=redraw, titles=titles)
        self.undoing = Undoing(self.acts, self.assigning)
        self.typings = Typings(outbox, clock, registry)
        self._topics, self._marks, self._replies = topics, marks, replies
        self._keyring = keyring
        topside = Topside(outbox, keyring, policies, topics, marks, links)
        self._settling = Settling(
            outbox, clock, policies, topics, marks, self.workspaces, links=links, topside=topside
        )
        self._quick = Quick(outbox, registry, policies, clock)
        self._inbound = Inbound(
            outbox, registry, keyring, policies, People(contacts, enquire), topics,
            echo=Echo(outbox, registry, keyring, self._settling.shown),
            away=Away(outbox, clock, registry), titles=titles, quick=self._quick,
        )  # fmt: skip
        self._changes = Changes(outbox, policies, marks)
        self._subjects = Subjects(outbox, redraw, titles)
        self.groups = Groups(outbox, self.workspaces, topics)
        self.journal = Journal(clock, policies)
        self._ladder = Ladder(outbox, clock, policies, members, titles, notices)
        self.refusals = Refusals(keyring, replies, links=fulfil is not None)
        self._members_side(outbox, registry, clock, fulfil)

    def _members_side(
        self, outbox: Post, registry: Registry, clock: Clock, fulfil: Fulfil | None
    ) -> None:
        """Build what takes members' words and presses."""
        policies, members, acts = self.policies, self.members, self.acts
        marks, replies, titles = self._marks, self._replies, self.titles
        commands = Commands(
            outbox, clock, registry, replies, members, acts,
            assigning=self.assigning, canned=self.canned,
        )  # fmt: skip
        outgoing = Outgoing(outbox)
        self._albums = Albums(outgoing, self._merging)
        self._answering = Answering(
            outbox, clock, registry, policies, members,
            outgoing=outgoing, albums=self._albums, marks=marks, titles=titles, acts=acts,
            commands=commands, keyring=self._keyring, refusals=self.refusals,
        )  # fmt: skip
        self.linking = Linking(clock, registry, policies, replies, self._answering, fulfil=fulfil)
        self._corrections = Corrections(outbox, registry, policies, replies)
        self._presses = Presses(
            outbox, policies, replies, members, marks, acts,
            assigning=self.assigning, corrections=self._corrections, linking=self.linking,
        )  # fmt: skip

    # ---- from the other side ----

    async def receive(self, tx: Tx, event: Event, message: Message) -> None:
        """Store a message once and queue what the members see of it."""
        await self._inbound.receive(tx, event, message)

    def shortly(self, event: Event, message: Message) -> Shortcut | None:
        """Return the one statement that does what `receive` would, where that is known."""
        return self._quick.plan(event, message)

    async def edited_there(self, tx: Tx, event: Event, edit: Edited) -> None:
        """Show the new text; the old one is kept as a revision."""
        await self._changes.edited(tx, event, edit)

    async def deleted_there(self, tx: Tx, event: Event, gone: Deleted) -> None:
        """Mark a message its author removed."""
        await self._changes.deleted(tx, event, gone)

    async def receipt(self, tx: Tx, event: Event, receipt: Receipt) -> None:
        """Raise the states of our messages and show it."""
        await self._changes.receipt(tx, event, receipt)

    async def confirm(self, tx: Tx, channel_id: UUID, external_ids: Sequence[str]) -> int:
        """The poller saw these messages in the provider's history."""
        return await self._changes.confirm(tx, channel_id, external_ids)

    async def doubt(self, tx: Tx, channel_id: UUID, external_ids: Sequence[str]) -> int:
        """Two polls did not show these messages: mark them in their topics."""
        return await self._changes.doubt(tx, channel_id, external_ids)

    async def describe(self, tx: Tx, channel_id: UUID, chat_id: str, found: Described) -> bool:
        """What the provider says about a chat: person and subject; the card and title follow."""
        return await self._subjects.describe(tx, channel_id, chat_id, found)

    # ---- from the members ----

    async def answer(self, tx: Tx, author: Author, message: ManagerMessage) -> Answered:
        """Relay, note, obey or refuse what was written in a topic."""
        return await self._answering.answer(tx, author, message)

    async def answer_from_app(self, tx: Tx, answer: AppAnswer) -> UUID:
        """Send an answer typed in the cabinet and show it in the topic. Raises NotFound,
        InvalidInput.
        """
        return await self._answering.from_app(tx, answer)

    async def edited(self, tx: Tx, author: Author, message: ManagerMessage) -> None:
        """A member edited a message in a topic."""
        await self._corrections.edited(tx, author, message)

    async def press(self, tx: Tx, author: Author, press: Press) -> None:
        """A button of ours was pressed."""
        await self._presses.press(tx, author, press)

    async def topic_event(
        self, tx: Tx, bot: ChannelView, chat_id: str, thread_id: str, kind: str
    ) -> None:
        """A topic was closed, reopened or renamed by hand."""
        await self.groups.topic_event(tx, bot, chat_id, thread_id, kind)

    # ---- the pipeline -----------------------------------------------------------------------

    async def settle(self, tx: Tx, settled: Settled) -> None:
        """Take note of a delivery's outcome."""
        await self._settling.settle(tx, settled)

    def brief(self, settled: Settled) -> Brief | None:
        """Return the one statement that does what `settle` would for an arrival, if there is."""
        return self._settling.brief(settled)

    async def resolve_topic(self, tx: Tx, delivery: Delivery) -> Go | Hold | Stop:
        """Say where a delivery to the members' side goes, just before its call."""
        found = await self._topics.resolve(tx, delivery)
        if isinstance(found, Go):
            return Go(await self._marks.newest(tx, delivery, found.action))
        return found

    async def resolve_album(self, tx: Tx, delivery: Delivery) -> Go | Stop:
        """Say what of an album goes in one call, just before it."""
        return await self._albums.resolve(tx, delivery)

    async def tick(self, tx: Tx) -> int:
        """Look at conversations whose moment has come (one tenant); return how many. Called each
        minute.
        """
        return await self._ladder.tick(tx)

    async def due_tenants(self, tx: Tx) -> list[UUID]:
        """Return tenants with something for `tick` (system transaction)."""
        return await self._ladder.due_tenants(tx)
