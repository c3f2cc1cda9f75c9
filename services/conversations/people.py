"""Finds or makes the contact behind a chat, and the conversation itself. Only for the first
message of a chat.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from services.channels.view import ChannelView
from services.connectors.messages import Message
from services.contacts.service import Contacts, NewIdentity
from services.conversations.rules import web_link
from services.kit.db import Tx
from services.kit.ids import new_id

OPEN = """
INSERT INTO conversation (tenant_id, id, channel_id, external_chat_id, contact_id, workspace_id,
    person_id,
    person_name, person_url, subject_id, subject_title, subject_price, subject_url,
    subject_image_ref, described_at)
SELECT $1, $2, $3, $4, $5, (SELECT workspace_id FROM workspace_channel WHERE tenant_id = $1 AND
    channel_id = $3),
    $6, $7, $8, $9, $10, $11, $12, $13, CASE WHEN $14 THEN now() END
ON CONFLICT DO NOTHING
"""
ADOPT = """
UPDATE conversation c SET workspace_id = w.workspace_id FROM workspace_channel w
WHERE c.tenant_id = $1 AND c.id = $2 AND c.workspace_id IS NULL
  AND w.tenant_id = c.tenant_id AND w.channel_id = c.channel_id
"""

Enquire = Callable[[UUID, UUID, str], None]
"""Called after the commit with tenant, channel and chat whose name and subject are not known yet.
"""


class People:
    """Contacts and conversations by chat."""

    def __init__(self, contacts: Contacts, enquire: Enquire | None = None) -> None:
        self._contacts = contacts
        self.enquire = enquire

    async def open(self, tx: Tx, channel: ChannelView, message: Message) -> None:
        """Make the conversation of this chat; safe when another transaction made it meanwhile."""
        person = "" if message.sender.own else message.sender.external_id
        name = "" if message.sender.own else message.sender.name
        address = person or f"chat:{message.chat_id}"
        found = await self._contacts.arrive(tx, NewIdentity(channel.provider, address, name=name))
        subject = message.subject
        known = bool(subject and subject.title and name) or self.enquire is None
        await tx.execute(
            OPEN,
            tx.tenant_id,
            new_id(),
            channel.id,
            message.chat_id,
            found.contact_id,
            person,
            name[:200],
            web_link(message.sender.url) if person else "",
            subject.external_id[:100] if subject else "",
            subject.title[:300] if subject else "",
            subject.price[:100] if subject else "",
            web_link(subject.url) if subject else "",
            subject.image_ref[:1000] if subject else "",
            known,
        )
        if not known:
            self._ask_later(tx, channel, message.chat_id)

    def _ask_later(self, tx: Tx, channel: ChannelView, chat_id: str) -> None:
        enquire = self.enquire
        if enquire is not None:
            tx.after_commit(lambda: enquire(channel.tenant_id, channel.id, chat_id))

    async def adopt(self, tx: Tx, conversation_id: UUID) -> bool:
        """Give a conversation the workspace that serves its channel by now."""
        return bool(await tx.execute(ADOPT, tx.tenant_id, conversation_id))
