"""What happens to messages after they were shown: edits, deletions, receipts, and doubt about
their truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.connectors.messages import (
    Address,
    Deleted,
    Edit,
    Edited,
    OutboundMessage,
    Receipt,
    ReceiptStatus,
    Text,
)
from services.conversations import queries, rules, words
from services.conversations.bounces import Bounces
from services.conversations.marks import Marks
from services.conversations.models import MessageState, Purpose
from services.conversations.policy import Policies
from services.conversations.topics import TARGET, order_key
from services.conversations.values import Post
from services.inbox.models import Event
from services.kit.db import Record, Tx
from services.kit.i18n import t
from services.outbox.models import NewDelivery

FIND = """
SELECT m.id, m.conversation_id, m.text, m.entities, m.revision, m.direction, m.kind,
    m.deleted_at, m.bot_channel_id,
    m.bot_chat_id, m.bot_message_id, l.channel_id AS link_channel, l.chat_id AS link_chat,
    l.remote_id AS link_id,
    l.shared, l.parts, t.thread_id, c.state AS conversation_state
FROM message m
JOIN conversation c ON c.tenant_id = m.tenant_id AND c.id = m.conversation_id
LEFT JOIN topic_link t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.is_current
LEFT JOIN LATERAL (
    SELECT k.channel_id, k.chat_id, k.remote_id,
        (SELECT count(*) FROM message_link s WHERE s.tenant_id = k.tenant_id AND s.message_id =
            k.message_id
         AND s.side = 'topic') AS parts,
        EXISTS (SELECT FROM message_link s WHERE s.tenant_id = k.tenant_id AND s.channel_id =
            k.channel_id
                AND s.chat_id = k.chat_id AND s.remote_id = k.remote_id AND s.message_id <>
                    k.message_id) AS shared
    FROM message_link k WHERE k.tenant_id = m.tenant_id AND k.message_id = m.id AND k.side =
        'topic'
    ORDER BY k.ordinal DESC LIMIT 1
) AS l ON true
WHERE m.tenant_id = $1 AND m.id = (
    SELECT x.id FROM message x WHERE x.tenant_id = $1 AND x.channel_id = $2 AND
        x.external_chat_id = $3
        AND x.external_id = $4 AND x.external_id <> ''
    UNION ALL
    SELECT k.message_id FROM message_link k WHERE k.tenant_id = $1 AND k.channel_id = $2 AND
        k.chat_id = $3
        AND k.remote_id = $4
    LIMIT 1)
"""
REVISE = """
WITH old AS (INSERT INTO message_revision (tenant_id, message_id, number, text, entities, at)
    SELECT tenant_id, id, revision, text, entities, coalesce(edited_at, sent_at) FROM message
    WHERE tenant_id = $1 AND id = $2 ON CONFLICT DO NOTHING)
UPDATE message SET text = $3, entities = $4::jsonb, revision = revision + 1, edited_at = $5
WHERE tenant_id = $1 AND id = $2 AND (edited_at IS NULL OR edited_at < $5) AND text <> $3
"""
GONE = "UPDATE message SET deleted_at = $3 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL"
CONFIRM = """
UPDATE message SET proof = 'confirmed' WHERE tenant_id = $1 AND channel_id = $2 AND external_id =
    ANY($3::text[])
  AND external_id <> '' AND proof IN ('hook', 'doubted') RETURNING id
"""
DOUBT = """
UPDATE message SET proof = 'doubted' WHERE tenant_id = $1 AND channel_id = $2 AND external_id =
    ANY($3::text[])
  AND external_id <> '' AND proof = 'hook' RETURNING external_id, external_chat_id
"""
STATES = {
    ReceiptStatus.DELIVERED: MessageState.DELIVERED,
    ReceiptStatus.READ: MessageState.READ,
    ReceiptStatus.FAILED: MessageState.BOUNCED,
    ReceiptStatus.BOUNCED: MessageState.BOUNCED,
}
"""A complaint raises the delivery only: the message did arrive."""


class Changes:
    """Follows up."""

    def __init__(self, outbox: Post, policies: Policies, marks: Marks) -> None:
        self._outbox = outbox
        self._policies = policies
        self._marks = marks
        self._bounces = Bounces(policies, marks)

    async def edited(self, tx: Tx, event: Event, edit: Edited) -> None:
        """The other side changed a message: keep what it said before, show what it says now."""
        row = await self._find(tx, event.channel.id, edit.chat_id, edit.external_id)
        if row is None:
            return
        entities = queries.entities_json(edit.text)
        if not await tx.execute(
            REVISE, tx.tenant_id, row["id"], edit.text.text, entities, edit.at
        ):
            return
        policy = await self._policies.of(tx)
        note = rules.prefixed(t(policy.locale, "bridge.edited") + "\n", edit.text, "italic")
        key = f"edit:{row['id']}:{row['revision'] + 1}"
        alone = (
            row["link_id"] and not row["shared"] and row["parts"] == 1 and row["kind"] == "text"
        )
        if alone and row["direction"] == "in" and len(note.text) <= 4000:
            to = Address(chat_id=row["link_chat"], thread_id=row["thread_id"] or "")
            self._topic(tx, row, Edit(to=to, external_id=row["link_id"], text=note), key)
            return
        self._reply(tx, row, key, Text(text=note.text[:4000], entities=note.entities))

    async def deleted(self, tx: Tx, event: Event, gone: Deleted) -> None:
        """The other side removed a message: its text stays with the members, marked."""
        row = await self._find(tx, event.channel.id, gone.chat_id, gone.external_id)
        if row is None or not await tx.execute(GONE, tx.tenant_id, row["id"], gone.at):
            return
        policy = await self._policies.of(tx)
        key = "bridge.deleted.in" if row["direction"] == "in" else "bridge.deleted.out"
        self._reply(tx, row, f"deleted:{row['id']}", Text(text=t(policy.locale, key)))

    async def receipt(self, tx: Tx, event: Event, receipt: Receipt) -> None:
        """The other side got, read or never got our messages; states only rise."""
        risen = await self._outbox.receipt(tx, event.channel.id, receipt)
        to = STATES.get(receipt.status)
        ids = {row["ref"] for row in risen if row["purpose"] == Purpose.TO_BUYER and row["ref"]}
        if not ids or to is None:
            return
        rows = await self._marks.rise(tx, list(ids), to, receipt.reason[:32])
        if to is MessageState.BOUNCED:
            await self._bounces.tell(tx, rows, receipt.reason)
            return
        for row in rows:
            self._marks.show(tx, row, to)
            if not row["reacts"] and row["service_id"]:
                policy = await self._policies.of(tx)
                self._marks.say(tx, row, str(to), Text(text=t(policy.locale, f"bridge.{to}")))

    async def confirm(self, tx: Tx, channel_id: UUID, external_ids: Sequence[str]) -> int:
        """The provider's own history shows these messages; return how many had been unproven."""
        return len(await tx.fetch(CONFIRM, tx.tenant_id, channel_id, list(external_ids)))

    async def doubt(self, tx: Tx, channel_id: UUID, external_ids: Sequence[str]) -> int:
        """The provider's history does not show these messages: say so in their topics, once."""
        rows = await tx.fetch(DOUBT, tx.tenant_id, channel_id, list(external_ids))
        policy = await self._policies.of(tx)
        for found in rows:
            row = await self._find(tx, channel_id, found["external_chat_id"], found["external_id"])
            if row is not None and row["conversation_state"] != "spam":
                self._reply(
                    tx,
                    row,
                    f"doubt:{row['id']}",
                    words.bold(t(policy.locale, "bridge.not_confirmed")),
                )
        return len(rows)

    async def _find(
        self, tx: Tx, channel_id: UUID, chat_id: str, external_id: str
    ) -> Record | None:
        return await tx.row(FIND, tx.tenant_id, channel_id, chat_id, external_id)

    def _reply(self, tx: Tx, row: Record, key: str, text: Text) -> None:
        bot = row["bot_channel_id"] or row["link_channel"]
        if bot is None:
            return
        chat = row["bot_chat_id"] or row["link_chat"]
        shown = row["bot_message_id"] or row["link_id"]
        to = Address(chat_id=chat, thread_id=row["thread_id"] or "")
        self._topic(
            tx, row, OutboundMessage(to=to, text=text, reply_to=shown, silent=True), key, bot
        )

    def _topic(
        self,
        tx: Tx,
        row: Record,
        action: Edit | OutboundMessage,
        key: str,
        bot: UUID | None = None,
    ) -> None:
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=bot or row["link_channel"],
                action=action,
                idempotency_key=f"bridge:{key}",
                order_key=order_key(row["conversation_id"]),
                purpose=Purpose.NOTICE,
                direction="in",
                target_kind=TARGET,
                conversation_id=row["conversation_id"],
            ),
        )
