"""Proof of what webhooks bring: where a hook proves nothing, the history must show its events.

The inbox keeps the way of an event in `source`: `hook` until a poll shows it, then `shown`; `poll`
what the poll found first although the hook should have brought it (a miss); `pull` what only
polling brings.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.kit.db import Database, Tx
from services.polling.models import Shown

DOUBT_AFTER = 2
"""Whole polls that may pass without an event before it is doubted."""

# Half a minute of overlap covers flushes still in flight; the primary key makes it harmless.
COLLECT = """
WITH span AS (
    INSERT INTO poll_mark AS m (name, at) VALUES ('expected', now())
    ON CONFLICT (name) DO UPDATE SET at = now()
    RETURNING (SELECT at FROM poll_mark WHERE name = 'expected') AS since)
INSERT INTO poll_expected (tenant_id, channel_id, event_key, received_at)
SELECT i.tenant_id, i.channel_id, i.event_key, i.received_at
FROM inbox i JOIN source_lease s ON s.source = i.channel_id AND s.provider = ANY($1::text[])
WHERE i.received_at > coalesce((SELECT since FROM span), now()) - interval '30 seconds'
  AND i.source = 'hook' AND i.received_at > s.first_success_at
ON CONFLICT DO NOTHING
"""
TOO_OLD = "DELETE FROM poll_expected WHERE received_at < now() - interval '1 hour'"
SHOWN = """
UPDATE inbox SET source = 'shown'
WHERE channel_id = $1 AND event_key = ANY($2::text[]) AND source = 'hook' RETURNING event_key
"""
PROVEN = "DELETE FROM poll_expected WHERE channel_id = $1 AND event_key = ANY($2::text[])"
# A poll may have shown an event while it was being noted: the inbox has the last word.
STILL = """
SELECT event_key FROM inbox
WHERE channel_id = $1 AND event_key = ANY($2::text[]) AND source = 'hook'
"""
NOT_SHOWN = """
UPDATE poll_expected SET polls = polls + 1
WHERE channel_id = $1 AND received_at < $2::timestamptz - interval '2 seconds' AND polls < $3
RETURNING event_key, polls
"""


class Audit:
    """Confirms and doubts. Subscribers run in the transaction that records it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.confirmed: list[Shown] = []
        self.doubted: list[Shown] = []

    async def collect(self, providers: Sequence[str]) -> None:
        """Note what hooks brought since the last look and no poll has shown yet."""
        async with self._database.system("events of every tenant wait for their proof") as tx:
            if providers:
                await tx.execute(COLLECT, list(providers))
            await tx.execute(TOO_OLD)

    async def shown(self, tx: Tx, channel_id: UUID, keys: Sequence[str]) -> None:
        """The history shows these events."""
        if not keys:
            return
        rows = await tx.fetch(SHOWN, channel_id, list(keys))
        if rows:
            await tx.execute(PROVEN, channel_id, list(keys))
            for subscriber in self.confirmed:
                await subscriber(tx, channel_id, [row["event_key"] for row in rows])

    async def passed(self, tx: Tx, channel_id: UUID, asked_at: datetime) -> None:
        """A whole poll that began at `asked_at` has shown all it will show."""
        rows = await tx.fetch(NOT_SHOWN, channel_id, asked_at, DOUBT_AFTER)
        due = [row["event_key"] for row in rows if row["polls"] >= DOUBT_AFTER]
        doubted = (
            [row["event_key"] for row in await tx.fetch(STILL, channel_id, due)] if due else []
        )
        if doubted:
            for subscriber in self.doubted:
                await subscriber(tx, channel_id, doubted)
