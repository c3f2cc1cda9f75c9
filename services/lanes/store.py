"""Every statement that moves a lane. Lanes are sorted by id wherever several are locked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.kit.db import Database, Record

ACQUIRE = """
UPDATE lane AS x SET owner = $1, fence = x.fence + 1,
       lease_until = now() + $3 * interval '1 second', rung_at = NULL,
       due_at = coalesce(x.due_at, now())
FROM (SELECT id, owner IS NOT NULL AND lease_until < now() AS crashed FROM lane
      WHERE id = ANY($2::bigint[]) AND kind = ANY($4::smallint[])
        AND (owner IS NULL OR lease_until < now())
      ORDER BY id FOR UPDATE SKIP LOCKED) AS free
WHERE x.id = free.id
RETURNING x.id, x.kind, x.tenant_id, x.channel_id, x.fence, x.done_seq, x.head_attempts,
          x.head_crashes, free.crashed
"""

RENEW = """
UPDATE lane SET lease_until = now() + $3 * interval '1 second'
WHERE id IN (SELECT id FROM lane WHERE id = ANY($2::bigint[]) AND owner = $1
             ORDER BY id FOR NO KEY UPDATE)
RETURNING id
"""

RELEASE = """
UPDATE lane SET owner = NULL, lease_until = '-infinity',
       done_seq = CASE WHEN kind = 2 OR $4::float8 IS NULL THEN greatest(done_seq, $3)
                       ELSE done_seq END,
       due_at = now() + $4 * interval '1 second'
WHERE id = $1 AND fence = $2 AND last_seq = $3 RETURNING id
"""

HAND_BACK = """
WITH b AS (
    UPDATE lane SET owner = NULL, lease_until = '-infinity', due_at = now()
    WHERE id IN (SELECT id FROM lane WHERE id = ANY($2::bigint[]) AND owner = $1
                 ORDER BY id FOR UPDATE)
    RETURNING id, kind, last_seq > done_seq OR kind = 2 AS busy)
SELECT pg_notify('cold_' || kind, string_agg(id::text, ','))
FROM (SELECT id, kind FROM b WHERE busy LIMIT 300) AS c GROUP BY kind
"""

POSTPONE = """
UPDATE lane SET owner = NULL, lease_until = '-infinity', due_at = now() + $3 * interval '1 second'
WHERE id = $1 AND fence = $2
"""

DUE = """
SELECT id FROM lane
WHERE due_at <= now() AND lease_until < now() AND kind = ANY($1::smallint[])
ORDER BY due_at LIMIT 500
"""

ADVANCE = """
UPDATE lane SET done_seq = $3, head_attempts = 0, head_crashes = 0
WHERE id = $1 AND fence = $2 AND done_seq < $3 RETURNING id
"""

FAILED = """
UPDATE lane SET head_attempts = head_attempts + 1, head_crashes = 0,
       due_at = now() + $3 * interval '1 second'
WHERE id = $1 AND fence = $2 RETURNING head_attempts
"""

SUSPECT = """
UPDATE lane SET head_crashes = head_crashes + 1 WHERE id = $1 AND fence = $2 RETURNING head_crashes
"""


class LeaseLost(Exception):
    """Another process owns the lane now; everything of this transaction is undone. Stop, do not
    call.
    """


class LaneStore:
    """Lanes as one process (`owner`) sees them."""

    def __init__(self, database: Database, owner: str, lease_seconds: float) -> None:
        self._database = database
        self.owner = owner
        self.lease_seconds = lease_seconds

    async def acquire(self, lanes: Sequence[int], kinds: Sequence[int]) -> list[Record]:
        """Take the free ones of these kinds among these lanes; the least suspected first, so that
        neighbours are through before a killer strikes.
        """
        args = (self.owner, list(lanes), self.lease_seconds, list(kinds))
        return sorted(await self._fetch(ACQUIRE, *args), key=lambda row: row["head_crashes"])

    async def renew(self, lanes: Sequence[int]) -> set[int]:
        """Prolong leases; return the lanes still ours."""
        rows = await self._fetch(RENEW, self.owner, list(lanes), self.lease_seconds)
        return {row["id"] for row in rows}

    async def release(self, lane: int, fence: int, seen: int, due_in: float | None) -> bool:
        """Let go of a lane whose rows up to `seen` are known, and done unless it is due again;
        False when something arrived meanwhile.
        """
        return bool(await self._fetch(RELEASE, lane, fence, seen, due_in))

    async def hand_back(self, lanes: Sequence[int]) -> None:
        """Let go at once, leave the lanes due, and tell others of those with work (shutdown)."""
        await self._fetch(HAND_BACK, self.owner, list(lanes))

    async def postpone(self, lane: int, fence: int, seconds: float) -> None:
        """Let go of a lane nobody can work on now, and have it looked at later."""
        await self._fetch(POSTPONE, lane, fence, seconds)

    async def due(self, kinds: Sequence[int]) -> list[int]:
        """Return due lanes nobody owns."""
        return [row["id"] for row in await self._fetch(DUE, list(kinds))]

    async def failed(self, lane: int, fence: int, delay_seconds: float) -> int:
        """Count a failed decision of the head, which the process outlived; return the attempts so
        far. Raises LeaseLost.
        """
        rows = await self._fetch(FAILED, lane, fence, delay_seconds)
        if not rows:
            raise LeaseLost
        return int(rows[0]["head_attempts"])

    async def suspect(self, lane: int, fence: int) -> int:
        """Count the head as a possible killer before it is worked on. Raises LeaseLost."""
        rows = await self._fetch(SUSPECT, lane, fence)
        if not rows:
            raise LeaseLost
        return int(rows[0]["head_crashes"])

    async def _fetch(self, sql: str, *args: Any) -> list[Record]:
        async with self._database.connection() as conn:
            return await conn.fetch(sql, *args)  # type: ignore[no-any-return]
