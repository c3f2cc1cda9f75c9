"""The out-of-office reply: once per conversation and closed period, never to robots, never to our
own words.
"""

from __future__ import annotations

from services.channels.view import ChannelView
from services.connectors.messages import Address, Message, OutboundMessage, Text
from services.connectors.registry import Registry
from services.conversations import hours, rules
from services.conversations.models import LinkState, Purpose
from services.conversations.policy import Policy
from services.conversations.replies import Topic, topic_notice
from services.conversations.topics import order_key
from services.conversations.values import Post
from services.kit.clock import Clock
from services.kit.db import Record, Tx
from services.kit.i18n import t
from services.kit.ids import new_id
from services.outbox.models import Class, NewDelivery

CLAIM = """
UPDATE conversation SET away_period = $3
WHERE tenant_id = $1 AND id = $2 AND away_period <> $3 AND state <> 'spam'
"""
WRITE = """
WITH c AS (UPDATE conversation SET last_seq = last_seq + 1 WHERE tenant_id = $1 AND id = $2
           RETURNING last_seq, channel_id, external_chat_id)
INSERT INTO message (tenant_id, id, conversation_id, seq, direction, author_kind, kind, text,
    channel_id,
    external_chat_id, state, automatic, sent_at)
SELECT $1, $3, $2, c.last_seq, 'out', 'bot', 'text', $4, c.channel_id, c.external_chat_id,
    'queued', true, $5 FROM c
"""


class Away:
    """Answers when nobody works."""

    def __init__(self, outbox: Post, clock: Clock, registry: Registry) -> None:
        self._outbox = outbox
        self._clock = clock
        self._registry = registry

    async def maybe(
        self, tx: Tx, channel: ChannelView, message: Message, row: Record, policy: Policy
    ) -> None:
        """Queue the reply when it is due."""
        robot = message.system or message.sender.automatic
        if not policy.away_text or message.sender.own or robot:
            return
        period = hours.closed_period(policy.calendar, self._clock.now())
        if not period or row["away_period"] == period:
            return
        conversation_id = row["conversation_id"]
        if not await tx.execute(CLAIM, tx.tenant_id, conversation_id, period):
            return
        message_id, text = new_id(), policy.away_text
        self._show(tx, row, period, policy)
        await tx.execute(WRITE, tx.tenant_id, conversation_id, message_id, text, self._clock.now())
        limit = self._registry[channel.provider].capabilities.max_text
        for number, part in enumerate(rules.number_parts(Text(text=text), limit)):
            self._outbox.add(
                tx,
                NewDelivery(
                    channel_id=channel.id,
                    action=OutboundMessage(to=Address(chat_id=message.chat_id), text=part),
                    idempotency_key=f"bridge:away:{conversation_id}:{period}:{number}",
                    order_key=order_key(conversation_id),
                    purpose=Purpose.TO_BUYER,
                    cls=Class.SERVICE,
                    ref=message_id,
                    conversation_id=conversation_id,
                ),
            )

    def _show(self, tx: Tx, row: Record, period: str, policy: Policy) -> None:
        """The members see what was said in their name."""
        if row["workspace_id"] is None:
            return
        is_live = row["link_state"] == LinkState.LIVE
        topic = Topic(
            bot_id=row["bot_channel_id"],
            workspace_id=row["workspace_id"],
            conversation_id=row["conversation_id"],
            chat_id=row["chat_id"],
            thread_id=row["thread_id"] if is_live else "",
        )
        head = t(policy.locale, "bridge.away.sent")
        text = rules.prefixed(head + "\n", Text(text=policy.away_text[:3000]), "italic")
        key = f"away:{topic.conversation_id}:{period}:shown"
        self._outbox.add(tx, topic_notice(topic, key, text))
