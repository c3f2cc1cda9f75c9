"""Gauges that rows know: one pass over small tables, at most every five seconds per process."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any

from services.kit import metrics
from services.kit.db import AWAY, Database, Tx
from services.kit.errors import Unavailable

log = logging.getLogger(__name__)

FRESH_SECONDS = 5.0
KINDS = {0: "bot", 1: "in", 2: "out"}
HOT_TABLES = (
    "inbox",
    "delivery",
    "delivery_open",
    "delivery_attempt",
    "lane",
    "parked",
    "conversation",
    "message",
)

# Numbers burnt by duplicates count as waiting until the owner lets the lane go (seconds).
INBOUND = """
SELECT l.kind, coalesce(sum(l.last_seq - l.done_seq), 0)::bigint AS due,
       coalesce(extract(epoch FROM now() - min(h.received_at)), 0)::float8 AS oldest
FROM lane l
LEFT JOIN LATERAL (SELECT i.received_at FROM inbox i WHERE i.lane = l.id AND i.seq > l.done_seq
                   ORDER BY i.seq LIMIT 1) AS h ON true
WHERE l.due_at <= now() AND l.kind < 2 AND l.last_seq > l.done_seq AND h.received_at IS NOT NULL
GROUP BY l.kind
"""
# Bulk work is old by design: only bridge and service say whether the lane keeps up.
OUTBOUND = """
SELECT count(*)::bigint AS due,
       coalesce(extract(epoch FROM now() - min(not_before) FILTER (WHERE class < 2)), 0)::float8
           AS oldest
FROM delivery_open WHERE not_before <= now()
"""
PARKED = "SELECT count(*) FROM parked"
NOTICES = "SELECT count(*) FROM notice WHERE state = 'parked'"
STUCK = "SELECT state, count(*) AS n FROM delivery_stuck GROUP BY state"
INCIDENTS = "SELECT rule, count(*) AS n FROM incident WHERE state = 'open' GROUP BY rule"
SUCCESS = """
SELECT id::text, extract(epoch FROM last_success_at)::float8 AS at FROM channel
WHERE status <> 'removed' AND last_success_at IS NOT NULL
"""
POLLED = """
SELECT s.source::text AS id, extract(epoch FROM s.last_poll_at)::float8 AS at, s.lag_seconds AS lag
FROM source_lease s JOIN channel c ON c.id = s.source
WHERE s.last_poll_at IS NOT NULL AND c.status <> 'removed'
"""
ROWS = """
SELECT relname, greatest(reltuples, 0)::float8 AS n FROM pg_class
WHERE relname = ANY($1) AND relkind = 'r'
"""


@dataclass(slots=True)
class _Seen:
    """What was set last time, so that what vanished can be set to nothing."""

    rules: set[str]
    channels: set[str]


class RowGauges:
    """Fills the registry from rows. Several callers share one refresh."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = asyncio.Lock()
        self._next = 0.0
        self._seen = _Seen(set(), set())

    async def refresh(self) -> bool:
        """Read the rows unless that was just done; False when the database is away."""
        async with self._lock:
            if time.monotonic() < self._next:
                return True
            self._pool()
            try:
                async with self._database.system("gauges of every tenant's rows") as tx:
                    await self._read(tx)
            except (Unavailable, *AWAY):
                metrics.ROW_REFRESH_FAILURES.inc()
                metrics.INCIDENT_OPEN.labels("database_away").set(1)
                return False
            self._next = time.monotonic() + FRESH_SECONDS
            return True

    async def _read(self, tx: Tx) -> None:
        _lanes(await tx.fetch(INBOUND), await tx.row(OUTBOUND))
        _stuck(await tx.fetch(STUCK), int(await tx.value(PARKED)))
        metrics.PARKED.labels("notice").set(int(await tx.value(NOTICES)))
        self._incidents(await tx.fetch(INCIDENTS))
        polled = await tx.fetch(POLLED)
        self._channels(await tx.fetch(SUCCESS), polled)
        for row in await tx.fetch(ROWS, list(HOT_TABLES)):
            metrics.TABLE_ROWS.labels(row["relname"]).set(row["n"])

    def _incidents(self, rows: list[Any]) -> None:
        found = {row["rule"]: row["n"] for row in rows}
        for rule in self._seen.rules | found.keys() | {"database_away"}:
            metrics.INCIDENT_OPEN.labels(rule).set(found.get(rule, 0))
        self._seen.rules |= found.keys()

    def _channels(self, rows: list[Any], polled: list[Any]) -> None:
        for row in rows:
            metrics.channel_success(row["id"], row["at"])
        for row in polled:
            metrics.channel_polled(row["id"], row["at"], row["lag"])
        found = {row["id"] for row in (*rows, *polled)}
        for gone in self._seen.channels - found:
            metrics.forget_channel(gone)
        self._seen.channels = found

    def _pool(self) -> None:
        pool = self._database.pool
        size, idle = pool.get_size(), pool.get_idle_size() + self._database.spare
        metrics.POOL_SIZE.set(size)
        metrics.POOL_IN_USE.set(size - idle)


def _lanes(inbound: list[Any], outbound: Any) -> None:
    found = {KINDS[row["kind"]]: (row["due"], row["oldest"]) for row in inbound}
    if outbound is not None:
        found["out"] = (outbound["due"], outbound["oldest"])
    for kind in KINDS.values():
        due, oldest = found.get(kind, (0, 0.0))
        metrics.LANE_DUE.labels(kind).set(due)
        metrics.LANE_OLDEST.labels(kind).set(max(oldest, 0.0))


def _stuck(rows: list[Any], parked_events: int) -> None:
    found = {row["state"]: row["n"] for row in rows}
    metrics.PARKED.labels("in").set(parked_events)
    metrics.PARKED.labels("out").set(found.get("parked", 0))
    metrics.UNKNOWN.set(found.get("unknown", 0))
