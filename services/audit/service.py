"""Records acts and reads them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import orjson

from services.kit.crypto import Keyring
from services.kit.db import Record, Tx
from services.kit.ids import new_id
from services.kit.log import current_trace

INSERT = """
INSERT INTO audit_entry (tenant_id, id, actor_kind, actor_id, action, object_kind, object_id,
    fields, trace)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
LIST = """
SELECT id, at, actor_kind, actor_id, action, object_kind, object_id, fields, trace FROM audit_entry
WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""
DIGEST_BYTES = 8


class Acting(Protocol):
    """Whoever acts: `services.tenants.actor.Actor` fits."""

    @property
    def kind(self) -> str:
        """Return member, contact or system."""
        ...

    @property
    def id(self) -> UUID | None:
        """Return the row of the person, None for the system."""
        ...


@dataclass(frozen=True, slots=True)
class Object:
    """The row an act touched."""

    kind: str = ""
    id: object = ""


class Audit:
    """The journal of acts of every tenant."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def record(
        self,
        tx: Tx,
        actor: Acting,
        action: str,
        obj: Object = Object(),
        fields: Mapping[str, str | None] | None = None,
    ) -> None:
        """Write one act with this transaction, for the tenant it acts for.

        `fields`: changed fields by name; a value is kept as a digest only, None keeps the name
        alone.
        """
        digests = await self._digests(tx, fields or {})
        body = orjson.dumps(digests).decode()
        who = (str(actor.kind), actor.id)
        what = (action, obj.kind, str(obj.id))
        await tx.execute(INSERT, tx.tenant_id, new_id(), *who, *what, body, current_trace())

    async def entries(
        self, tx: Tx, *, limit: int = 50, before: UUID | None = None
    ) -> list[Record]:
        """Return a page of acts, newest first."""
        return await tx.fetch(LIST, tx.tenant_id, before, min(limit, 100))

    async def _digests(self, tx: Tx, fields: Mapping[str, str | None]) -> dict[str, str]:
        if tx.tenant_id is None or not any(fields.values()):
            return dict.fromkeys(fields, "")
        keys = await self._keyring.of(tx.tenant_id)
        return {
            name: keys.blind(f"audit:{name}:{value}")[:DIGEST_BYTES].hex() if value else ""
            for name, value in fields.items()
        }
