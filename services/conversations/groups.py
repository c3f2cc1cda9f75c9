"""What happens to groups and topics by hand: the bot thrown out or back, a new chat id, a topic
closed.
"""

from __future__ import annotations

from uuid import UUID

from services.channels.view import ChannelView
from services.connectors.errors import Reason
from services.connectors.messages import Address, Delete
from services.conversations.models import Purpose
from services.conversations.topics import Topics
from services.conversations.values import Post
from services.conversations.workspaces import Workspaces
from services.kit.db import Tx
from services.outbox.models import Class, NewDelivery

GONE = frozenset({"left", "kicked"})
THERE = frozenset({"member", "administrator", "creator"})
OF_TOPIC = """
SELECT c.id, c.state FROM topic_link t
JOIN workspace w ON w.tenant_id = t.tenant_id AND w.id = t.workspace_id
JOIN conversation c ON c.tenant_id = t.tenant_id AND c.id = t.conversation_id
WHERE t.tenant_id = $1 AND w.channel_id = $2 AND w.chat_id = $3 AND t.thread_id = $4 AND
    t.is_current
"""
CLOSE = """
UPDATE conversation SET state = 'closed', waiting_since = NULL, next_check_at = NULL, ladder_step
    = 0,
    snoozed_until = NULL, updated_at = now() WHERE tenant_id = $1 AND id = $2 AND state <> 'spam'
"""
SERVES = """
SELECT 1 FROM workspace WHERE tenant_id = $1 AND channel_id = $2 AND chat_id = $3
"""
OPEN = """
UPDATE conversation SET state = 'open', updated_at = now()
WHERE tenant_id = $1 AND id = $2 AND state = 'closed'
"""


class Groups:
    """Hears of groups."""

    def __init__(self, outbox: Post, workspaces: Workspaces, topics: Topics) -> None:
        self._outbox = outbox
        self._workspaces = workspaces
        self._topics = topics

    async def discovered(
        self, tx: Tx, bot: ChannelView, chat_id: str, title: str, *, status: str, is_forum: bool
    ) -> None:
        """The bot's standing in a group is now this; a group that serves nothing is left alone."""
        del title, is_forum
        if status in GONE:
            await self._workspaces.lost(tx, bot.id, chat_id, Reason.KICKED)
        elif status in THERE:
            await self.bot_returned(tx, bot.id, chat_id)

    async def moved(self, tx: Tx, bot: ChannelView, chat_id: str, new_chat_id: str) -> None:
        """The group has a new id."""
        await self._workspaces.migrated(tx, bot.id, chat_id, new_chat_id)

    async def bot_returned(self, tx: Tx, bot_id: UUID, chat_id: str) -> None:
        """Parked messages go out in their order; topics that could not be made are made."""
        for conversation_id in await self._workspaces.returned(tx, bot_id, chat_id):
            await self._topics.missing(tx, conversation_id, None)

    async def topic_event(
        self, tx: Tx, bot: ChannelView, chat_id: str, thread_id: str, kind: str
    ) -> None:
        """A member closed or opened a topic: the conversation follows."""
        row = await tx.row(OF_TOPIC, tx.tenant_id, bot.id, chat_id, thread_id)
        if row is None:
            return
        if kind == "forum_topic_closed":
            await tx.execute(CLOSE, tx.tenant_id, row["id"])
        elif kind == "forum_topic_reopened":
            await tx.execute(OPEN, tx.tenant_id, row["id"])

    async def renamed_by_us(self, tx: Tx, bot: ChannelView, chat_id: str, message_id: str) -> None:
        """Our new title left a service line in the topic: take it away."""
        if await tx.row(SERVES, tx.tenant_id, bot.id, chat_id) is None:
            return
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=bot.id,
                action=Delete(to=Address(chat_id=chat_id), external_id=message_id),
                idempotency_key=f"bridge:line:{chat_id}:{message_id}",
                order_key=f"line:{chat_id}:{message_id}",
                purpose=Purpose.COSMETIC,
                cls=Class.COSMETIC,
                direction="in",
            ),
        )
