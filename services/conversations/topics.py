"""Topics: opened with their card, addressed at the last moment, healed when they break.

The resolver runs inside the claim, which holds the lane's row: it reads and never locks a row of
ours, else it could wait for a transaction that waits for the lane. What must change is changed
where outcomes are settled. A topic is made under an order key of its own when it replaces another
one, because the messages that wait for it hold the conversation's key.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec

from services.connectors.errors import Reason
from services.connectors.messages import (
    Address,
    Outbound,
    OutboundMessage,
    Text,
    TopicCreate,
    TopicEdit,
)
from services.conversations import direct, places, queries, rules, topic_queries, words
from services.conversations.cards import Cards
from services.conversations.merging import Merging
from services.conversations.models import LinkState, Purpose
from services.conversations.policy import Policies
from services.conversations.queries import Place
from services.conversations.values import Post
from services.kit.clock import Clock
from services.kit.db import Record, Tx
from services.kit.i18n import t
from services.kit.ids import new_id
from services.outbox.models import Class, Delivery, Go, Hold, NewDelivery, State, Stop

TARGET = "topic"
HOLD_SECONDS = 5.0
CHANGING_SECONDS = 0.2
DESCRIBE_SECONDS = 1.5
NAMELESS_SECONDS = 0.2
LAST_MESSAGES = 10
MAX_HEALS = 3
STOPPED = {
    "kicked": Reason.KICKED,
    "no_rights": Reason.NO_RIGHTS,
    "chat_not_found": Reason.CHAT_NOT_FOUND,
}


def order_key(conversation_id: UUID) -> str:
    """Return the key of everything said in a conversation's topic."""
    return f"c:{conversation_id}"


def heal_key(conversation_id: UUID) -> str:
    """Return the key of what makes the topic usable again."""
    return f"h:{conversation_id}"


class Topics:
    """Opens, addresses and heals topics."""

    def __init__(
        self, outbox: Post, clock: Clock, policies: Policies, cards: Cards, merging: Merging
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._policies = policies
        self._cards = cards
        self._merging = merging

    # ---- opening ----------------------------------------------------------------------------

    async def open(self, tx: Tx, row: Record, *, restored: bool = False) -> Place:
        """Queue the topic and its card (`row`: PLACE). `restored`: it replaces one, so its past
        follows.
        """
        conversation_id, is_forum = row["conversation_id"], row["workspace_kind"] == "forum"
        link_id = new_id()
        state = LinkState.CREATING if is_forum else LinkState.LIVE
        link = (tx.tenant_id, link_id, conversation_id, row["workspace_id"], state)
        await tx.execute(topic_queries.NEW_LINK, *link)
        key = heal_key(conversation_id) if restored else order_key(conversation_id)
        to = Address(chat_id=row["chat_id"])
        if is_forum:
            name = rules.title(words.ICONS["answered"], row["person_name"], row["subject_title"])
            action = TopicCreate(to=to, name=name)
            self._add(tx, row, action, Purpose.TOPIC, f"topic:{link_id}", key)
        if not restored:
            await self._card(tx, row, link_id, key)
        return Place(
            conversation_id,
            row["bot_channel_id"],
            row["bot_provider"],
            row["chat_id"],
            "",
            str(state),
            row["workspace_id"],
            row["workspace_state"],
            row["workspace_kind"],
        )

    async def _card(self, tx: Tx, row: Record, link_id: UUID, key: str) -> None:
        action = await self._cards.build(
            tx, row["conversation_id"], Address(chat_id=row["chat_id"])
        )
        self._add(tx, row, action, Purpose.CARD, f"card:{link_id}", key)

    def _add(
        self, tx: Tx, row: Record, action: Outbound, purpose: Purpose, key: str, order: str
    ) -> None:
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=row["bot_channel_id"],
                action=action,
                idempotency_key=f"bridge:{key}",
                order_key=order,
                purpose=purpose,
                direction="in",
                target_kind=TARGET,
                target_id=row["workspace_id"],
                ref=row["conversation_id"],
                conversation_id=row["conversation_id"],
            ),
        )

    async def created(self, tx: Tx, delivery: Delivery, thread_id: str) -> None:
        """The topic exists: a first one is live, a replacement gets its past first."""
        row = await self._row(tx, delivery)
        if row is None or row["link_id"] is None:
            return
        restored = delivery.order_key == heal_key(row["conversation_id"])
        state = LinkState.RESTORING if restored else LinkState.LIVE
        await tx.execute(topic_queries.SET_LINK, tx.tenant_id, row["link_id"], state, thread_id)
        if isinstance(delivery.action, TopicCreate):
            await tx.execute(
                topic_queries.SHOWN, tx.tenant_id, row["conversation_id"], delivery.action.name
            )
        if restored:
            key = heal_key(row["conversation_id"])
            await self._card(tx, row, row["link_id"], key)
            await self._restore(tx, row, key)
            return
        self._outbox.wake(tx, row["bot_channel_id"], order_key(row["conversation_id"]))

    async def _restore(self, tx: Tx, row: Record, key: str) -> None:
        policy = await self._policies.of(tx)
        last = await tx.fetch(
            topic_queries.LAST, tx.tenant_id, row["conversation_id"], LAST_MESSAGES
        )
        if not last:  # its first topic was never made: the card is all it begins with
            return
        lines = [words.past_line(policy.locale, item) for item in last]
        text = rules.joined(
            [words.bold(t(policy.locale, "bridge.restored")), Text(text="\n".join(lines))]
        )
        short = Text(text=text.text[:4000], entities=text.entities)
        action = OutboundMessage(to=Address(chat_id=row["chat_id"]), text=short, silent=True)
        self._add(tx, row, action, Purpose.RESTORE, f"restore:{row['link_id']}", key)

    async def carded(self, tx: Tx, delivery: Delivery) -> None:
        """The card stands there (or cannot): without a past to follow, the topic is open."""
        if await tx.execute(topic_queries.CARDED, tx.tenant_id, delivery.conversation_id):
            row = await self._row(tx, delivery)
            if row is not None:
                self._outbox.wake(tx, row["bot_channel_id"], order_key(row["conversation_id"]))

    async def restored(self, tx: Tx, delivery: Delivery) -> None:
        """The past stands there (or cannot): what waits may follow."""
        row = await self._row(tx, delivery)
        if row is None or row["link_id"] is None:
            return
        await tx.execute(
            topic_queries.SET_LINK, tx.tenant_id, row["link_id"], LinkState.LIVE, None
        )
        self._outbox.wake(tx, row["bot_channel_id"], order_key(row["conversation_id"]))

    # ---- trouble ----------------------------------------------------------------------------

    async def missing(self, tx: Tx, conversation_id: UUID, thread_id: str | None) -> bool:
        """Replace the topic people deleted; False when that is done already, or was done too
        often.
        """
        if await tx.value(topic_queries.HEALS, tx.tenant_id, conversation_id) > MAX_HEALS:
            await self._mark_failed(tx, conversation_id)
            return False
        if not await tx.execute(topic_queries.RETIRE, tx.tenant_id, conversation_id, thread_id):
            return False
        row = await tx.row(queries.PLACE, tx.tenant_id, conversation_id)
        if row is None or row["workspace_id"] is None:
            return False
        await self.open(tx, row, restored=True)
        return True

    async def not_created(self, tx: Tx, delivery: Delivery) -> None:
        """The topic could not be made: what waits for it is parked with it, not forgotten."""
        if delivery.conversation_id is not None:
            await self._mark_failed(tx, delivery.conversation_id)
            self._outbox.wake(tx, delivery.channel_id, order_key(delivery.conversation_id))

    async def _mark_failed(self, tx: Tx, conversation_id: UUID) -> None:
        await tx.execute(
            "UPDATE topic_link SET state = 'failed', updated_at = now() "
            "WHERE tenant_id = $1 AND conversation_id = $2 AND is_current",
            tx.tenant_id,
            conversation_id,
        )

    async def closed(self, tx: Tx, delivery: Delivery) -> None:
        """Somebody closed the topic: open it, then let the messages in."""
        row = await self._row(tx, delivery)
        if row is None or row["link_state"] != LinkState.LIVE:
            return
        await tx.execute(
            topic_queries.SET_LINK, tx.tenant_id, row["link_id"], LinkState.CLOSED, None
        )
        to = Address(chat_id=row["chat_id"], thread_id=row["thread_id"])
        key = heal_key(row["conversation_id"])
        self._add(
            tx, row, TopicEdit(to=to, closed=False), Purpose.RESTORE, f"reopen:{new_id()}", key
        )

    async def _row(self, tx: Tx, delivery: Delivery) -> Record | None:
        return await tx.row(queries.PLACE, tx.tenant_id, delivery.conversation_id)

    # ---- addressing -------------------------------------------------------------------------

    async def resolve(self, tx: Tx, delivery: Delivery) -> Go | Hold | Stop:
        """Say where a delivery to the members' side goes now. Reads only."""
        found = await self._resolve(tx, delivery)
        if isinstance(found, Stop):
            places.forget(tx)
        return found

    async def _resolve(self, tx: Tx, delivery: Delivery) -> Go | Hold | Stop:
        row = await places.place_row(tx, delivery)
        if row is None or row["workspace_id"] is None:
            return Stop(State.SKIPPED, Reason.CHAT_NOT_FOUND)
        if row["workspace_state"] != "live":
            # Asked under a lock that the group's return waits for: what is parked by this claim
            # is seen by it. The claim itself never waits, its lane may be wanted by the other.
            state = await tx.value(topic_queries.STANDING, tx.tenant_id, row["workspace_id"])
            if state is None or state == "live":
                return Hold(CHANGING_SECONDS)
            reason = STOPPED.get(row["workspace_reason"], Reason.KICKED)
            return Stop(State.SKIPPED if delivery.cls is Class.COSMETIC else State.PARKED, reason)
        if delivery.purpose == Purpose.TOPIC:
            return await self._resolve_topic(delivery, row)
        if (
            delivery.purpose == Purpose.CARD
            and direct.is_one(row)
            and self._is_nameless(delivery, row)
        ):
            return Hold(NAMELESS_SECONDS)
        found = queries.place_of(row)
        first = delivery.purpose in (Purpose.CARD, Purpose.RESTORE)
        if found is not None and (found.live or (first and found.thread_id)):
            return await self._go(tx, delivery, found)
        return _not_yet(delivery, row["link_state"])

    async def _resolve_topic(self, delivery: Delivery, row: Record) -> Go | Hold:
        if self._is_nameless(delivery, row):
            return Hold(NAMELESS_SECONDS)
        name = rules.title(words.ICONS["answered"], row["person_name"], row["subject_title"])
        return Go(TopicCreate(to=Address(chat_id=row["chat_id"]), name=name))

    def _is_nameless(self, delivery: Delivery, row: Record) -> bool:
        """Say whether the provider may still tell soon who this is and what it is about."""
        age = self._clock.now() - delivery.created_at
        return row["described_at"] is None and age < timedelta(seconds=DESCRIBE_SECONDS)

    async def _go(self, tx: Tx, delivery: Delivery, found: Place) -> Go | Stop:
        to = Address(chat_id=found.chat_id, thread_id=found.thread_id)
        if delivery.purpose == Purpose.CARD:
            # the picture is often learnt after the card was queued: the first call tries
            photo = delivery.attempts == 1 or _has_photo(delivery)
            card = await self._cards.build(tx, found.conversation_id, to, with_photo=photo)
            return Go(card)
        action = msgspec.structs.replace(delivery.action, to=to)
        if delivery.purpose == Purpose.TO_TOPIC and isinstance(action, OutboundMessage):
            merged = await self._merging.merge(tx, found.provider, delivery, action)
            if found.workspace_kind != direct.FORUM:
                limit = self._merging.limit(found.provider, merged)
                merged = await direct.headed(tx, found, merged, await self._policies.of(tx), limit)
            return Go(merged)
        return Go(action)


def _has_photo(delivery: Delivery) -> bool:
    return isinstance(delivery.action, OutboundMessage) and bool(delivery.action.media)


def _not_yet(delivery: Delivery, link_state: str | None) -> Hold | Stop:
    if link_state == LinkState.FAILED or link_state is None:
        skipped = delivery.cls is Class.COSMETIC
        return Stop(State.SKIPPED if skipped else State.PARKED, Reason.TOPIC_MISSING)
    return Hold(HOLD_SECONDS)
