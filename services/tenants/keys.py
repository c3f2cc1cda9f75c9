"""Each tenant's data key: made on first use, kept wrapped, wrapped anew after the master key was
rotated.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from services.kit.crypto import MasterKey, Undecipherable
from services.kit.db import Database, Tx
from services.kit.errors import NotFound

DATA_KEY_BYTES = 32

MAKE = """
INSERT INTO tenant_key (tenant_id, key_id, wrapped)
SELECT id, $2, $3 FROM tenant WHERE id = $1 ON CONFLICT (tenant_id) DO NOTHING
"""
READ = "SELECT key_id, wrapped FROM tenant_key WHERE tenant_id = $1"
READY = """SELECT tenant_id, key_id, wrapped FROM tenant_key
    WHERE tenant_id = ANY($1::uuid[]) AND key_id = $2"""
REWRAP = "UPDATE tenant_key SET key_id = $3, wrapped = $4 WHERE tenant_id = $1 AND key_id = $2"


def load_data_key(database: Database, master: MasterKey) -> Callable[[UUID], Awaitable[bytes]]:
    """Return the loader a Keyring needs. It raises NotFound for a tenant that does not exist
    (yet).
    """

    async def load(tenant_id: UUID) -> bytes:
        async with database.tenant(tenant_id) as tx:
            return await data_key(tx, master, tenant_id)

    return load


def load_data_keys(
    database: Database, master: MasterKey
) -> Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, bytes]]]:
    """Return the loader of many: what is not there, or wrapped otherwise, is left to `load`."""

    async def load(tenant_ids: Sequence[UUID]) -> Mapping[UUID, bytes]:
        async with database.system("keys of every tenant whose channels are loaded") as tx:
            rows = await tx.fetch(READY, list(tenant_ids), master.current)
        found: dict[UUID, bytes] = {}
        for row in rows:
            with suppress(Undecipherable):
                key = master.unwrap(row["wrapped"], row["key_id"], row["tenant_id"])
                found[row["tenant_id"]] = key
        return found

    return load


async def data_key(tx: Tx, master: MasterKey, tenant_id: UUID) -> bytes:
    """Return the data key, making or re-wrapping its row. Two makers end with one key: the first
    row stays.

    Raises NotFound, and Undecipherable when neither master key opens it.
    """
    row = await tx.row(READ, tenant_id)
    if row is None:
        fresh = os.urandom(DATA_KEY_BYTES)
        await tx.execute(MAKE, tenant_id, master.current, master.wrap(fresh, tenant_id))
        row = await tx.row(READ, tenant_id)
    if row is None:
        raise NotFound("error.not_found")
    key = master.unwrap(row["wrapped"], row["key_id"], tenant_id)
    if row["key_id"] != master.current:
        wrapped = master.wrap(key, tenant_id)
        await tx.execute(REWRAP, tenant_id, row["key_id"], master.current, wrapped)
    return key
