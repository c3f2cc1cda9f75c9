"""Reads and moves of parked events."""

from __future__ import annotations

from uuid import UUID

from services.kit.db import Record, Tx

LIST = """
SELECT p.id, p.channel_id, c.name AS channel, p.reason, p.detail, p.attempts, p.at,
       i.event_key, i.lane_name
FROM parked p JOIN channel c ON c.tenant_id = p.tenant_id AND c.id = p.channel_id
LEFT JOIN inbox i ON i.lane = p.lane AND i.seq = p.seq
WHERE p.tenant_id = $1 AND ($2::uuid IS NULL OR p.id < $2) ORDER BY p.id DESC LIMIT $3
"""
TAKE = "DELETE FROM parked WHERE tenant_id = $1 AND id = $2 RETURNING lane, seq"
REQUEUE = """
WITH l AS (UPDATE lane SET last_seq = last_seq + 1, due_at = now() WHERE id = $1
           RETURNING last_seq, owner, lease_until > now() AS live),
     m AS (UPDATE inbox i SET seq = l.last_seq FROM l WHERE i.lane = $1 AND i.seq = $2
           RETURNING i.seq)
SELECT pg_notify('own_' || owner, $1::text) FROM l WHERE live
"""


async def parked(tx: Tx, *, limit: int, before: UUID | None) -> list[Record]:
    """Return a page of parked events, newest first."""
    return await tx.fetch(LIST, tx.tenant_id, before, min(limit, 100))


async def take_parked(tx: Tx, parked_id: UUID) -> Record | None:
    """Remove the parked mark; None for an unknown id (another tenant's looks the same)."""
    return await tx.row(TAKE, tx.tenant_id, parked_id)


async def requeue(tx: Tx, row: Record) -> None:
    """Give the event a new place at the end of its lane; the sweep or its owner takes it from
    there.
    """
    await tx.fetch(REQUEUE, row["lane"], row["seq"])
