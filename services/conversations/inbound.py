"""From the other side to the members: stored once, shown once, in the order of the conversation.

A message of a known chat with a living topic costs one statement here and one for its delivery.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from services.channels.view import ChannelView
from services.connectors.base import Capabilities, Connector
from services.connectors.messages import Address, Message, OutboundMessage, Text, TopicEdit
from services.connectors.registry import Registry
from services.conversations import carrying, hours, queries, rules, words
from services.conversations.attaching import attach
from services.conversations.away import Away
from services.conversations.echo import Echo
from services.conversations.models import ConversationState, LinkState, Purpose
from services.conversations.people import People
from services.conversations.policy import Policies, Policy
from services.conversations.queries import Place
from services.conversations.quick import Quick
from services.conversations.received import row_of, shown
from services.conversations.titles import Titles
from services.conversations.topics import TARGET, Topics, order_key
from services.conversations.values import Post
from services.inbox.models import Event
from services.kit.crypto import Keyring
from services.kit.db import Record, Tx
from services.kit.i18n import t
from services.kit.ids import new_id
from services.outbox.models import NewDelivery

ALBUM_SECONDS = 0.7


class Inbound:
    """Receives."""

    def __init__(  # noqa: PLR0913 - it lists exactly what it needs
        self,
        outbox: Post,
        registry: Registry,
        keyring: Keyring,
        policies: Policies,
        people: People,
        topics: Topics,
        *,
        echo: Echo,
        away: Away,
        titles: Titles,
        quick: Quick,
    ) -> None:
        self._outbox = outbox
        self._registry = registry
        self._keyring = keyring
        self._policies = policies
        self._people = people
        self._topics = topics
        self._echo = echo
        self._away = away
        self._titles = titles
        self._quick = quick

    async def receive(self, tx: Tx, event: Event, message: Message) -> None:
        """Store a message and queue what the members see of it; a known one ends here without a
        word.
        """
        if message.sender.own and await self._echo.known(tx, event.channel, message):
            return
        policy = await self._policies.of(tx)
        message_id = new_id()
        row = await self._store(tx, event, message, message_id, policy)
        if row is None:
            await self._people.open(tx, event.channel, message)
            row = await self._store(tx, event, message, message_id, policy)
        if row is None or not row["fresh"]:
            return
        if message.media:
            origin = str(event.channel.id)
            media = tuple(msgspec.structs.replace(item, origin=origin) for item in message.media)
            message = msgspec.structs.replace(message, media=media)
            await attach(tx, self._keyring, message_id, media)
        if row["state_before"] == ConversationState.SPAM:
            return
        await self._show(tx, event.channel, message, message_id, row, policy)
        if _changes_title(message, row, policy):
            await self._titles.refresh(tx, row["conversation_id"])
        await self._away.maybe(tx, event.channel, message, row, policy)

    async def _store(
        self, tx: Tx, event: Event, message: Message, message_id: UUID, policy: Policy
    ) -> Record | None:
        caps = self._caps(event.channel)
        args = row_of(caps, event, message, message_id, policy)
        return await tx.row(queries.RECEIVE, tx.tenant_id, *args)

    def _caps(self, channel: ChannelView) -> Capabilities:
        return self._registry[channel.provider].capabilities

    # ---- what the members see ----

    async def _show(
        self,
        tx: Tx,
        channel: ChannelView,
        message: Message,
        message_id: UUID,
        row: Record,
        policy: Policy,
    ) -> None:
        place = queries.place_of(row)
        if place is None:
            place = await self._open(tx, row["conversation_id"], is_first=row["seq"] == 1)
        if place is None:
            return  # no workspace serves this channel yet: the message comes with the topic
        self._quick.learn(channel.id, message.chat_id, place)
        if row["state_before"] in (ConversationState.CLOSED, ConversationState.SNOOZED):
            self._reopen(tx, place, row["state_before"])
        text = self._worded(channel, message, row, policy)
        pieces = self._pieces(message, text, place, channel, policy)
        for number, piece in enumerate(pieces):
            action = OutboundMessage(
                to=Address(chat_id=place.chat_id, thread_id=place.thread_id if place.live else ""),
                text=piece.text,
                media=piece.media,
                reply_to=(row["reply_remote"] or "") if number == 0 else "",
            )
            delay = ALBUM_SECONDS if message.group_id else 0.0
            self._outbox.add(tx, shown(place, action, message_id, number, delay))

    async def _open(self, tx: Tx, conversation_id: UUID, *, is_first: bool) -> Place | None:
        row = await tx.row(queries.PLACE, tx.tenant_id, conversation_id)
        if (
            row is not None
            and row["workspace_id"] is None
            and await self._people.adopt(tx, conversation_id)
        ):
            row = await tx.row(queries.PLACE, tx.tenant_id, conversation_id)
        if row is None or row["workspace_id"] is None:
            return None
        if row["link_state"] is not None:
            return queries.place_of(row)
        return await self._topics.open(tx, row, restored=not is_first)

    def _reopen(self, tx: Tx, place: Place, before: str) -> None:
        if before != ConversationState.CLOSED or place.workspace_kind != "forum" or not place.live:
            return
        to = Address(chat_id=place.chat_id, thread_id=place.thread_id)
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=place.bot_id,
                action=TopicEdit(to=to, closed=False),
                idempotency_key=f"bridge:reopen:{new_id()}",
                order_key=order_key(place.conversation_id),
                purpose=Purpose.SERVICE,
                direction="in",
                target_kind=TARGET,
                target_id=place.workspace_id,
                conversation_id=place.conversation_id,
            ),
        )

    def _worded(self, channel: ChannelView, message: Message, row: Record, policy: Policy) -> Text:
        source = words.provider_name(policy.locale, channel.provider)
        text = message.text
        if message.system:
            text = rules.prefixed(
                t(policy.locale, "bridge.from.system", channel=source) + "\n", text, "italic"
            )
        elif message.sender.own:
            text = rules.prefixed(
                t(policy.locale, "bridge.from.app", channel=source) + "\n", text, "bold"
            )
        if row["late"] and not message.sender.own:
            late = t(policy.locale, "bridge.late", at=words.clock_time(message.at, policy.zone))
            text = rules.prefixed(late + "\n", text, "italic")
        return text

    def _pieces(
        self, message: Message, text: Text, place: Place, channel: ChannelView, policy: Policy
    ) -> list[carrying.Piece]:
        caps = self._registry_of(place).capabilities
        able, lines = carrying.carried(message.media, caps)
        link = message.subject.url if message.subject else ""
        source = words.provider_name(policy.locale, channel.provider)
        said = [words.placeholder(policy.locale, item, link, source) for item in lines]
        full = rules.joined(
            [part for part in (text, *(Text(text=line) for line in said)) if part.text], "\n"
        )
        return carrying.pieces(full, able, caps)

    def _registry_of(self, place: Place) -> Connector:
        return self._registry[place.provider]

    async def backlog(self, tx: Tx, conversation_id: UUID) -> Place | None:
        """Open the topic of a conversation that has none, its past in it (a workspace was
        attached later).
        """
        row = await tx.row(queries.PLACE, tx.tenant_id, conversation_id)
        if (
            row is None
            or row["workspace_id"] is None
            or row["link_state"] not in (None, LinkState.FAILED)
        ):
            return None
        return await self._topics.open(tx, row, restored=True)


def _changes_title(message: Message, row: Record, policy: Policy) -> bool:
    """Say whether the topic's title may be wrong now; a first waiting message within hours never
    changes it.
    """
    before = row["state_before"]
    if before in (ConversationState.CLOSED, ConversationState.SNOOZED) or message.sender.own:
        return bool(row["seq"] > 1)
    return not row["waited"] and not hours.is_open(policy.calendar, message.at)
