"""The journal of deliveries and the moves a person makes in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

from services.kit.db import Record, Tx

COLUMNS = """d.id, d.tenant_id AS tenant, d.conversation_id AS conversation,
    d.campaign_id AS campaign, d.direction, c.name AS channel, d.recipient, d.external_id, d.state,
    d.attempts, d.class, d.reason, d.possible_repeat, d.created_at, d.called_at, d.settled_at,
    d.purpose"""
# What is not settled is a few among millions, and no index of `delivery` mentions its state: it is
# read from the tables that hold just those.
OPEN = frozenset({"due", "retry", "calling"})
STUCK = frozenset({"parked", "unknown"})
FROM_ALL = "delivery d", "d.id"
OF_ONE = "delivery d", "d.created_at DESC, d.id"
"""Of one conversation: in the order of its own index."""
FROM_OPEN = (
    "delivery_open k JOIN delivery d ON d.tenant_id = k.tenant_id AND d.id = k.delivery_id",
    "k.delivery_id",
)
FROM_STUCK = FROM_OPEN[0].replace("delivery_open", "delivery_stuck"), "k.delivery_id"
SINCE = """d.created_at <= (SELECT k.created_at FROM delivery k WHERE k.tenant_id = $1
        AND k.id = {at}::uuid)
    AND (d.created_at, d.id) < (SELECT k.created_at, k.id FROM delivery k WHERE k.tenant_id = $1
        AND k.id = {at}::uuid)"""
FILTERS = {
    "before": "{key} < {at}::uuid",
    "states": "d.state = ANY({at}::text[])",
    "conversation_id": "d.conversation_id = {at}::uuid",
    "direction": "d.direction = {at}::text",
}

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
    given = {
        "before": before,
        "states": list(states) if states else None,
        "conversation_id": conversation_id,
        "direction": direction,
    }
    asked = {name: value for name, value in given.items() if value is not None}
    source, key = _source(frozenset(states or ()), is_one=conversation_id is not None)
    sql = _journal(source, key, tuple(asked), min(max(limit, 1), 100))
    return await tx.fetch(sql, tx.tenant_id, *asked.values())


def _source(states: frozenset[str], *, is_one: bool) -> tuple[str, str]:
    if states and states <= OPEN:
        return FROM_OPEN
    if states and states <= STUCK:
        return FROM_STUCK
    return OF_ONE if is_one else FROM_ALL


@lru_cache(maxsize=256)
def _journal(source: str, key: str, asked: tuple[str, ...], limit: int) -> str:
    """Return the statement with the conditions that were asked for, and no others."""
    conditions = [f"{key.partition('.')[0]}.tenant_id = $1"]
    filters = FILTERS | {"before": SINCE} if (source, key) == OF_ONE else FILTERS
    conditions += [
        filters[name].format(key=key, at=f"${number}")
        for number, name in enumerate(asked, start=2)
    ]
    return f"""
SELECT {COLUMNS} FROM {source}
JOIN channel c ON c.tenant_id = d.tenant_id AND c.id = d.channel_id
WHERE {" AND ".join(conditions)} ORDER BY {key} DESC LIMIT {int(limit)}
"""
