"""A person does not want to hear of one thing until a moment: kept, heeded by the pump, undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.kit.db import Tx
from services.notices import rules

LONGEST = timedelta(hours=36)
OF_COPY = """
SELECT n.tenant_id, n.rule, n.subject, coalesce(u.zone, t.zone) AS zone
FROM notice_copy c JOIN notice n ON n.id = c.notice_id
JOIN users u ON u.id = c.user_id JOIN tenant t ON t.id = n.tenant_id
WHERE c.tenant_id = $1 AND c.id = $2 AND c.user_id = $3
"""
MUTE = """
INSERT INTO notice_mute (tenant_id, user_id, rule, subject, until) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, user_id, rule, subject) DO UPDATE SET until = excluded.until
"""
UNMUTE = """
DELETE FROM notice_mute WHERE tenant_id = $1 AND user_id = $2 AND rule = $3 AND subject = $4
"""
RELEASE = """
UPDATE notice_copy c SET due_at = '-infinity' FROM notice n
WHERE c.tenant_id = $1 AND c.user_id = $2 AND c.state = 'held' AND n.id = c.notice_id
  AND n.tenant_id = $3 AND n.rule = $4 AND n.subject = $5
"""
FORGET = "DELETE FROM notice_mute WHERE until < now() - interval '1 day'"


@dataclass(frozen=True, slots=True)
class Muted:
    """Until when nothing more is told of it, and the person's zone."""

    until: datetime
    zone: str

    @property
    def clock(self) -> str:
        """Return the moment as the person's clock shows it."""
        return rules.clock(self.until, self.zone)


class Mutes:
    """Mutes by the copy whose button was pressed: only its own person may."""

    async def mute(
        self, tx: Tx, copy_id: UUID, user_id: UUID, *, until: datetime, now: datetime
    ) -> Muted | None:
        """Mute until then; None for somebody else's or an unknown copy, or a moment gone by."""
        async with tx.system("a person's mute stands beside the notice, in its tenant"):
            row = await tx.row(OF_COPY, tx.tenant_id, copy_id, user_id)
            if row is None or not now < until <= now + LONGEST:
                return None
            await tx.execute(MUTE, row["tenant_id"], user_id, row["rule"], row["subject"], until)
        return Muted(until, row["zone"])

    async def unmute(self, tx: Tx, copy_id: UUID, user_id: UUID, *, now: datetime) -> Muted | None:
        """Undo it, what was held comes at once. Returns the mute that may be had next; None for
        somebody else's or an unknown copy.
        """
        async with tx.system("a person's mute stands beside the notice, in its tenant"):
            row = await tx.row(OF_COPY, tx.tenant_id, copy_id, user_id)
            if row is None:
                return None
            about = (row["tenant_id"], user_id, row["rule"], row["subject"])
            await tx.execute(UNMUTE, *about)
            await tx.execute(RELEASE, tx.tenant_id, user_id, row["tenant_id"], *about[2:])
        return Muted(rules.mute_end(now, row["zone"]), row["zone"])
