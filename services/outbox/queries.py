"""The journal of deliveries and the moves a person makes in it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.kit.db import Record, Tx

JOURNAL = """
SELECT d.id, d.tenant_id AS tenant, d.conversation_id AS conversation, d.campaign_id AS campaign,
       d.direction, c.name AS channel, d.recipient, d.external_id, d.state, d.attempts, d.class,
       d.reason, d.possible_repeat, d.created_at, d.called_at, d.settled_at, d.purpose
FROM delivery d JOIN channel c ON c.tenant_id = d.tenant_id AND c.id = d.channel_id
WHERE d.tenant_id = $1 AND ($2::uuid IS NULL OR d.id < $2)
  AND ($3::text[] IS NULL OR d.state = ANY($3)) AND ($4::uuid IS NULL OR d.conversation_id = $4)
  AND ($5::text IS NULL OR d.direction = $5)
ORDER BY d.id DESC LIMIT $6
"""

REOPEN = """
WITH r AS (
    UPDATE delivery SET state = 'due', reason = '', detail = '', settled_at = NULL,
        possible_repeat = possible_repeat OR state = 'unknown'
    WHERE tenant_id = $1 AND id = ANY($2::uuid[]) AND state IN ('parked', 'unknown')
    RETURNING id, lane, class, order_key, coalesce_key, channel_id, seq),
 l AS (
    UPDATE lane x SET last_seq = x.last_seq + n.n, last_n = n.n, due_at = now()
    FROM (SELECT k.id, (SELECT count(*) FROM r WHERE r.lane = k.id) AS n FROM lane k
          WHERE k.id IN (SELECT lane FROM r) ORDER BY k.id FOR UPDATE) AS n WHERE x.id = n.id
    RETURNING x.id, x.last_seq - n.n AS base, CASE WHEN lease_until > now() THEN owner END AS own),
 p AS (
    SELECT r.*, l.base + row_number() OVER (PARTITION BY r.lane ORDER BY r.seq, r.id) AS place
    FROM r JOIN l ON l.id = r.lane),
 o AS (
    INSERT INTO delivery_open (tenant_id, lane, class, seq, delivery_id, order_key, coalesce_key)
    SELECT $1, lane, class, place, id, order_key, coalesce_key FROM p RETURNING delivery_id),
 told AS (
    SELECT pg_notify('own_' || own, string_agg(id::text, ',')) FROM l
    WHERE own IS NOT NULL GROUP BY own)
SELECT p.id, p.lane, (SELECT count(*) FROM told) AS told, (SELECT count(*) FROM o) AS opened FROM p
"""

DROP = """
WITH k AS MATERIALIZED (
    SELECT delivery_id FROM delivery_open
    WHERE tenant_id = $1 AND delivery_id = ANY($2::uuid[]) ORDER BY delivery_id FOR UPDATE),
 r AS (
    UPDATE delivery SET state = 'skipped', reason = 'dropped', settled_at = now()
    WHERE tenant_id = $1 AND id = ANY($2::uuid[]) AND (SELECT count(*) FROM k) >= 0
        AND state IN ('parked', 'unknown', 'due', 'retry')
    RETURNING id),
 o AS (DELETE FROM delivery_open o USING r WHERE o.delivery_id = r.id AND NOT o.calling
       RETURNING o.delivery_id)
SELECT id FROM r
"""

KNOWS = "SELECT 1 FROM delivery WHERE tenant_id = $1 AND id = $2"

SENT_IDS = """
SELECT external_id FROM delivery
WHERE tenant_id = $1 AND channel_id = $2 AND external_id = ANY($3::text[]) AND id <> $4
"""

CONFIRM = """
WITH d AS (
    UPDATE delivery SET state = 'sent', external_id = $3::text,
        parts = jsonb_build_array($3::text),
        reason = '', sent_at = now(), settled_at = now()
    WHERE tenant_id = $1 AND id = $2 AND state IN ('calling', 'unknown', 'retry')
        AND external_id = ''
    RETURNING id),
 o AS (DELETE FROM delivery_open o USING d WHERE o.delivery_id = d.id)
SELECT id FROM d
"""


async def journal(
    tx: Tx,
    *,
    limit: int = 50,
    before: UUID | None = None,
    states: Sequence[str] | None = None,
    conversation_id: UUID | None = None,
    direction: str | None = None,
) -> list[Record]:
    """Return a page of deliveries, newest first; `before` is the last id of the page before."""
    wanted = list(states) if states else None
    return await tx.fetch(
        JOURNAL, tx.tenant_id, before, wanted, conversation_id, direction, min(max(limit, 1), 100)
    )
