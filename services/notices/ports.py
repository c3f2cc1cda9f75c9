"""What notices ask of the features they speak about."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from services.kit.db import Tx


class Subjects(Protocol):
    """Knows the things notices are about. Asked inside the pump's transaction, reads only."""

    async def link(self, tx: Tx, tenant_id: UUID, rule: str, subject: str) -> str:
        """Return the address where a person sees it, "" when it has none."""
        ...

    async def page(self, tx: Tx, tenant_id: UUID, rule: str, subject: str) -> str:
        """Return the address of the cabinet's page that shows it, "" when it has none."""
        ...

    async def stands(self, tx: Tx, tenant_id: UUID, rule: str, subject: str) -> bool:
        """Say whether what was held back is still worth telling."""
        ...


class NoSubjects:
    """Knows nothing: no links, and everything is worth telling."""

    async def link(self, tx: Tx, tenant_id: UUID, rule: str, subject: str) -> str:
        """Return no address."""
        del tx, tenant_id, rule, subject
        return ""

    async def page(self, tx: Tx, tenant_id: UUID, rule: str, subject: str) -> str:
        """Return no address."""
        del tx, tenant_id, rule, subject
        return ""

    async def stands(self, tx: Tx, tenant_id: UUID, rule: str, subject: str) -> bool:
        """Say yes."""
        del tx, tenant_id, rule, subject
        return True
