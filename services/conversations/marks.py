"""The fate of a manager's message, shown on it: a reaction, or one service reply, edited."""

from __future__ import annotations

from uuid import UUID

from services.connectors.messages import (
    Address,
    Edit,
    Keyboard,
    Outbound,
    OutboundMessage,
    React,
    Text,
)
from services.conversations import rules, words
from services.conversations.models import MessageState, Purpose
from services.conversations.topics import TARGET
from services.conversations.values import Post
from services.kit.db import Record, Tx
from services.kit.deeplinks import Page, Spot
from services.kit.ids import new_id
from services.outbox.models import Class, Delivery, NewDelivery
from services.tenants.doors import Doors

RETURNING = """m.id, m.conversation_id, m.state, m.reason, m.service_id, m.reply_to_id,
    m.channel_id, m.author_name, coalesce(m.bot_channel_id, l.channel_id) AS bot_id,
    coalesce(nullif(m.bot_chat_id, ''), l.chat_id) AS chat_id,
    coalesce(nullif(m.bot_message_id, ''), l.remote_id) AS shown_id, t.thread_id,
    w.id AS workspace_id, coalesce(w.settings->>'reactions', 'true') <> 'false' AS reacts,
    ch.provider, c.subject_url"""
FIND = f"""
SELECT {RETURNING} FROM message m
JOIN conversation c ON c.tenant_id = m.tenant_id AND c.id = m.conversation_id
JOIN channel ch ON ch.tenant_id = c.tenant_id AND ch.id = c.channel_id
LEFT JOIN workspace w ON w.tenant_id = c.tenant_id AND w.id = c.workspace_id
LEFT JOIN topic_link t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.is_current
LEFT JOIN LATERAL (
    SELECT k.channel_id, k.chat_id, k.remote_id FROM message_link k
    WHERE k.tenant_id = m.tenant_id AND k.message_id = m.id AND k.side = 'topic'
    ORDER BY k.ordinal LIMIT 1
) AS l ON true
WHERE m.tenant_id = $1 AND m.id = ANY($2::uuid[])
"""
SERVICE_ID = "SELECT service_id FROM message WHERE tenant_id = $1 AND id = $2"
RISE = """
UPDATE message m SET state = $3::text, reason = $4
WHERE m.tenant_id = $1 AND m.id = ANY($2::uuid[]) AND m.direction = 'out'
  AND m.visibility = 'public' AND m.author_kind <> 'app'
  AND (CASE m.state WHEN 'sent' THEN 2 WHEN 'delivered' THEN 3 WHEN 'read' THEN 4
       WHEN 'bounced' THEN 5 ELSE 1 END < $5
       OR ($5 = 1 AND m.state <> $3::text AND m.state NOT IN ('sent', 'delivered', 'read',
           'bounced')))
RETURNING m.id
"""


class Marks:
    """Shows states."""

    def __init__(self, outbox: Post, doors: Doors) -> None:
        self._outbox = outbox
        self._doors = doors

    async def rise(
        self, tx: Tx, message_ids: list[UUID], to: MessageState, reason: str = ""
    ) -> list[Record]:
        """Move messages up to a state; return those that moved, with what is needed to show it."""
        rank = max(rules.RANKS[to], 1)
        rows = await tx.fetch(RISE, tx.tenant_id, message_ids, to, reason, rank)
        if not rows:
            return []
        return await tx.fetch(FIND, tx.tenant_id, [row["id"] for row in rows])

    async def find(self, tx: Tx, message_id: UUID) -> Record | None:
        """Return what is needed to show something at a message."""
        return await tx.row(FIND, tx.tenant_id, [message_id])

    def show(
        self, tx: Tx, row: Record, state: MessageState, *, delay_seconds: float = 0.0
    ) -> None:
        """Put the mark of a state on the message where it stands in the topic."""
        emoji = rules.mark_of(state)
        if not row["shown_id"] or not row["reacts"] or not emoji:
            return
        to = Address(chat_id=row["chat_id"])
        action = React(to=to, external_id=row["shown_id"], emoji=emoji)
        key = f"mark:{row['id']}"
        self._add(
            tx,
            row,
            action,
            Purpose.MARK,
            key=f"{key}:{new_id()}",
            coalesce=key,
            delay=delay_seconds,
        )

    def say(self, tx: Tx, row: Record, key: str, text: Text, buttons: Keyboard = ()) -> None:
        """Say something about the message: edit the one service reply, or make it."""
        if not row["bot_id"] or not row["shown_id"]:
            return
        # a first one has no thread yet: it is looked at again just before its call
        thread = (row["thread_id"] or "") if row["service_id"] else ""
        to = Address(chat_id=row["chat_id"], thread_id=thread)
        action: Outbound = (
            Edit(to=to, external_id=row["service_id"], text=text, buttons=buttons)
            if row["service_id"]
            else OutboundMessage(
                to=to, text=text, buttons=buttons, reply_to=row["shown_id"], silent=True
            )
        )
        self._add(tx, row, action, Purpose.SERVICE, key=f"bridge:say:{row['id']}:{key}")

    async def way_in(self, tx: Tx, row: Record, locale: str) -> Keyboard:
        """Return the row that opens the message's dialog in the cabinet, if there is a way."""
        url = await self._doors.shared(tx, Spot(Page.DIALOGS, row["conversation_id"]))
        return words.cabinet_button(locale, url)

    async def newest(self, tx: Tx, delivery: Delivery, action: Outbound) -> Outbound:
        """Return what to call just before it: an edit, if the one service reply was made while
        this waited.
        """
        if delivery.purpose != Purpose.SERVICE or not isinstance(action, OutboundMessage):
            return action
        made = await tx.value(SERVICE_ID, tx.tenant_id, delivery.ref)
        if not made:
            return action
        return Edit(to=action.to, external_id=made, text=action.text, buttons=action.buttons)

    def _add(
        self,
        tx: Tx,
        row: Record,
        action: Outbound,
        purpose: Purpose,
        *,
        key: str,
        coalesce: str | None = None,
        delay: float = 0.0,
    ) -> None:
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=row["bot_id"],
                action=action,
                idempotency_key=key[:200],
                order_key=f"m:{row['id']}",
                purpose=purpose,
                cls=Class.COSMETIC if purpose == Purpose.MARK else Class.SERVICE,
                direction="in",
                target_kind=TARGET,
                target_id=row["workspace_id"],
                ref=row["id"],
                conversation_id=row["conversation_id"],
                coalesce_key=coalesce,
                delay_seconds=delay,
            ),
        )
