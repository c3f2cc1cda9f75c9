"""What outcomes of deliveries mean for the bridge. Runs in the transaction that records the outcome.

A delivery stopped by the resolver (no error) is settled inside the claim: nothing of ours is locked for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec

from services.connectors.errors import DestinationMoved, Reason
from services.connectors.messages import Address, OutboundMessage, Pin, Text
from services.conversations import rules, words
from services.conversations.echo import Shown
from services.conversations.marks import Marks
from services.conversations.models import MessageState, Purpose
from services.conversations.policy import Policies
from services.conversations.topics import TARGET, Topics
from services.conversations.values import Post
from services.conversations.workspaces import Workspaces
from services.kit.clock import Clock
from services.kit.db import Record, Tx
from services.kit.i18n import t
from services.kit.ids import new_id
from services.outbox.models import Class, Delivery, NewDelivery, Settled, State

LOST = {Reason.KICKED, Reason.NO_RIGHTS, Reason.CHAT_NOT_FOUND, Reason.BLOCKED}
UNSHOWABLE = {Reason.MEDIA_GONE, Reason.TOO_BIG, Reason.UNSUPPORTED, Reason.BAD_REQUEST}

LINK = """
INSERT INTO message_link (tenant_id, message_id, side, ordinal, channel_id, chat_id, remote_id, delivery_id)
SELECT $1, m.id, $3::text, coalesce((SELECT max(ordinal) FROM message_link o WHERE o.tenant_id = $1 AND o.message_id = m.id
    AND o.side = $3::text), -1) + p.n, $4, $5, p.id, $6::uuid
FROM (SELECT $2::uuid AS id UNION
      SELECT d.ref FROM delivery d WHERE $7::uuid IS NOT NULL AND d.tenant_id = $1 AND d.conversation_id = $7
        AND d.created_at >= $8 AND d.reason = 'superseded' AND d.detail = $6::uuid::text) AS r
JOIN message m ON m.tenant_id = $1 AND m.id = r.id
CROSS JOIN unnest($9::text[]) WITH ORDINALITY AS p(id, n)
ON CONFLICT DO NOTHING
"""
LEFT = """
SELECT count(*) FROM delivery WHERE tenant_id = $1 AND ref = $2 AND purpose = 'to_buyer' AND id <> $3
  AND state NOT IN ('sent', 'delivered', 'read', 'skipped')
"""


class Settling:
    """Settles."""

    def __init__(
        self,
        outbox: Post,
        clock: Clock,
        policies: Policies,
        topics: Topics,
        marks: Marks,
        workspaces: Workspaces,
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._policies = policies
        self._topics = topics
        self._marks = marks
        self._workspaces = workspaces
        self._by_purpose: dict[str, Callable[[Tx, Settled], Awaitable[None]]] = {
            Purpose.TO_TOPIC: self._to_topic,
            Purpose.TO_BUYER: self._to_buyer,
            Purpose.TOPIC: self._topic,
            Purpose.CARD: self._card,
            Purpose.RESTORE: self._restore,
            Purpose.MARK: self._mark,
            Purpose.SERVICE: self._service,
            Purpose.UNSEND: self._unsend,
        }

    async def settle(self, tx: Tx, settled: Settled) -> None:
        """Take note of an outcome; deliveries of other features pass by."""
        delivery = settled.delivery
        if delivery.target_kind == TARGET:
            if isinstance(settled.error, DestinationMoved):
                old = _address(delivery).chat_id
                await self._workspaces.migrated(
                    tx, delivery.channel_id, old, settled.error.new_chat_id
                )
            if await self._healed(tx, settled):
                return
        work = self._by_purpose.get(delivery.purpose)
        if work is not None:
            await work(tx, settled)

    async def _healed(self, tx: Tx, settled: Settled) -> bool:
        delivery = settled.delivery
        if delivery.conversation_id is None or settled.error is None:
            return False
        if settled.reason is Reason.TOPIC_MISSING:
            await self._topics.missing(
                tx, delivery.conversation_id, _address(delivery).thread_id or None
            )
            return settled.state is State.RETRY
        if settled.reason is Reason.TOPIC_CLOSED and settled.state is State.RETRY:
            await self._topics.closed(tx, delivery)
            return True
        if (
            settled.reason in LOST
            and settled.state is State.PARKED
            and delivery.cls is not Class.COSMETIC
        ):
            await self._workspaces.lost(
                tx, delivery.channel_id, _address(delivery).chat_id, settled.reason
            )
        return False

    # ---- towards the members ---------------------------------------------------------------------------------

    async def _to_topic(self, tx: Tx, settled: Settled) -> None:
        delivery = settled.delivery
        if settled.state is State.SENT:
            await self._link(tx, settled, "topic")
            return
        is_refused = settled.state is State.PARKED and settled.error is not None
        action = delivery.action
        if (
            not is_refused
            or settled.reason not in UNSHOWABLE
            or not isinstance(action, OutboundMessage)
        ):
            return
        if action.media:
            await self._without_media(tx, delivery, action)

    async def _without_media(self, tx: Tx, delivery: Delivery, action: OutboundMessage) -> None:
        """What cannot be shown leaves a line of words: a message is never lost."""
        policy = await self._policies.of(tx)
        row = await self._marks.find(tx, delivery.ref) if delivery.ref else None
        channel = (row["channel_title"] or row["channel_name"]) if row else ""
        lines = [
            words.placeholder(policy.locale, item, item.url, channel) for item in action.media
        ]
        parts = [part for part in (action.text, *(Text(text=line) for line in lines)) if part.text]
        text = rules.joined(parts, "\n")
        self._again(tx, delivery, msgspec.structs.replace(action, text=text, media=()), "words")

    def _again(self, tx: Tx, delivery: Delivery, action: OutboundMessage, suffix: str) -> None:
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=delivery.channel_id,
                action=action,
                idempotency_key=f"bridge:{delivery.id}:{suffix}",
                order_key=delivery.order_key,
                purpose=delivery.purpose,
                direction=delivery.direction,
                target_kind=delivery.target_kind,
                target_id=delivery.target_id,
                ref=delivery.ref,
                conversation_id=delivery.conversation_id,
            ),
        )

    async def _link(self, tx: Tx, settled: Settled, side: str) -> None:
        delivery, sent = settled.delivery, settled.sent
        if delivery.ref is None or sent is None:
            return
        parts = list(sent.parts or ((sent.external_id,) if sent.external_id else ()))
        chat = _address(delivery).chat_id
        if isinstance(settled.error, DestinationMoved):
            chat = settled.error.new_chat_id
        together = delivery.conversation_id if side == "topic" else None
        await tx.execute(
            LINK, tx.tenant_id, delivery.ref, side, delivery.channel_id, chat, delivery.id, together,
            delivery.created_at, parts,
        )  # fmt: skip

    async def _topic(self, tx: Tx, settled: Settled) -> None:
        if settled.state is State.SENT and settled.sent is not None:
            thread = settled.sent.external_id or settled.sent.thread_id
            await self._topics.created(tx, settled.delivery, thread)
        elif settled.state is not State.RETRY and settled.error is not None:
            await self._topics.not_created(tx, settled.delivery)

    async def _card(self, tx: Tx, settled: Settled) -> None:
        delivery = settled.delivery
        if settled.state is State.SENT and settled.sent is not None:
            await self._pin(tx, delivery, settled.sent.external_id)
            return
        action = delivery.action
        refused = (
            settled.state is State.PARKED
            and settled.reason in UNSHOWABLE
            and settled.error is not None
        )
        if refused and isinstance(action, OutboundMessage) and action.media:
            self._again(tx, delivery, msgspec.structs.replace(action, media=()), "plain")

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
                action=Pin(to=Address(chat_id=_address(delivery).chat_id), external_id=card_id),
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

    async def _restore(self, tx: Tx, settled: Settled) -> None:
        if settled.state is not State.RETRY and (
            settled.error is not None or settled.sent is not None
        ):
            await self._topics.restored(tx, settled.delivery)

    # ---- towards the other side ------------------------------------------------------------------------------

    async def _to_buyer(self, tx: Tx, settled: Settled) -> None:
        delivery = settled.delivery
        if delivery.ref is None:
            return
        match settled.state:
            case State.SENT | State.DELIVERED | State.READ:
                await self._link(tx, settled, "channel")
                if not await tx.value(LEFT, tx.tenant_id, delivery.ref, delivery.id):
                    await self._arrived(tx, delivery.ref)
            case State.RETRY:
                await self._delayed(tx, settled)
            case State.PARKED:
                await self._not_arrived(tx, settled, MessageState.FAILED)
            case State.UNKNOWN:
                await self._not_arrived(tx, settled, MessageState.UNKNOWN)
            case _:
                return

    async def shown(self, tx: Tx, shown: Shown) -> None:
        """A delivery whose answer never came is seen on the other side: it has arrived."""
        if shown.ref is None:
            return
        message = shown.message
        await tx.execute(
            LINK, tx.tenant_id, shown.ref, "channel", shown.channel_id, message.chat_id, shown.delivery_id, None,
            message.at, [message.external_id],
        )  # fmt: skip
        if not await tx.value(LEFT, tx.tenant_id, shown.ref, shown.delivery_id):
            await self._arrived(tx, shown.ref)

    async def _arrived(self, tx: Tx, message_id: UUID) -> None:
        policy = await self._policies.of(tx)
        for row in await self._marks.rise(tx, [message_id], MessageState.SENT):
            self._marks.show(tx, row, MessageState.SENT)
            if row["service_id"] or not row["reacts"]:
                self._marks.say(
                    tx, row, f"sent:{new_id()}", Text(text=t(policy.locale, "bridge.sent"))
                )

    async def _delayed(self, tx: Tx, settled: Settled) -> None:
        age = (self._clock.now() - settled.delivery.created_at).total_seconds()
        if age < rules.DELAYED_AFTER_SECONDS or settled.delivery.ref is None:
            return
        row = await self._marks.find(tx, settled.delivery.ref)
        if row is None or row["service_id"] or row["state"] != MessageState.QUEUED:
            return
        policy = await self._policies.of(tx)
        text = t(policy.locale, "bridge.delayed", channel=_channel(row))
        self._marks.say(tx, row, "delayed", Text(text=text))

    async def _not_arrived(self, tx: Tx, settled: Settled, state: MessageState) -> None:
        delivery = settled.delivery
        assert delivery.ref is not None  # noqa: S101 - looked at by the caller
        policy = await self._policies.of(tx)
        reason = str(settled.reason or "")
        for row in await self._marks.rise(tx, [delivery.ref], state, reason):
            self._marks.show(tx, row, state)
            told = (
                words.failed(policy.locale, reason, _channel(row))
                if state is MessageState.FAILED
                else words.unknown(policy.locale, _channel(row))
            )
            buttons = words.failed_buttons(policy.locale, row["id"])
            self._marks.say(tx, row, f"failed:{delivery.id}:{delivery.attempts}", told, buttons)

    # ---- marks -----------------------------------------------------------------------------------------------

    async def _mark(self, tx: Tx, settled: Settled) -> None:
        """A group without reactions: remember it, and say the state in one reply that is edited."""
        if settled.state is not State.PARKED or settled.reason is not Reason.BAD_REQUEST:
            return
        delivery = settled.delivery
        if delivery.ref is None or settled.error is None:
            return
        await self._workspaces.without_reactions(tx, delivery.target_id)
        row = await self._marks.find(tx, delivery.ref)
        if row is not None and row["state"] in (
            MessageState.QUEUED,
            MessageState.SENT,
            MessageState.READ,
        ):
            policy = await self._policies.of(tx)
            text = t(policy.locale, f"bridge.{row['state']}")
            self._marks.say(tx, row, f"{row['state']}:{delivery.id}", Text(text=text))

    async def _service(self, tx: Tx, settled: Settled) -> None:
        delivery, sent = settled.delivery, settled.sent
        if (
            settled.state is not State.SENT
            or sent is None
            or not isinstance(delivery.action, OutboundMessage)
        ):
            return
        await tx.execute(
            "UPDATE message SET service_id = $3 WHERE tenant_id = $1 AND id = $2",
            tx.tenant_id,
            delivery.ref,
            sent.external_id,
        )

    async def _unsend(self, tx: Tx, settled: Settled) -> None:
        delivery = settled.delivery
        row = await self._marks.find(tx, delivery.ref) if delivery.ref else None
        if row is None or settled.state in (State.RETRY, State.SKIPPED):
            return
        policy = await self._policies.of(tx)
        done = settled.state is State.SENT
        if done:
            await tx.execute(
                "UPDATE message SET deleted_at = now() WHERE tenant_id = $1 AND id = $2",
                tx.tenant_id,
                row["id"],
            )
        key = "bridge.unsent" if done else "bridge.not_unsent"
        self._marks.say(
            tx,
            row,
            f"unsend:{delivery.id}",
            Text(text=t(policy.locale, key, channel=_channel(row))),
        )


def _address(delivery: Delivery) -> Address:
    to = getattr(delivery.action, "to", None)
    return to if isinstance(to, Address) else Address()


def _channel(row: Record) -> str:
    return str(row["channel_title"] or row["channel_name"])
