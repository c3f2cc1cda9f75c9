"""Edits of members' messages: carried where the channel can, else offered as a correction."""

from __future__ import annotations

from uuid import UUID

from services.connectors.messages import Address, Button, Edit, OutboundMessage, Text
from services.connectors.registry import Registry
from services.conversations import carrying, queries, rules, words
from services.conversations.callbacks import data
from services.conversations.changes import REVISE
from services.conversations.models import Purpose
from services.conversations.policy import Policies
from services.conversations.replies import Replies, spot_of
from services.conversations.topics import order_key
from services.conversations.values import Author, ManagerMessage, Post
from services.kit.db import Record, Tx
from services.kit.i18n import t
from services.outbox.models import NewDelivery

FIND = """
SELECT m.id, m.conversation_id, m.channel_id, m.external_chat_id, m.visibility, m.revision,
    m.text, m.entities, m.kind,
    m.state, c.provider, c.title AS channel_title, c.name AS channel_name,
    (SELECT array_agg(l.remote_id ORDER BY l.ordinal) FROM message_link l
     WHERE l.tenant_id = m.tenant_id AND l.message_id = m.id AND l.side = 'channel') AS remote
FROM message m JOIN channel c ON c.tenant_id = m.tenant_id AND c.id = m.channel_id
WHERE m.tenant_id = $1 AND """
BY_ORIGINAL = FIND + "m.bot_channel_id = $2 AND m.bot_chat_id = $3 AND m.bot_message_id = $4"
SENT = "SELECT 1 FROM delivery WHERE tenant_id = $1 AND idempotency_key = $2"
BY_ID = FIND + "m.id = $2"


class Corrections:
    """Carries or offers edits."""

    def __init__(
        self, outbox: Post, registry: Registry, policies: Policies, replies: Replies
    ) -> None:
        self._outbox = outbox
        self._registry = registry
        self._policies = policies
        self._replies = replies

    async def edited(self, tx: Tx, author: Author, message: ManagerMessage) -> None:
        """A member changed a message in a topic: keep both versions; the other side's is changed
        or it is said.
        """
        del author  # only the writer can edit; what was relayed once was allowed
        row = await tx.row(
            BY_ORIGINAL, tx.tenant_id, message.bot.id, message.chat_id, message.message_id
        )
        if row is None:
            return
        entities = queries.entities_json(message.text)
        if not await tx.execute(
            REVISE, tx.tenant_id, row["id"], message.text.text, entities, message.at
        ):
            return
        if row["visibility"] == "note":
            return
        caps = self._registry[row["provider"]].capabilities
        if caps.edit and row["remote"] and len(message.text.text) <= caps.max_text:
            self._carry(tx, row, message.text if caps.formatting else rules.plain(message.text))
            return
        await self._offer(tx, row, message)

    def _carry(self, tx: Tx, row: Record, text: Text) -> None:
        to = Address(chat_id=row["external_chat_id"])
        caption = row["kind"] != "text"
        action = Edit(to=to, external_id=row["remote"][0], text=text, caption=caption)
        self._add(tx, row, action, f"edit:{row['id']}:{row['revision'] + 1}", Purpose.NOTICE)

    async def _offer(self, tx: Tx, row: Record, message: ManagerMessage) -> None:
        policy = await self._policies.of(tx)
        channel = words.provider_name(policy.locale, row["provider"])
        text = Text(text=t(policy.locale, "bridge.edit.cannot", channel=channel))
        button = Button(
            text=t(policy.locale, "bridge.button.fix"), callback=data("fix", row["id"])
        )
        is_note = rules.note_text(message.text.text) is not None
        buttons = () if is_note else ((button,),)
        self._replies.reply(tx, spot_of(message), f"edit:{row['revision'] + 1}", text, buttons)

    async def send(self, tx: Tx, message_id: UUID) -> bool:
        """Send the newest version as a message of its own; False when it says what was sent, or
        is a note by now.
        """
        row = await tx.row(BY_ID, tx.tenant_id, message_id)
        if (
            row is None
            or not row["revision"]
            or row["visibility"] == "note"
            or rules.note_text(row["text"]) is not None
        ):
            return False
        caps = self._registry[row["provider"]].capabilities
        sent = await tx.value(SENT, tx.tenant_id, f"bridge:fix:{row['id']}:{row['revision']}:0")
        if sent is not None:
            return False
        text = queries.text_of(row)
        for number, piece in enumerate(carrying.pieces(text, (), caps)):
            action = OutboundMessage(to=Address(chat_id=row["external_chat_id"]), text=piece.text)
            self._add(
                tx, row, action, f"fix:{row['id']}:{row['revision']}:{number}", Purpose.TO_BUYER
            )
        return True

    def _add(
        self, tx: Tx, row: Record, action: Edit | OutboundMessage, key: str, purpose: Purpose
    ) -> None:
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=row["channel_id"],
                action=action,
                idempotency_key=f"bridge:{key}",
                order_key=order_key(row["conversation_id"]),
                purpose=purpose,
                ref=row["id"],
                conversation_id=row["conversation_id"],
            ),
        )
