"""Tenants, people, memberships and API keys of a seed file."""

from __future__ import annotations

from uuid import UUID

import orjson

from services.kit.crypto import hash_token
from services.kit.db import Tx
from services.kit.ids import new_id, random_token
from services.seeding.answers import ApiKeyMade, MemberMade, PersonMade
from services.seeding.document import ApiKeyEntry, MemberEntry, TenantEntry

PLATFORM_SLUG = "platform"
PLATFORM_NAME = "Vishenka"
ADMIN = "admin"
KEY_PREFIX = "vsh_"
SHOWN_PREFIX = 12

TENANT = """
INSERT INTO tenant (id, slug, name, locale, zone, plan) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (slug) DO UPDATE SET name = excluded.name, locale = excluded.locale,
    zone = excluded.zone, plan = excluded.plan, updated_at = now()
RETURNING id
"""
TENANT_ONCE = """
INSERT INTO tenant (id, slug, name) VALUES ($1, $2, $3)
ON CONFLICT (slug) DO UPDATE SET slug = excluded.slug RETURNING id
"""
USER = """
INSERT INTO users (id, telegram_user_id, name) VALUES ($1, $2, $3)
ON CONFLICT (telegram_user_id) DO UPDATE
    SET name = CASE WHEN excluded.name = '' THEN users.name ELSE excluded.name END
RETURNING id, name
"""
MEMBERSHIP = """
INSERT INTO membership (tenant_id, id, user_id, role) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = excluded.role, status = 'active',
    updated_at = now()
RETURNING id
"""
API_KEY = "SELECT id, key_hash, scopes FROM api_key WHERE tenant_id = $1 AND name = $2"
API_KEY_NEW = """
INSERT INTO api_key (tenant_id, id, name, prefix, key_hash, scopes) VALUES ($1, $2, $3, $4, $5, $6)
"""
API_KEY_CHANGE = """
UPDATE api_key SET scopes = $3, prefix = coalesce($4, prefix), key_hash = coalesce($5, key_hash),
    revoked_at = NULL WHERE tenant_id = $1 AND id = $2
"""


async def tenant(tx: Tx, entry: TenantEntry) -> UUID:
    """Create or rename a tenant; return its id."""
    found: UUID = await tx.value(
        TENANT, new_id(), entry.slug, entry.name, entry.locale, entry.zone, entry.plan
    )
    return found


async def platform(tx: Tx) -> UUID:
    """Return the platform's tenant, making it once; a name given by a seed stays."""
    found: UUID = await tx.value(TENANT_ONCE, new_id(), PLATFORM_SLUG, PLATFORM_NAME)
    return found


async def admin(tx: Tx, telegram_id: int, name: str) -> PersonMade:
    """Make a person an admin of the platform. The transaction is the platform's."""
    user = await tx.row(USER, new_id(), telegram_id, name)
    if user is None:
        raise LookupError("no user row")
    await tx.execute(MEMBERSHIP, tx.tenant_id, new_id(), user["id"], ADMIN)
    return PersonMade(id=user["id"], telegram_id=telegram_id, name=user["name"])


async def member(tx: Tx, entry: MemberEntry) -> MemberMade:
    """Make a person a member with this role."""
    user = await tx.row(USER, new_id(), entry.telegram_id, entry.name)
    if user is None:
        raise LookupError("no user row")
    made = await tx.value(MEMBERSHIP, tx.tenant_id, new_id(), user["id"], entry.role)
    return MemberMade(
        id=made,
        user_id=user["id"],
        telegram_id=entry.telegram_id,
        name=user["name"],
        role=entry.role,
    )


async def api_key(tx: Tx, entry: ApiKeyEntry) -> ApiKeyMade:
    """Make a key once, or set the given one; a key that was made is shown this one time."""
    scopes = orjson.dumps(list(entry.scopes)).decode()
    row = await tx.row(API_KEY, tx.tenant_id, entry.name)
    key = entry.key
    if row is None:
        key = key or KEY_PREFIX + random_token()
        made = new_id()
        stored = (key[:SHOWN_PREFIX], hash_token(key))
        await tx.execute(API_KEY_NEW, tx.tenant_id, made, entry.name, *stored, scopes)
    else:
        made = row["id"]
        change = (key[:SHOWN_PREFIX], hash_token(key)) if key else (None, None)
        await tx.execute(API_KEY_CHANGE, tx.tenant_id, made, scopes, *change)
    return ApiKeyMade(id=made, name=entry.name, scopes=entry.scopes, key=key)
