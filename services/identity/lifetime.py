"""How long sessions of a business live. Every call asks the row: a shorter life acts at once."""

from __future__ import annotations

from services.audit.service import Audit, Object
from services.identity import queries
from services.kit.db import Tx
from services.kit.errors import Forbidden, InvalidInput
from services.tenants.actor import Actor, Role


class Lifetime:
    """Reads and sets `session_days` of the tenant of the transaction."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def days(self, tx: Tx) -> int:
        """Return after how many days everybody signs in again."""
        found: int | None = await tx.value(queries.DAYS, tx.tenant_id)
        return min(found or queries.MAX_DAYS, queries.MAX_DAYS)

    async def change(self, tx: Tx, actor: Actor, days: int) -> None:
        """Set it. Raises InvalidInput, Forbidden (an owner's act)."""
        if not 1 <= days <= queries.MAX_DAYS:
            raise InvalidInput("error.invalid_input", field="session_days")
        if actor.role is not Role.OWNER:
            raise Forbidden("error.forbidden")
        await tx.execute(queries.SET_DAYS, tx.tenant_id, days)
        thing = Object("tenant", tx.tenant_id)
        await self._audit.record(tx, actor, "security.session_days", thing, {"session_days": None})
