"""Which remote ids a message became; kept when its delivery is settled."""

from __future__ import annotations

from services.connectors.base import Sent
from services.connectors.errors import DestinationMoved
from services.connectors.messages import Address
from services.conversations.echo import Shown
from services.kit.db import Tx
from services.outbox.brief import NOTHING_MORE, Brief
from services.outbox.models import Delivery, Settled

LINK = """
INSERT INTO message_link (tenant_id, message_id, side, ordinal, channel_id, chat_id, remote_id,
    delivery_id)
SELECT $1, m.id, $3::text, coalesce((SELECT max(ordinal) FROM message_link o WHERE o.tenant_id =
    $1 AND o.message_id = m.id
    AND o.side = $3::text), -1) + p.n, $4, $5, p.id, $6::uuid
FROM (SELECT $2::uuid AS id UNION
      SELECT d.ref FROM delivery d WHERE $7::uuid IS NOT NULL AND d.tenant_id = $1 AND
          d.conversation_id = $7
        AND d.created_at >= $8 AND d.reason = 'superseded' AND d.detail = $6::uuid::text) AS r
JOIN message m ON m.tenant_id = $1 AND m.id = r.id
CROSS JOIN unnest($9::text[]) WITH ORDINALITY AS p(id, n)
ON CONFLICT DO NOTHING
"""

SHOWN = "SELECT vishenka_shown($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10, $11)"


def shown_brief(settled: Settled) -> Brief:
    """Return the statement that records a message's arrival in its topic and keeps its links."""
    delivery, sent = settled.delivery, settled.sent
    if delivery.ref is None or sent is None:
        return NOTHING_MORE
    return Brief(
        SHOWN,
        (
            delivery.ref,
            delivery.channel_id,
            address_of(delivery).chat_id,
            delivery.conversation_id,
            delivery.created_at,
            _parts(sent),
        ),
    )


def _parts(sent: Sent) -> list[str]:
    return list(sent.parts or ((sent.external_id,) if sent.external_id else ()))


class Links:
    """Keeps links."""

    async def link(self, tx: Tx, settled: Settled, side: str) -> None:
        """Keep what the provider called the message, and those that were merged into it."""
        delivery, sent = settled.delivery, settled.sent
        if delivery.ref is None or sent is None:
            return
        chat = address_of(delivery).chat_id
        if isinstance(settled.error, DestinationMoved):
            chat = settled.error.new_chat_id
        together = delivery.conversation_id if side == "topic" else None
        await tx.execute(
            LINK,
            tx.tenant_id,
            delivery.ref,
            side,
            delivery.channel_id,
            chat,
            delivery.id,
            together,
            delivery.created_at,
            _parts(sent),
        )

    async def shown(self, tx: Tx, shown: Shown) -> None:
        """Keep the id under which the other side showed a delivery."""
        message = shown.message
        await tx.execute(
            LINK,
            tx.tenant_id,
            shown.ref,
            "channel",
            shown.channel_id,
            message.chat_id,
            shown.delivery_id,
            None,
            message.at,
            [message.external_id],
        )


def address_of(delivery: Delivery) -> Address:
    """Return where the delivery went, as it was called."""
    to = getattr(delivery.action, "to", None)
    return to if isinstance(to, Address) else Address()
