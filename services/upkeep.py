"""What the scheduler makes due each minute, and what is trimmed by age."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from services.assembly import Features
from services.kit.clock import Clock, SystemClock
from services.kit.db import Database, Record
from services.kit.ids import id_at
from services.kit.schedule import FORGET
from services.outbox.receipts import FORGET_EARLY
from services.tenants.settings import days_of

log = logging.getLogger(__name__)

FORGET_BODIES = """
UPDATE inbox i SET body = NULL
WHERE i.received_at < now() - interval '7 days' AND i.body IS NOT NULL
  AND NOT EXISTS (SELECT FROM parked p WHERE p.lane = i.lane AND p.seq = i.seq)
  AND EXISTS (SELECT FROM lane l WHERE l.id = i.lane AND l.done_seq >= i.seq)
"""
FORGET_EVENTS = """
DELETE FROM inbox i WHERE i.received_at < now() - interval '14 days' AND i.body IS NULL
"""
FORGET_ATTEMPTS = "DELETE FROM delivery_attempt WHERE started_at < now() - interval '30 days'"

BATCH = 500
MOST_BATCHES = 60
"""As many of one run: the scheduler has its minute's work to do."""
WALK_AGAIN = timedelta(days=7)
"""What was still on its way, or was edited later, is met by the next walk."""
START = UUID(int=0)
WHO_ERASES = """
SELECT id, settings -> 'retention_days' AS days, settings -> 'retention' AS walk FROM tenant
WHERE jsonb_typeof(settings -> 'retention_days') = 'number'
    AND settings -> 'retention_days' <> '0'::jsonb
ORDER BY random()
"""
ERASE_MESSAGES = """
WITH old AS MATERIALIZED (
    SELECT id FROM message WHERE tenant_id = $1 AND id > $2 AND id < $3 ORDER BY id LIMIT $4),
r AS (UPDATE message_revision v SET text = '', entities = '[]' FROM old
      WHERE v.tenant_id = $1 AND v.message_id = old.id AND v.text <> ''),
a AS (DELETE FROM attachment f USING old WHERE f.tenant_id = $1 AND f.message_id = old.id),
m AS (UPDATE message t SET text = '', entities = '[]' FROM old
      WHERE t.tenant_id = $1 AND t.id = old.id AND (t.text <> '' OR t.entities <> '[]'))
SELECT id FROM old ORDER BY id DESC LIMIT 1
"""
ERASE_DELIVERIES = """
WITH old AS MATERIALIZED (
    SELECT id FROM delivery WHERE tenant_id = $1 AND id > $2 AND id < $3 ORDER BY id LIMIT $4),
d AS (UPDATE delivery t SET action = '' FROM old
      WHERE t.tenant_id = $1 AND t.id = old.id AND t.action <> ''
        AND t.state NOT IN ('due', 'retry', 'calling', 'parked', 'unknown'))
SELECT id FROM old ORDER BY id DESC LIMIT 1
"""
ERASE_REST = (
    "DELETE FROM draft WHERE tenant_id = $1 AND updated_at < $2",
    "DELETE FROM link_offer WHERE tenant_id = $1 AND created_at < $2",
)
KEEP_PLACE = """
UPDATE tenant SET settings = jsonb_set(settings, '{retention}', $2::jsonb)
WHERE id = $1 AND settings -> 'retention_days' = $3::jsonb
"""
"""Not when the term was changed meanwhile: then everything is walked from the start."""


class _Walk(msgspec.Struct):
    """How far the texts of a business are erased: the last row looked at, by table. `is_over`:
    it came to the end at least once.
    """

    since: datetime
    is_over: bool = False
    message: UUID = START
    delivery: UUID = START


class Upkeep:
    """The scheduler's jobs."""

    def __init__(self, database: Database, features: Features, clock: Clock | None = None) -> None:
        self._database = database
        self._features = features
        self._clock = clock or SystemClock()

    async def remind(self) -> None:
        """Look at conversations whose moment has come, tenant by tenant."""
        bridge = self._features.conversations
        async with self._database.system("who has something to look at") as tx:
            tenants = await bridge.due_tenants(tx)
        for tenant_id in tenants:
            async with self._database.tenant(tenant_id) as tx:
                await bridge.tick(tx)

    async def describe(self) -> None:
        """Ask again about chats nobody described; go on with files that wait for their link."""
        await self._features.enquiries.sweep()
        await self._features.file_links.sweep()

    async def forget(self) -> None:
        """Trim bodies after a week, keys after two (they must outlive 8 days), attempts after a
        month.
        """
        async with self._database.system("retention of the engine's own rows") as tx:
            for statement in (FORGET_BODIES, FORGET_EVENTS, FORGET_ATTEMPTS, FORGET_EARLY, FORGET):
                await tx.execute(statement)
            await self._features.tenants.sweep(tx)
            await self._features.identity.sessions.sweep(tx)
        await self._features.job_worker.forget()
        await self.erase()

    async def erase(self) -> None:
        """Blank texts and files older than their business keeps them, in small batches. Rows and
        their counts stay, what still waits to be sent keeps its content.
        """
        async with self._database.system("who keeps texts for a time only") as tx:
            tenants = await tx.fetch(WHO_ERASES)
        left = MOST_BATCHES
        for row in tenants:
            if left > 0 and days_of(row["days"]):
                left -= await self._erase(row, left)

    async def _erase(self, row: Record, most: int) -> int:
        """Return how many batches this business took."""
        tenant_id, now = row["id"], self._clock.now()
        before = now - timedelta(days=days_of(row["days"]))
        walk = _walk(row["walk"], now)
        async with self._database.tenant(tenant_id) as tx:
            for statement in ERASE_REST:
                await tx.execute(statement, tenant_id, before)
        used, end = 0, id_at(before)
        for table, statement in (("message", ERASE_MESSAGES), ("delivery", ERASE_DELIVERIES)):
            last, at = START, getattr(walk, table)
            while last is not None and used < most:
                async with self._database.tenant(tenant_id) as tx:
                    last = await tx.value(statement, tenant_id, at, end, BATCH)
                at, used = last or at, used + 1
            setattr(walk, table, at)
        walk.is_over = walk.is_over or used < most
        place = msgspec.json.encode(walk).decode()
        async with self._database.tenant(tenant_id) as tx:
            await tx.execute(KEEP_PLACE, tenant_id, place, row["days"])
        return used


def _walk(stored: str | None, now: datetime) -> _Walk:
    try:
        found = msgspec.json.decode(stored, type=_Walk) if stored else _Walk(now)
    except msgspec.DecodeError:
        return _Walk(now)
    return _Walk(now) if found.is_over and now - found.since > WALK_AGAIN else found
