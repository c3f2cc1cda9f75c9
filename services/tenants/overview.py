"""What a business has and how it fares: read-only counts over its tables, for chat commands.

SQL only, no other feature is imported; row-level security keeps each answer inside the
transaction's tenant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kit.connection import FOR_VALUES
from services.kit.db import Record, Tx
from services.kit.ids import id_at

SKEW = timedelta(hours=1)
"""By how much the clocks of our processes may differ, with room to spare."""

CHANNELS = """
SELECT id, provider, kind, name, title, username, status, status_reason, hook_state, health,
    health_at,
    last_event_at, last_success_at
FROM channel WHERE tenant_id = $1 AND status <> 'removed' AND (kind IN ('master', 'client')) = $2
    ORDER BY name, id
"""
WORKSPACES = """
SELECT w.id, w.name, w.title, w.state, w.state_reason, w.channel_id, w.chat_id, w.checks,
    c.username AS bot,
    CASE WHEN w.state = 'live' THEN 0 ELSE (SELECT count(*) FROM (
            SELECT o.delivery_id FROM delivery_open o WHERE o.tenant_id = w.tenant_id
            UNION ALL
            SELECT s.delivery_id FROM delivery_stuck s WHERE s.tenant_id = w.tenant_id
                AND s.state = 'parked') AS k
        JOIN delivery d ON d.tenant_id = w.tenant_id AND d.id = k.delivery_id
        WHERE d.target_kind = 'topic' AND d.target_id = w.id AND d.purpose = 'to_topic'
          AND d.created_at > now() - interval '30 days') END AS waiting
FROM workspace w JOIN channel c ON c.tenant_id = w.tenant_id AND c.id = w.channel_id
WHERE w.tenant_id = $1 ORDER BY w.name, w.id
"""
FAILURES = """
SELECT e.channel_id, count(*) AS n, max(e.at) AS last_at,
    (array_agg(e.code ORDER BY e.at DESC, e.id DESC))[1] AS code,
    (array_agg(e.status ORDER BY e.at DESC, e.id DESC))[1] AS status
FROM channel_error e WHERE e.tenant_id = $1 AND e.at > now() - interval '1 day'
GROUP BY e.channel_id
"""
TROUBLE = """
SELECT
    (SELECT count(*) FROM parked p WHERE p.tenant_id = $1) AS events,
    (SELECT count(*) FROM delivery_stuck s WHERE s.tenant_id = $1 AND s.state = 'parked'
        AND s.at > now() - interval '30 days') AS parked,
    (SELECT count(*) FROM delivery_stuck s WHERE s.tenant_id = $1 AND s.state = 'unknown'
        AND s.at > now() - interval '30 days') AS unknown,
    (SELECT count(*) FROM delivery_open o WHERE o.tenant_id = $1) AS waiting
"""
# Ids are sorted by time: $3 is the least one of the moment $2, so only the day is read.
STATS = """
SELECT
    (SELECT count(*) FROM conversation c WHERE c.tenant_id = $1 AND c.waiting_since IS NOT NULL)
        AS waiting,
    (SELECT count(*) FROM conversation c WHERE c.tenant_id = $1 AND c.id >= $3
        AND c.created_at >= $2) AS fresh,
    m.received, m.answered
FROM (SELECT count(*) FILTER (WHERE m.direction = 'in') AS received,
        count(*) FILTER (WHERE m.direction = 'out' AND m.visibility = 'public') AS answered
      FROM message m WHERE m.tenant_id = $1 AND m.id >= $3 AND m.created_at >= $2) AS m
"""
PLATFORM = """
SELECT
    (SELECT count(*) FROM tenant WHERE slug <> 'platform' AND status = 'active') AS tenants,
    (SELECT count(*) FROM channel WHERE status = 'active') AS active,
    (SELECT count(*) FROM channel WHERE status = 'suspended') AS suspended,
    (SELECT count(*) FROM parked) AS events,
    (SELECT count(*) FROM delivery WHERE state = 'parked' AND created_at > now() - interval '30
        days') AS parked,
    (SELECT count(*) FROM delivery WHERE state = 'unknown' AND created_at > now() - interval '30
        days') AS unknown,
    (SELECT count(*) FROM delivery_open) AS waiting
"""


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One account in a list. `checks` is the stored check list, encoded."""

    id: UUID
    provider: str
    kind: str
    name: str
    title: str
    username: str
    status: str
    status_reason: str
    hook_state: str
    checks: str
    checked_at: datetime | None
    last_event_at: datetime | None
    last_success_at: datetime | None

    @property
    def shown_name(self) -> str:
        """Return what people call it."""
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class Failures:
    """Calls of an account that failed within a day: how many, and the last one."""

    count: int
    last_at: datetime
    code: str
    status: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """What did not get through: unreadable events, parked and unknown deliveries of 30 days, and
    the queue.
    """

    events: int
    parked: int
    unknown: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Stats:
    """Conversations that wait for an answer now; the rest since midnight of the business's
    zone.
    """

    waiting: int
    fresh: int
    received: int
    answered: int


@dataclass(frozen=True, slots=True)
class PlatformHealth:
    """The whole service in numbers."""

    tenants: int
    active: int
    suspended: int
    trouble: Trouble


class Overview:
    """Reads for the tenant of the transaction."""

    async def channels(self, tx: Tx, *, bots: bool) -> list[ChannelLine]:
        """Return live accounts by name: the bots, or all the others."""
        return [_line(row) for row in await tx.fetch(CHANNELS, tx.tenant_id, bots)]

    async def channel(self, tx: Tx, channel_id: UUID) -> ChannelLine | None:
        """Return one live account; another tenant's looks like none."""
        everything = [*await self.channels(tx, bots=True), *await self.channels(tx, bots=False)]
        return next((line for line in everything if line.id == channel_id), None)

    async def workspaces(self, tx: Tx) -> list[Record]:
        """Return id, name, title, state, state_reason, channel_id, chat_id, checks, bot, waiting
        of every group; `waiting`: messages of buyers that a lost group has not seen.
        """
        return await tx.fetch(WORKSPACES, tx.tenant_id)

    async def failures(self, tx: Tx) -> dict[UUID, Failures]:
        """Return what failed within a day, by account; one where nothing did is left out."""
        rows = await tx.fetch(FAILURES, tx.tenant_id)
        return {
            row["channel_id"]: Failures(row["n"], row["last_at"], row["code"], row["status"])
            for row in rows
        }

    async def trouble(self, tx: Tx) -> Trouble:
        """Return what did not get through."""
        return _trouble(await tx.row(TROUBLE, tx.tenant_id))

    async def stats(self, tx: Tx, zone: str, now: datetime) -> Stats:
        """Return today's work."""
        local = now.astimezone(ZoneInfo(zone))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        await tx.execute(FOR_VALUES)
        row: Any = await tx.row(STATS, tx.tenant_id, midnight, id_at(midnight - SKEW))
        return Stats(row["waiting"], row["fresh"], row["received"], row["answered"])

    async def platform(self, tx: Tx) -> PlatformHealth:
        """Return the whole service's numbers; the caller has made sure that an admin asks."""
        async with tx.system("an admin asks how the service fares"):
            row: Any = await tx.row(PLATFORM)
        return PlatformHealth(row["tenants"], row["active"], row["suspended"], _trouble(row))


def _line(row: Any) -> ChannelLine:
    return ChannelLine(
        id=row["id"],
        provider=row["provider"],
        kind=row["kind"],
        name=row["name"],
        title=row["title"],
        username=row["username"],
        status=row["status"],
        status_reason=row["status_reason"],
        hook_state=row["hook_state"],
        checks=row["health"],
        checked_at=row["health_at"],
        last_event_at=row["last_event_at"],
        last_success_at=row["last_success_at"],
    )


def _trouble(row: Any) -> Trouble:
    return Trouble(row["events"], row["parked"], row["unknown"], row["waiting"])
