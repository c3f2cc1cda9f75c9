"""Every statement of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from services.connectors.messages import decode_outbound
from services.kit.crypto import TenantKeys
from services.kit.db import Record, Tx
from services.outbox.models import Class, Delivery

ADD = """
SELECT lane, mine, cold, calling
FROM vishenka_add($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,
    $20,$21,$22,$23,$24,$25)
"""

JOIN = """
SELECT lane, mine, cold, calling, place, joined
FROM vishenka_join($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,
    $20,$21,$22,$23,$24,$25)
"""
"""The same where all of them start at once or wait for their turn in lanes of this process."""

LOCK_LANES = "SELECT 1 FROM lane WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE"
"""A claim holds its lane, then its rows; who takes rows away must ask in the same order."""
SUPERSEDE = """
WITH gone AS (
    DELETE FROM delivery_open o
    USING unnest($1::bigint[], $2::text[], $4::text[]) AS n(lane, key, id)
    WHERE o.lane = n.lane AND o.coalesce_key = n.key AND NOT o.calling
      AND NOT EXISTS (SELECT FROM delivery k WHERE k.tenant_id = $3 AND k.idempotency_key = n.id)
    RETURNING o.delivery_id)
UPDATE delivery d SET state = 'skipped', reason = 'superseded', settled_at = now()
FROM gone WHERE d.tenant_id = $3 AND d.id = gone.delivery_id
"""
"""The newer one takes the place of those that wait; one that is a repeat takes nobody's."""

LOAD = """
SELECT (SELECT last_seq FROM lane WHERE id = $1) AS last_seq, o.*
FROM unnest($2::smallint[], $3::bigint[], $4::int[]) AS c(class, after, n)
LEFT JOIN LATERAL (
    SELECT o.seq, o.delivery_id, o.order_key, o.calling, o.class AS cls, o.coalesce_key,
           d.rank, d.batch_id, extract(epoch FROM o.not_before - now())::float8 AS wait
    FROM delivery_open o LEFT JOIN LATERAL (
        SELECT d.seq AS rank, d.batch_id FROM delivery d
        WHERE d.tenant_id = o.tenant_id AND d.id = o.delivery_id) AS d ON true
    WHERE o.lane = $1 AND o.class = c.class AND o.seq >= c.after
    ORDER BY o.seq, o.delivery_id LIMIT c.n
) AS o ON true
"""

HELD = "SELECT id FROM batch WHERE tenant_id = $1 AND id = ANY($2::uuid[]) AND state = 'held'"

CALLING = """
SELECT o.class, o.seq, o.delivery_id, o.order_key, d.attempts, d.possible_repeat
FROM delivery_open o
JOIN delivery d ON d.tenant_id = o.tenant_id AND d.id = o.delivery_id
WHERE o.lane = $1 AND o.calling ORDER BY o.seq
"""

RECENT = """
SELECT bucket, extract(epoch FROM now() - started_at)::float8 AS age FROM delivery_attempt
WHERE lane = $1 AND started_at > now() - interval '60 seconds' AND bucket <> '' ORDER BY started_at
"""

FIELDS = """d.tenant_id, d.id, d.channel_id, d.class, d.seq, d.order_key, d.purpose,
    d.direction, d.action, d.attempts, d.possible_repeat, d.created_at, d.target_kind,
    d.target_id, d.ref, d.conversation_id, d.batch_id, d.trace"""

READ = f"""
SELECT {FIELDS}, b.state AS batch_state FROM delivery_open o
JOIN delivery d ON d.tenant_id = o.tenant_id AND d.id = o.delivery_id
LEFT JOIN batch b ON b.tenant_id = d.tenant_id AND b.id = d.batch_id
WHERE o.delivery_id = ANY($1::uuid[]) AND NOT o.calling FOR UPDATE OF o
"""

ORPHANS = f"""
SELECT {FIELDS}, a.fence FROM delivery d JOIN delivery_open a ON a.delivery_id = d.id
WHERE d.tenant_id = $1 AND d.id = ANY($2::uuid[])
"""

FENCED = "SELECT 1 FROM lane WHERE id = $1 AND fence = $2 AND owner = $3 FOR KEY SHARE"

CLAIM = """
WITH c AS (SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[]) AS c(id, action, bucket)),
o AS (UPDATE delivery_open o SET calling = true, fence = $4 FROM c WHERE o.delivery_id = c.id),
a AS (INSERT INTO delivery_attempt (tenant_id, delivery_id, n, lane, fence, bucket)
      SELECT d.tenant_id, d.id, d.attempts + 1, d.lane, $4, c.bucket
      FROM delivery d JOIN c ON c.id = d.id
      WHERE d.tenant_id = $5)
UPDATE delivery d SET state = 'calling', attempts = d.attempts + 1, called_at = now(),
    action = c.action
FROM c WHERE d.tenant_id = $5 AND d.id = c.id
"""

SETTLE = """
WITH s AS (SELECT u.* FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[],
        $6::bool[], $7::text[], $8::jsonb[], $9::float8[], $10::smallint[])
        AS u(id, state, reason, detail, give_back, repeat, external_id, parts, delay, status)
      JOIN delivery_open o ON o.delivery_id = u.id
      WHERE CASE WHEN $11::bigint = 0 AND NOT o.calling THEN true
                 ELSE o.fence = $11 AND (o.calling OR u.state = 'sent') END
      FOR UPDATE OF o),
a AS (UPDATE delivery_attempt a SET ended_at = now(), outcome = s.state, reason = s.reason,
        status = s.status, retry_after = s.delay
      FROM s WHERE a.delivery_id = s.id AND a.fence = $11 AND a.ended_at IS NULL),
o AS (UPDATE delivery_open o
      SET calling = false, not_before = now() + s.delay * interval '1 second'
      FROM s WHERE o.delivery_id = s.id AND s.state = 'retry'),
g AS (DELETE FROM delivery_open o USING s WHERE o.delivery_id = s.id AND s.state <> 'retry')
UPDATE delivery d SET state = s.state, reason = s.reason, detail = s.detail,
    attempts = d.attempts - s.give_back,
    possible_repeat = d.possible_repeat OR s.repeat, external_id = s.external_id, parts = s.parts,
    sent_at = CASE WHEN s.state = 'sent' THEN now() ELSE d.sent_at END,
    settled_at = CASE WHEN s.state = 'retry' THEN NULL ELSE now() END
FROM s WHERE d.tenant_id = $12 AND d.id = s.id AND d.state IN ('calling', 'due', 'retry')
RETURNING d.id
"""

REFUSE = """
WITH d AS (
    UPDATE delivery SET attempts = attempts + 1, reason = 'internal',
        state = CASE WHEN attempts + 1 >= $3 THEN 'parked' ELSE 'retry' END,
        settled_at = CASE WHEN attempts + 1 >= $3 THEN now() END
    WHERE tenant_id = $1 AND id = $2 AND state IN ('due', 'retry')
    RETURNING id, state, attempts),
g AS (DELETE FROM delivery_open o USING d WHERE o.delivery_id = d.id AND d.state = 'parked')
SELECT state, attempts FROM d
"""

UNCLAIM = """
WITH o AS (
    UPDATE delivery_open SET calling = false
    WHERE lane = $1 AND calling AND fence = $2 AND delivery_id <> ALL($3::uuid[])
    RETURNING delivery_id, class, seq, order_key),
a AS (UPDATE delivery_attempt a SET ended_at = now(), outcome = 'retry'
      FROM o WHERE a.delivery_id = o.delivery_id AND a.fence = $2 AND a.ended_at IS NULL)
UPDATE delivery d SET state = 'retry', attempts = d.attempts - 1
FROM o WHERE d.tenant_id = $4 AND d.id = o.delivery_id AND d.state = 'calling'
RETURNING d.id, o.class, o.seq, o.order_key
"""


def to_delivery(row: Record, keys: TenantKeys) -> Delivery:
    """Return a row as a delivery; `attempts` is what it will be once claimed."""
    body = keys.open("delivery:action", row["id"], row["action"])
    return Delivery(
        tenant_id=row["tenant_id"],
        id=row["id"],
        channel_id=row["channel_id"],
        cls=Class(row["class"]),
        seq=row["seq"],
        order_key=row["order_key"],
        purpose=row["purpose"],
        direction=row["direction"],
        action=decode_outbound(body),
        attempts=row["attempts"] + 1,
        repeat=row["possible_repeat"],
        created_at=row["created_at"],
        target_kind=row["target_kind"],
        target_id=row["target_id"],
        ref=row["ref"],
        conversation_id=row["conversation_id"],
        batch_id=row["batch_id"],
        trace=row["trace"],
    )


async def read_for_call(tx: Tx, ids: Sequence[UUID]) -> list[Record]:
    """Lock and return open deliveries that nobody calls."""
    return await tx.fetch(READ, list(ids))


async def is_fenced(tx: Tx, lane: int, fence: int, owner: str) -> bool:
    """Say whether the lane is still ours; holds off a new owner until this transaction ends."""
    return await tx.value(FENCED, lane, fence, owner) is not None


def parts_json(parts: Sequence[str]) -> str:
    """Return ids as jsonb text."""
    return orjson.dumps(list(parts)).decode()


def column(rows: Sequence[Any], name: str) -> list[Any]:
    """Return one attribute of every row, as an array argument."""
    return [getattr(row, name) for row in rows]
