"""A member writes an answer in the cabinet: the group sees the bot "typing…" in the topic, so that
nobody there writes the same buyer meanwhile.

Cosmetic: at most one call in ten seconds, never before an answer, and nobody minds a lost one.
"""

from __future__ import annotations

from uuid import UUID

from services.connectors.messages import Address, Typing
from services.connectors.registry import Registry
from services.conversations.answer_queries import BY_ID
from services.conversations.models import LinkState, Purpose
from services.conversations.topics import TARGET
from services.conversations.values import Post
from services.kit.clock import Clock
from services.kit.db import Tx
from services.outbox.models import Class, NewDelivery

APART_SECONDS = 10


class Typings:
    """Shows that somebody writes."""

    def __init__(self, outbox: Post, clock: Clock, registry: Registry) -> None:
        self._outbox = outbox
        self._clock = clock
        self._registry = registry

    async def show(self, tx: Tx, conversation_id: UUID) -> None:
        """Show it in the conversation's topic, where it has one."""
        row = await tx.row(BY_ID, tx.tenant_id, conversation_id)
        if row is None or row["link_state"] != LinkState.LIVE:
            return
        if not self._registry[row["bot_provider"]].capabilities.typing:
            return
        to = Address(chat_id=row["chat_id"], thread_id=row["thread_id"] or "")
        slot = int(self._clock.now().timestamp()) // APART_SECONDS
        key = f"typing:{conversation_id}"
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=row["bot_channel_id"],
                action=Typing(to=to),
                idempotency_key=f"{key}:{slot}",
                order_key=key,
                purpose=Purpose.COSMETIC,
                cls=Class.COSMETIC,
                direction="in",
                target_kind=TARGET,
                target_id=row["workspace_id"],
                conversation_id=conversation_id,
            ),
        )
