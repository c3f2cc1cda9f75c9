"""Every statement that moves a source. Time is the database's; a poll's writes carry its fence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.kit.db import Database, Record, Tx

ADOPT = """
INSERT INTO source_lease (source, tenant_id, provider, next_poll_at)
SELECT c.id, c.tenant_id, c.provider,
    now() + greatest(row_number() OVER () - 100, 0) / 50.0 * interval '1 second'
FROM channel c LEFT JOIN source_lease s ON s.source = c.id
WHERE s.source IS NULL AND c.status <> 'removed' AND c.provider = ANY($1::text[]) LIMIT 5000
ON CONFLICT DO NOTHING
"""
WAKE = """
INSERT INTO source_lease (source, tenant_id, provider)
SELECT c.id, c.tenant_id, c.provider FROM channel c
WHERE c.id = $1 AND c.status <> 'removed' AND c.provider = ANY($2::text[])
ON CONFLICT (source) DO UPDATE SET next_poll_at = now(), failures = 0, breaker = 'closed',
    last_code = ''
"""
FORGET = """
DELETE FROM source_lease s WHERE NOT EXISTS (
    SELECT FROM channel c WHERE c.id = s.source AND c.status <> 'removed')
"""
CLAIM = """
UPDATE source_lease s SET owner = $1, fence = s.fence + 1,
    lease_until = now() + $2 * interval '1 second'
FROM (SELECT x.source FROM source_lease x
      WHERE x.next_poll_at <= now() AND x.lease_until < now() AND x.provider = ANY($3::text[])
      ORDER BY x.next_poll_at LIMIT $4 FOR UPDATE SKIP LOCKED) AS due,
     channel c
WHERE s.source = due.source AND c.id = s.source
RETURNING s.source, s.tenant_id, s.provider, s.fence, s.cursor, s.failures, s.breaker,
    s.first_success_at, c.hook_state, now() AS asked_at
"""
CLAIM_ONE = CLAIM.replace("x.next_poll_at <= now() AND", "x.source = $5 AND").replace(
    "ORDER BY x.next_poll_at LIMIT $4", "LIMIT $4"
)
RENEW = """
UPDATE source_lease SET lease_until = now() + $3 * interval '1 second'
WHERE source IN (SELECT s.source FROM source_lease s
                 JOIN unnest($1::uuid[], $2::bigint[]) AS w(source, fence)
                     ON w.source = s.source AND w.fence = s.fence
                 WHERE s.lease_until > now() ORDER BY s.source FOR UPDATE OF s)
RETURNING source
"""
ADVANCE = """
UPDATE source_lease SET cursor = $3, last_poll_at = now(), last_success_at = now(),
    first_success_at = coalesce(first_success_at, now()), failures = 0, breaker = 'closed',
    misses = misses + $4, lag_seconds = $5, last_code = ''
WHERE source = $1 AND fence = $2 RETURNING source
"""
SETTLE = """
UPDATE source_lease SET next_poll_at = now() + $3 * interval '1 second', owner = NULL,
    lease_until = '-infinity', failures = $4, breaker = $5, last_code = $6, last_poll_at = now()
WHERE source = $1 AND fence = $2 RETURNING source
"""
GIVE_BACK = """
UPDATE source_lease SET owner = NULL, lease_until = '-infinity',
    next_poll_at = least(next_poll_at, now())
WHERE (source, fence) IN (SELECT * FROM unnest($1::uuid[], $2::bigint[]))
"""
SUCCESS = """
UPDATE channel SET last_success_at = now() WHERE tenant_id = $1 AND id = $2
    AND (last_success_at IS NULL OR last_success_at < now() - interval '20 seconds')
"""
STATES = """
SELECT source, next_poll_at, last_poll_at, last_success_at, lag_seconds, failures, breaker,
    last_code, misses
FROM source_lease WHERE tenant_id = $1 ORDER BY source
"""


class LeaseLost(Exception):
    """Another process asks this source now; this transaction is undone. Stop."""


class SourceStore:
    """Sources as one process (`owner`) sees them."""

    def __init__(self, database: Database, owner: str, lease_seconds: float) -> None:
        self._database = database
        self.owner = owner
        self.lease_seconds = lease_seconds

    async def adopt(self, providers: Sequence[str]) -> int:
        """Make rows for channels that have none; return how many."""
        async with self._database.system("sources of every tenant") as tx:
            made: int = await tx.execute(ADOPT, list(providers))
        return made

    async def forget(self) -> int:
        """Drop rows of removed channels."""
        async with self._database.system("sources of every tenant") as tx:
            gone: int = await tx.execute(FORGET)
        return gone

    async def claim(self, providers: Sequence[str], limit: int) -> list[Record]:
        """Take due sources nobody owns, the longest due first."""
        args = (self.owner, self.lease_seconds, list(providers), limit)
        async with self._database.system("sources of every tenant") as tx:
            rows: list[Record] = await tx.fetch(CLAIM, *args)
        return rows

    async def claim_one(self, providers: Sequence[str], channel_id: UUID) -> Record | None:
        """Take this source, due or not; None when somebody owns it."""
        args = (self.owner, self.lease_seconds, list(providers), 1, channel_id)
        async with self._database.system("a source of some tenant") as tx:
            return await tx.row(CLAIM_ONE, *args)

    async def renew(self, held: Mapping[UUID, int]) -> set[UUID]:
        """Prolong leases (source to fence); return the sources still ours."""
        args = (list(held), list(held.values()), self.lease_seconds)
        async with self._database.system("sources of every tenant") as tx:
            return {row["source"] for row in await tx.fetch(RENEW, *args)}

    async def give_back(self, held: Mapping[UUID, int]) -> None:
        """Let go of sources, due at once for others."""
        async with self._database.system("sources of every tenant") as tx:
            await tx.execute(GIVE_BACK, list(held), list(held.values()))

    async def states(self, tenant_id: UUID) -> list[Record]:
        """Return how a tenant's sources do."""
        async with self._database.tenant(tenant_id) as tx:
            rows: list[Record] = await tx.fetch(STATES, tenant_id)
        return rows


async def fenced(tx: Tx, sql: str, source: UUID, fence: int, *args: object) -> None:
    """Run a write of a poll. Raises LeaseLost when another fence is on the row."""
    if await tx.value(sql, source, fence, *args) is None:
        raise LeaseLost
