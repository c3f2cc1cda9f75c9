"""The card on top of a topic, drawn anew when what it says has changed."""

from __future__ import annotations

from uuid import UUID

from services.connectors.messages import Address
from services.conversations import queries
from services.conversations.cards import Cards
from services.conversations.models import Purpose
from services.conversations.topics import TARGET, order_key
from services.conversations.values import Post
from services.kit.db import Record, Tx
from services.kit.ids import new_id
from services.outbox.models import Class, NewDelivery


class Redraw:
    """Edits cards; of several edits not called yet the newest goes."""

    def __init__(self, outbox: Post, cards: Cards) -> None:
        self._outbox = outbox
        self._cards = cards

    async def card(self, tx: Tx, conversation_id: UUID) -> None:
        """Draw the card of this conversation, if there is one."""
        place = await tx.row(queries.PLACE, tx.tenant_id, conversation_id)
        if place is not None and place["workspace_id"] is not None and place["card_id"]:
            await self.at(tx, place)

    async def at(self, tx: Tx, place: Record) -> None:
        """Draw the card at a place (`queries.PLACE`) that has one."""
        to = Address(chat_id=place["chat_id"], thread_id=place["thread_id"])
        conversation_id = place["conversation_id"]
        caption = place["card_has_photo"]
        action = await self._cards.edit(tx, conversation_id, to, place["card_id"], caption=caption)
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=place["bot_channel_id"],
                action=action,
                idempotency_key=f"bridge:card:{conversation_id}:{new_id()}",
                order_key=order_key(conversation_id),
                purpose=Purpose.COSMETIC,
                cls=Class.COSMETIC,
                direction="in",
                target_kind=TARGET,
                target_id=place["workspace_id"],
                conversation_id=conversation_id,
                coalesce_key=f"card:{conversation_id}",
            ),
        )
