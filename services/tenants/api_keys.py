"""API keys of machines: only the hash is stored, the tenant comes from the key and nothing
else.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import orjson

from services.kit.crypto import hash_token
from services.kit.db import Database

MAX_KEY = 200

FIND = """
UPDATE api_key SET last_used_at = now()
WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
RETURNING tenant_id, id, scopes
"""
FIND_FRESH = """
SELECT tenant_id, id, scopes FROM api_key
WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
  AND last_used_at > now() - interval '1 minute'
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine acting for a tenant."""

    tenant_id: UUID
    key_id: UUID
    scopes: frozenset[str]

    @property
    def kind(self) -> str:
        """Return what acts, for the audit."""
        return "machine"

    @property
    def id(self) -> UUID:
        """Return who acts, for the audit."""
        return self.key_id

    def may(self, scope: str) -> bool:
        """Say whether the key carries the scope (`*` carries all)."""
        return "*" in self.scopes or scope in self.scopes


class ApiKeys:
    """Looks keys up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, key: str) -> Machine | None:
        """Return the live key's machine, or None. Notes the use at most once a minute."""
        if len(key) > MAX_KEY or not key.isascii():
            return None
        digest = hash_token(key)
        async with self._database.system("a key names its tenant") as tx:
            row = await tx.row(FIND_FRESH, digest) or await tx.row(FIND, digest)
        if row is None:
            return None
        return Machine(row["tenant_id"], row["id"], frozenset(orjson.loads(row["scopes"])))
