"""Receipts: a provider's later word on a delivery. States only rise; early receipts wait an
hour.
"""

from __future__ import annotations

from uuid import UUID

from services.connectors.messages import Receipt, ReceiptStatus
from services.kit.db import Record, Tx
from services.kit.ids import new_id
from services.outbox.models import State
from services.outbox.rules import RANKS

STATES = {
    ReceiptStatus.DELIVERED: State.DELIVERED,
    ReceiptStatus.READ: State.READ,
    ReceiptStatus.BOUNCED: State.BOUNCED,
    ReceiptStatus.COMPLAINED: State.COMPLAINED,
    ReceiptStatus.FAILED: State.BOUNCED,
}

RISE = """
UPDATE delivery SET state = $4, settled_at = coalesce(settled_at, now())
WHERE tenant_id = $1 AND channel_id = $2 AND id = ANY($3::uuid[]) AND state = ANY($5::text[])
RETURNING id, ref, purpose, conversation_id, state
"""
BY_EXTERNAL = """
SELECT id FROM delivery
WHERE tenant_id = $1 AND channel_id = $2 AND external_id <> '' AND external_id = $3
"""
UP_TO = """
SELECT d.id FROM delivery d
WHERE d.tenant_id = $1 AND d.channel_id = $2 AND d.recipient = $3
  AND d.sent_at <= $4::timestamptz + interval '1 second'
  AND d.state IN ('sent', 'delivered') AND d.created_at > now() - interval '30 days'
"""
KEEP = """
INSERT INTO early_receipt (tenant_id, id, channel_id, external_id, status, at, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
"""
TAKE_EARLY = """
DELETE FROM early_receipt
WHERE tenant_id = $1 AND channel_id = $2 AND external_id = ANY($3::text[])
RETURNING status, at, reason
"""
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
FORGET_EARLY = "DELETE FROM early_receipt WHERE received_at < now() - interval '1 hour'"


def lower_states(to: State) -> list[str]:
    """Return the states from which a receipt may rise to `to`."""
    return [str(state) for state, rank in RANKS.items() if rank < RANKS[to] and rank > 0]


async def apply(tx: Tx, channel_id: UUID, receipt: Receipt) -> list[Record]:
    """Raise the deliveries this receipt speaks of; return those that rose. One without a delivery
    is kept.
    """
    state = STATES[receipt.status]
    if receipt.up_to:
        rows = await tx.fetch(UP_TO, tx.tenant_id, channel_id, receipt.chat_id, receipt.at)
    else:
        rows = await _by_external(tx, channel_id, receipt, state)
    if not rows:
        return []
    return await rise(tx, channel_id, [row["id"] for row in rows], state)


async def _by_external(tx: Tx, channel_id: UUID, receipt: Receipt, state: State) -> list[Record]:
    external_id = receipt.external_id[:100]
    rows = await tx.fetch(BY_EXTERNAL, tx.tenant_id, channel_id, external_id)
    if rows or not external_id:
        return rows
    # The answer to the call may be on its way to the rows right now: wait for it, look again.
    await tx.fetch(ALONE, f"{channel_id}:{external_id}")
    rows = await tx.fetch(BY_EXTERNAL, tx.tenant_id, channel_id, external_id)
    if not rows:
        await tx.execute(
            KEEP,
            tx.tenant_id,
            new_id(),
            channel_id,
            external_id,
            str(state),
            receipt.at,
            receipt.reason[:32],
        )
    return rows


async def rise(tx: Tx, channel_id: UUID, ids: list[UUID], state: State) -> list[Record]:
    """Raise these deliveries to `state` where that is upwards."""
    return await tx.fetch(RISE, tx.tenant_id, channel_id, ids, str(state), lower_states(state))


async def match_early(
    tx: Tx, channel_id: UUID, delivery_id: UUID, external_ids: list[str]
) -> list[Record]:
    """Apply receipts that came before the delivery's id was known."""
    for external_id in sorted(external_ids):
        await tx.fetch(ALONE, f"{channel_id}:{external_id}")
    found = await tx.fetch(TAKE_EARLY, tx.tenant_id, channel_id, external_ids)
    risen: list[Record] = []
    for row in sorted(found, key=lambda row: RANKS[State(row["status"])]):
        risen += await rise(tx, channel_id, [delivery_id], State(row["status"]))
    return risen
