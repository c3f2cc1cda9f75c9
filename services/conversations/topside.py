"""Outcomes of what was sent to the members' side: messages, topics, cards."""

from __future__ import annotations

import msgspec

from services.connectors.errors import Reason, Rejected
from services.connectors.messages import (
    Address,
    Media,
    OutboundMessage,
    Pin,
    Text,
    encode_outbound,
)
from services.conversations import rules, words
from services.conversations.links import Links, address_of
from services.conversations.marks import Marks
from services.conversations.models import Purpose
from services.conversations.policy import Policies
from services.conversations.topics import TARGET, Topics
from services.conversations.values import Post
from services.kit.crypto import Keyring
from services.kit.db import Tx
from services.outbox.models import Class, Delivery, NewDelivery, Settled, State

UNSHOWABLE = {Reason.MEDIA_GONE, Reason.TOO_BIG, Reason.UNSUPPORTED, Reason.BAD_REQUEST}


REWRITE = "UPDATE delivery SET action = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'retry'"


class Topside:
    """Settles the members' side."""

    def __init__(
        self,
        outbox: Post,
        keyring: Keyring,
        policies: Policies,
        topics: Topics,
        marks: Marks,
        links: Links,
    ) -> None:
        self._outbox = outbox
        self._keyring = keyring
        self._policies = policies
        self._topics = topics
        self._marks = marks
        self._links = links

    # ---------------------------------------------------------------------------------

    async def to_topic(self, tx: Tx, settled: Settled) -> None:
        """A message stands in its topic, or its attachment cannot: then words take its place."""
        delivery, action = settled.delivery, settled.delivery.action
        if settled.state is State.SENT:
            await self._links.link(tx, settled, "topic")
        elif _is_refused(settled) and isinstance(action, OutboundMessage) and action.media:
            await self._words_instead(tx, settled, delivery, action)

    async def _words_instead(
        self, tx: Tx, settled: Settled, delivery: Delivery, action: OutboundMessage
    ) -> None:
        """What cannot be shown leaves a line of words: a message is never lost."""
        policy = await self._policies.of(tx)
        row = await self._marks.find(tx, delivery.ref) if delivery.ref else None
        channel = words.provider_name(policy.locale, row["provider"]) if row else ""
        link = row["subject_url"] if row else ""
        media = [_sized(item, settled) for item in action.media]
        lines = [words.placeholder(policy.locale, item, link, channel) for item in media]
        parts = [part for part in (action.text, *(Text(text=line) for line in lines)) if part.text]
        text = rules.joined(parts, "\n")
        await self._instead(tx, settled, msgspec.structs.replace(action, text=text, media=()))

    async def _instead(self, tx: Tx, settled: Settled, action: OutboundMessage) -> None:
        """Put this in the delivery's place: in the row itself while it waits for its next try."""
        delivery = settled.delivery
        if settled.state is State.RETRY:
            keys = await self._keyring.of(delivery.tenant_id)
            sealed = keys.seal("delivery:action", delivery.id, encode_outbound(action))
            await tx.execute(REWRITE, tx.tenant_id, delivery.id, sealed)
            return
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=delivery.channel_id,
                action=action,
                idempotency_key=f"bridge:{delivery.id}:words",
                order_key=delivery.order_key,
                purpose=delivery.purpose,
                direction=delivery.direction,
                target_kind=delivery.target_kind,
                target_id=delivery.target_id,
                ref=delivery.ref,
                conversation_id=delivery.conversation_id,
            ),
        )

    async def topic(self, tx: Tx, settled: Settled) -> None:
        """A topic was made, or cannot be."""
        if settled.state is State.SENT and settled.sent is not None:
            thread = settled.sent.external_id or settled.sent.thread_id
            await self._topics.created(tx, settled.delivery, thread)
        elif settled.state is not State.RETRY and settled.error is not None:
            await self._topics.not_created(tx, settled.delivery)

    async def card(self, tx: Tx, settled: Settled) -> None:
        """The card stands there: pin it; without its photo if that is the trouble."""
        delivery = settled.delivery
        if settled.state is State.SENT and settled.sent is not None:
            await self._pin(tx, delivery, settled.sent.external_id)
            await self._topics.carded(tx, delivery)
            return
        action = delivery.action
        if _is_refused(settled) and isinstance(action, OutboundMessage) and action.media:
            await self._instead(tx, settled, msgspec.structs.replace(action, media=()))
        elif settled.state is not State.RETRY and settled.error is not None:
            await self._topics.carded(tx, delivery)

    async def _pin(self, tx: Tx, delivery: Delivery, card_id: str) -> None:
        await tx.execute(
            "UPDATE topic_link SET card_id = $3, card_has_photo = $4 "
            "WHERE tenant_id = $1 AND conversation_id = $2 AND is_current",
            tx.tenant_id,
            delivery.conversation_id,
            card_id,
            isinstance(delivery.action, OutboundMessage) and bool(delivery.action.media),
        )
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=delivery.channel_id,
                action=Pin(to=Address(chat_id=address_of(delivery).chat_id), external_id=card_id),
                idempotency_key=f"bridge:pin:{delivery.id}",
                order_key=f"p:{delivery.conversation_id}",
                purpose=Purpose.COSMETIC,
                cls=Class.COSMETIC,
                direction="in",
                target_kind=TARGET,
                target_id=delivery.target_id,
                conversation_id=delivery.conversation_id,
            ),
        )

    async def restore(self, tx: Tx, settled: Settled) -> None:
        """What a new topic begins with is there."""
        if settled.state is not State.RETRY and (
            settled.error is not None or settled.sent is not None
        ):
            await self._topics.restored(tx, settled.delivery)


def _is_refused(settled: Settled) -> bool:
    """Say whether the other side will not take this attachment."""
    is_over = settled.state in (State.PARKED, State.RETRY)
    return is_over and settled.error is not None and settled.reason in UNSHOWABLE


def _sized(media: Media, settled: Settled) -> Media:
    """Return the attachment with the size that only its refusal told."""
    size = settled.error.size if isinstance(settled.error, Rejected) else 0
    return media if media.size or not size else msgspec.structs.replace(media, size=size)
