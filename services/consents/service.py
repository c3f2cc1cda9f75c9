"""Writes permissions down and answers what is allowed now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.consents.rules import Action, Event, Purpose, State, fold
from services.contacts.service import Contacts, Found
from services.kit.db import Tx
from services.kit.ids import new_id

INSERT = """
INSERT INTO consent_event (tenant_id, id, contact_id, identity_id, purpose, channel, action,
    text_version,
    source, source_event_id, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING
"""
EVENTS = """
SELECT purpose, channel, action, occurred_at FROM consent_event
WHERE tenant_id = $1 AND contact_id = $2 AND channel = $3
"""
SUPPRESS = """
INSERT INTO suppression (tenant_id, id, channel, address_hash, reason, until) VALUES ($1, $2, $3,
    $4, $5, $6)
ON CONFLICT (tenant_id, channel, address_hash) DO UPDATE SET reason = excluded.reason,
    until = CASE WHEN suppression.until IS NULL OR excluded.until IS NULL THEN NULL
                 ELSE greatest(suppression.until, excluded.until) END
"""
IS_SUPPRESSED = """
SELECT true FROM suppression WHERE tenant_id = $1 AND channel = $2 AND address_hash = $3
AND (until IS NULL OR until > now())
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a word was said: `kind` of place (bot_start, bot_stop, …) and the id of the very event
    there.
    """

    kind: str
    event_id: str
    at: datetime
    text_version: str = ""


class Consents:
    """The permissions of every tenant's contacts."""

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts

    async def grant(
        self, tx: Tx, who: Found, purpose: Purpose, channel: str, source: Source
    ) -> None:
        """Note a yes to one purpose. The same source event is noted once."""
        await self._record(tx, who, purpose, channel, Action.GRANT, source)

    async def withdraw(self, tx: Tx, who: Found, channel: str, source: Source) -> None:
        """Note a no to everything on this channel."""
        await self._record(tx, who, Purpose.ALL, channel, Action.WITHDRAW, source)

    async def state(self, tx: Tx, contact_id: UUID, purpose: Purpose, channel: str) -> State:
        """Return what is allowed now."""
        rows = await tx.fetch(EVENTS, tx.tenant_id, contact_id, channel)
        events = [
            Event(Purpose(r["purpose"]), r["channel"], Action(r["action"]), r["occurred_at"])
            for r in rows
        ]
        return fold(events, purpose, channel)

    async def suppress(
        self, tx: Tx, who: Found, channel: str, reason: str, until: datetime | None = None
    ) -> None:
        """Let nothing go to this address any more (until a moment, or for ever); a later date only
        adds.
        """
        await self._contacts.lock(tx, who.identity_id)
        await tx.execute(
            SUPPRESS, tx.tenant_id, new_id(), channel, who.suppression_hash, reason, until
        )

    async def is_suppressed(self, tx: Tx, who: Found, channel: str) -> bool:
        """Say whether nothing may go to this address."""
        return bool(await tx.value(IS_SUPPRESSED, tx.tenant_id, channel, who.suppression_hash))

    async def _record(
        self, tx: Tx, who: Found, purpose: Purpose, channel: str, action: Action, source: Source
    ) -> None:
        await self._contacts.lock(tx, who.identity_id)
        await tx.execute(
            INSERT,
            tx.tenant_id,
            new_id(),
            who.contact_id,
            who.identity_id,
            purpose,
            channel,
            action,
            source.text_version,
            source.kind,
            source.event_id,
            source.at,
        )
