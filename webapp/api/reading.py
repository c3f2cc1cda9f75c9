"""Reads of the API that no feature owns."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson

from services.kit.db import Database

AUDIT = """
SELECT id, at, actor_kind, actor_id AS actor, action, object_kind, object_id, fields, trace
FROM audit_entry
WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""


async def audit(
    database: Database, tenant_id: UUID, limit: int, before: UUID | None
) -> list[dict[str, Any]]:
    """Return a page of audit entries, newest first."""
    async with database.tenant(tenant_id) as tx:
        rows = await tx.fetch(AUDIT, tenant_id, before, limit)
    return [{**dict(row), "fields": orjson.loads(row["fields"])} for row in rows]
