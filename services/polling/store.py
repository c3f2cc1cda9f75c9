"""Every statement that moves a source. Time is the database's; a poll's writes carry its fence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.kit.db import Database, Record, Tx
from services.polling.settling import Told

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
     channel c LEFT JOIN channel_token t ON t.tenant_id = c.tenant_id AND t.channel_id = c.id
WHERE s.source = due.source AND c.id = s.source
RETURNING s.source, s.tenant_id, s.provider, s.fence, s.cursor, s.failures, s.breaker,
    s.first_success_at IS NOT NULL AS is_audited, c.hook_state, now() AS asked_at,
    EXISTS (SELECT FROM poll_expected e WHERE e.channel_id = s.source) AS is_awaited,
    c.updated_at, t.version, t.expires_at
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
# A cursor comes only with a success that wrote nothing before. Rows are locked in one order; the
# channel's mark may be left out when somebody else writes it: the next poll brings it.
SETTLE = """
WITH told AS (
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::float8[], $4::smallint[], $5::text[],
        $6::text[], $7::text[]) AS w(source, fence, pause, failures, breaker, code, cursor)),
mine AS (
    SELECT s.source FROM source_lease s JOIN told w ON w.source = s.source AND w.fence = s.fence
    ORDER BY s.source FOR UPDATE OF s),
done AS (
    UPDATE source_lease s SET next_poll_at = now() + w.pause * interval '1 second', owner = NULL,
        lease_until = '-infinity', failures = w.failures, breaker = w.breaker, last_code = w.code,
        last_poll_at = now(), cursor = coalesce(w.cursor, s.cursor),
        last_success_at = CASE WHEN w.cursor IS NULL THEN s.last_success_at ELSE now() END,
        first_success_at = CASE WHEN w.cursor IS NULL THEN s.first_success_at
            ELSE coalesce(s.first_success_at, now()) END,
        lag_seconds = CASE WHEN w.cursor IS NULL THEN s.lag_seconds ELSE 0 END
    FROM told w JOIN mine USING (source)
    WHERE s.source = w.source AND s.fence = w.fence
    RETURNING s.source, s.tenant_id, w.cursor IS NOT NULL AS is_success),
stale AS (
    SELECT c.tenant_id, c.id FROM channel c JOIN done d ON d.tenant_id = c.tenant_id
        AND d.source = c.id AND d.is_success
    WHERE c.last_success_at IS NULL OR c.last_success_at < now() - interval '20 seconds'
    FOR NO KEY UPDATE OF c SKIP LOCKED),
marked AS (
    UPDATE channel c SET last_success_at = now() FROM stale
    WHERE c.tenant_id = stale.tenant_id AND c.id = stale.id)
SELECT source FROM done
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

    async def settle(self, told: Sequence[Told]) -> set[UUID]:
        """Write how polls ended and let go of their sources; return those that were still ours."""
        args = (
            [one.source for one in told],
            [one.fence for one in told],
            [one.following.delay_seconds for one in told],
            [one.following.standing.failures for one in told],
            [one.following.standing.breaker for one in told],
            [one.code for one in told],
            [one.cursor for one in told],
        )

        async def write() -> set[UUID]:
            async with self._database.system("sources of every tenant") as tx:
                return {row["source"] for row in await tx.fetch(SETTLE, *args)}

        return await self._database.retry(write)

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
