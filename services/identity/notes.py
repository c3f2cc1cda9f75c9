"""Writing what people did with their sign-in into the audit of the business they work in."""

from __future__ import annotations

from services.audit.service import Audit, Object
from services.kit.db import Tx
from services.tenants.actor import Actor


async def note(tx: Tx, audit: Audit, actor: Actor, action: str, obj: Object) -> None:
    """Record an act; somebody without a business leaves no entry: there is no journal to read."""
    if actor.tenant_id is None:
        return
    async with tx.acting_for(actor.tenant_id):
        await audit.record(tx, actor, action, obj)
