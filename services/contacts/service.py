"""Finds and makes contacts; says who can be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from services.contacts.models import IdentityState
from services.kit.crypto import Keyring, TenantKeys
from services.kit.db import Tx
from services.kit.ids import new_id

FIND = """
SELECT i.id, i.contact_id, i.state FROM identity i
WHERE i.tenant_id = $1 AND i.provider = $2 AND i.scope_account = $3 AND i.address_hash = $4
"""
LOCK = FIND + " FOR UPDATE"
# The address decides who wins a race: the loser's statement makes neither row and looks again.
MAKE = """
WITH i AS (
    INSERT INTO identity (tenant_id, id, contact_id, provider, scope_account, address,
        address_hash, display)
    SELECT $1, $2, c.id, $4, $5, $6, $7, $8 FROM contact c WHERE c.tenant_id = $1 AND c.id = $3
    ON CONFLICT (tenant_id, provider, scope_account, address_hash) DO NOTHING RETURNING id)
SELECT id FROM i
"""
CONTACT = """
INSERT INTO contact (tenant_id, id, name, locale, fields, last_activity_at) VALUES ($1, $2, $3,
    $4, $5, now())
"""
DROP_CONTACT = "DELETE FROM contact WHERE tenant_id = $1 AND id = $2"
SET_STATE = "UPDATE identity SET state = $3, state_at = now() WHERE tenant_id = $1 AND id = $2"
TOUCH = "UPDATE contact SET last_activity_at = now() WHERE tenant_id = $1 AND id = $2"
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class NewIdentity:
    """An address somebody came from. `scope_account`: the account inside which it means
    something.
    """

    provider: str
    address: str
    scope_account: str = ""
    name: str = ""
    locale: str | None = None
    came_from: str = ""
    """The untrusted word of the link they came by: a label for people, never a right."""


@dataclass(frozen=True, slots=True)
class Found:
    """A contact and the address it was found by. `suppression_hash` survives the contact's
    erasure.
    """

    contact_id: UUID
    identity_id: UUID
    state: IdentityState
    is_new: bool
    suppression_hash: bytes = b""


class Contacts:
    """The customers of every tenant."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def arrive(self, tx: Tx, new: NewIdentity) -> Found:
        """Return who this address belongs to, made on first sight. Two first sights make one
        contact.
        """
        keys = await self._keys(tx)
        found = await self._find(tx, keys, new)
        if found is None:
            found = await self._make(tx, keys, new) or await self._find(tx, keys, new)
        if found is None:
            raise LookupError("an identity that exists cannot be found")
        await tx.execute(TOUCH, tx.tenant_id, found.contact_id)
        return found

    async def find(self, tx: Tx, provider: str, scope_account: str, address: str) -> Found | None:
        """Return who this address belongs to, or None."""
        wanted = NewIdentity(provider, address, scope_account)
        return await self._find(tx, await self._keys(tx), wanted)

    async def unreachable(self, tx: Tx, provider: str, scope_account: str, address: str) -> None:
        """Note that the address takes nothing any more (a blocked bot, a hard bounce)."""
        await self._set(
            tx, NewIdentity(provider, address, scope_account), IdentityState.UNREACHABLE
        )

    async def reachable(self, tx: Tx, provider: str, scope_account: str, address: str) -> None:
        """Note that the person came back by an act of their own. Consents are not touched."""
        await self._set(tx, NewIdentity(provider, address, scope_account), IdentityState.OK)

    async def lock(self, tx: Tx, identity_id: UUID) -> None:
        """Hold the identity's row: whoever changes what may be sent to it takes this first."""
        await tx.execute(
            "SELECT 1 FROM identity WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
            tx.tenant_id,
            identity_id,
        )

    async def _keys(self, tx: Tx) -> TenantKeys:
        if tx.tenant_id is None:
            raise LookupError("contacts belong to a tenant")
        return await self._keyring.of(tx.tenant_id)

    async def _find(
        self, tx: Tx, keys: TenantKeys, new: NewIdentity, sql: str = FIND
    ) -> Found | None:
        row = await tx.row(
            sql, tx.tenant_id, new.provider, new.scope_account, keys.blind(new.address)
        )
        if row is None:
            return None
        state = IdentityState(row["state"])
        return Found(row["contact_id"], row["id"], state, False, keys.suppression(new.address))

    async def _make(self, tx: Tx, keys: TenantKeys, new: NewIdentity) -> Found | None:
        contact_id, identity_id = new_id(), new_id()
        name = new.name[:MAX_NAME]
        fields = orjson.dumps({"came_from": new.came_from} if new.came_from else {}).decode()
        await tx.execute(CONTACT, tx.tenant_id, contact_id, name, new.locale, fields)
        row: Any = await tx.value(
            MAKE,
            tx.tenant_id,
            identity_id,
            contact_id,
            new.provider,
            new.scope_account,
            keys.seal("identity:address", identity_id, new.address.encode()),
            keys.blind(new.address),
            name,
        )
        if row is None:
            await tx.execute(DROP_CONTACT, tx.tenant_id, contact_id)
            return None
        hashed = keys.suppression(new.address)
        return Found(contact_id, identity_id, IdentityState.OK, True, hashed)

    async def _set(self, tx: Tx, new: NewIdentity, state: IdentityState) -> None:
        found = await self._find(tx, await self._keys(tx), new, LOCK)
        if found is not None and found.state is not state:
            await tx.execute(SET_STATE, tx.tenant_id, found.identity_id, state)
