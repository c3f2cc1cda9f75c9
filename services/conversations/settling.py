"""What outcomes of deliveries mean for the bridge. Runs in the transaction that records the
outcome.

A delivery stopped by the resolver (no error) is settled inside the claim: nothing of ours is
locked for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from services.connectors.errors import DestinationMoved, Reason
from services.connectors.messages import OutboundMessage, Text
from services.conversations import rules, words
from services.conversations.bounces import Bounces
from services.conversations.echo import Shown
from services.conversations.links import Links, address_of, shown_brief
from services.conversations.marks import Marks
from services.conversations.models import MessageState, Purpose
from services.conversations.policy import Policies
from services.conversations.topics import TARGET, Topics
from services.conversations.topside import Topside
from services.conversations.values import Post
from services.conversations.workspaces import Workspaces
from services.kit.clock import Clock
from services.kit.db import Record, Tx
from services.kit.i18n import t
from services.kit.ids import new_id
from services.outbox.brief import NOTHING_MORE, Brief
from services.outbox.models import Class, Settled, State

LOST = {Reason.KICKED, Reason.NO_RIGHTS, Reason.CHAT_NOT_FOUND, Reason.BLOCKED}

SERVICE = "UPDATE message SET service_id = $3 WHERE tenant_id = $1 AND id = $2"
ARRIVED = (MessageState.SENT, MessageState.DELIVERED, MessageState.READ)
LEFT = """
SELECT d.state, (SELECT count(*) FROM delivery o WHERE o.tenant_id = $1 AND o.ref = $2
    AND o.purpose = 'to_buyer' AND o.id <> $3
    AND o.state NOT IN ('sent', 'delivered', 'read', 'skipped')) AS missing
FROM delivery d WHERE d.tenant_id = $1 AND d.id = $3
"""
PARTS = """
SELECT count(*) AS total, count(*) FILTER (WHERE state IN ('sent', 'delivered', 'read')) AS arrived
FROM delivery WHERE tenant_id = $1 AND ref = $2 AND purpose = 'to_buyer' AND state <> 'skipped'
"""
RISEN = {
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "bounced": MessageState.BOUNCED,
}


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
        *,
        links: Links,
        topside: Topside,
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._policies = policies
        self._topics = topics
        self._marks = marks
        self._workspaces = workspaces
        self._links = links
        self._bounces = Bounces(policies, marks)
        self._by_purpose: dict[str, Callable[[Tx, Settled], Awaitable[None]]] = {
            Purpose.TO_TOPIC: topside.to_topic,
            Purpose.TO_BUYER: self._to_buyer,
            Purpose.TOPIC: topside.topic,
            Purpose.CARD: topside.card,
            Purpose.RESTORE: topside.restore,
            Purpose.MARK: self._mark,
            Purpose.SERVICE: self._service,
            Purpose.UNSEND: self._unsend,
        }

    async def settle(self, tx: Tx, settled: Settled) -> None:
        """Take note of an outcome; deliveries of other features pass by."""
        delivery = settled.delivery
        if delivery.target_kind == TARGET:
            if isinstance(settled.error, DestinationMoved):
                old = address_of(delivery).chat_id
                await self._workspaces.migrated(
                    tx, delivery.channel_id, old, settled.error.new_chat_id
                )
            if await self._healed(tx, settled):
                return
        work = self._by_purpose.get(delivery.purpose)
        if work is not None:
            await work(tx, settled)

    def brief(self, settled: Settled) -> Brief | None:
        """Return the one statement that does what `settle` would for an arrival, if there is."""
        purpose = settled.delivery.purpose
        if purpose == Purpose.TO_TOPIC:
            return shown_brief(settled)
        return None if purpose in self._by_purpose else NOTHING_MORE

    async def _healed(self, tx: Tx, settled: Settled) -> bool:
        delivery = settled.delivery
        if delivery.conversation_id is None or settled.error is None:
            return False
        if settled.reason is Reason.TOPIC_MISSING:
            await self._topics.missing(
                tx, delivery.conversation_id, address_of(delivery).thread_id or None
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
            place = address_of(delivery).chat_id
            return await self._workspaces.refused(tx, delivery, place, settled.reason)
        return False

    # ---- towards the other side ----

    async def _to_buyer(self, tx: Tx, settled: Settled) -> None:
        delivery = settled.delivery
        if delivery.ref is None:
            return
        match settled.state:
            case State.SENT | State.DELIVERED | State.READ:
                await self._links.link(tx, settled, "channel")
                await self._perhaps_arrived(tx, delivery.ref, delivery.id)
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
        await self._links.shown(tx, shown)
        await self._perhaps_arrived(tx, shown.ref, shown.delivery_id)

    async def _perhaps_arrived(self, tx: Tx, message_id: UUID, delivery_id: UUID) -> None:
        """All parts are there: say so. A receipt may have been faster than the answer."""
        found = await tx.row(LEFT, tx.tenant_id, message_id, delivery_id)
        if found is None:
            return
        if found["missing"]:
            await self._counted_anew(tx, message_id, delivery_id)
            return
        to = RISEN.get(found["state"], MessageState.SENT)
        rows = await self._marks.rise(tx, [message_id], to)
        if to is MessageState.BOUNCED:
            await self._bounces.tell(tx, rows)
            return
        policy = await self._policies.of(tx)
        for row in rows:
            self._marks.show(tx, row, to)
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
        text = t(
            policy.locale,
            "bridge.delayed",
            channel=words.provider_name(policy.locale, row["provider"]),
        )
        self._marks.say(tx, row, "delayed", Text(text=text))

    async def _counted_anew(self, tx: Tx, message_id: UUID, delivery_id: UUID) -> None:
        """A part arrived after another one did not: what was said about the whole is said anew."""
        row = await self._marks.find(tx, message_id)
        if row is None or row["state"] not in (MessageState.FAILED, MessageState.UNKNOWN):
            return
        await self._tell_not_arrived(tx, row, row["state"], row["reason"], f"part:{delivery_id}")

    async def _not_arrived(self, tx: Tx, settled: Settled, state: MessageState) -> None:
        delivery = settled.delivery
        assert delivery.ref is not None  # noqa: S101 - looked at by the caller
        reason = str(settled.reason or "")
        for row in await self._marks.rise(tx, [delivery.ref], state, reason):
            key = f"failed:{delivery.id}:{delivery.attempts}"
            await self._tell_not_arrived(tx, row, state, reason, key)
            self._marks.show(tx, row, state)

    async def _tell_not_arrived(
        self, tx: Tx, row: Record, state: str, reason: str, key: str
    ) -> None:
        policy = await self._policies.of(tx)
        channel = words.provider_name(policy.locale, row["provider"])
        parts = await tx.row(PARTS, tx.tenant_id, row["id"])
        some = (parts["arrived"], parts["total"]) if parts and parts["arrived"] else None
        if state == MessageState.FAILED:
            told = words.failed(policy.locale, reason, channel, some)
        else:
            told = words.unknown(policy.locale, channel, some)
        buttons = words.failed_buttons(policy.locale, row["id"])
        way = await self._marks.way_in(tx, row, policy.locale)
        self._marks.say(tx, row, key, told, (*buttons, *way))

    # ---- marks ------------------------------------------------------------------------------

    async def _mark(self, tx: Tx, settled: Settled) -> None:
        """A group without reactions: remember it, say the state in one reply that is edited."""
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
        """Remember the service reply; what it said may be old news by now."""
        delivery, sent = settled.delivery, settled.sent
        action = delivery.action
        if settled.state is not State.SENT or sent is None or delivery.ref is None:
            return
        if not isinstance(action, OutboundMessage):
            return
        await tx.execute(SERVICE, tx.tenant_id, delivery.ref, sent.external_id)
        row = await self._marks.find(tx, delivery.ref)
        if row is None or row["state"] not in ARRIVED:
            return
        policy = await self._policies.of(tx)
        wanted = t(policy.locale, f"bridge.{row['state']}")
        if action.text.text != wanted:
            self._marks.say(tx, row, f"news:{delivery.id}", Text(text=wanted))

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
        name = words.provider_name(policy.locale, row["provider"])
        text = Text(text=t(policy.locale, key, channel=name))
        self._marks.say(tx, row, f"unsend:{delivery.id}", text)
