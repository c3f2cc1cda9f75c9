"""What the scheduler makes due each minute, and what is trimmed by age."""

from __future__ import annotations

import logging

from services.assembly import Features
from services.kit.db import Database
from services.kit.schedule import FORGET
from services.outbox.receipts import FORGET_EARLY

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


class Upkeep:
    """The scheduler's jobs."""

    def __init__(self, database: Database, features: Features) -> None:
        self._database = database
        self._features = features

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
