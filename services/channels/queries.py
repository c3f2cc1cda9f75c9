"""Rows of channels: found, written, moved between states; who may do it is decided above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from services.channels.models import HookState, Status
from services.kit.crypto import TenantKeys
from services.kit.db import Record, Tx
from services.kit.errors import Conflict

LIVE_COLUMNS = """tenant_id, id, provider, kind, name, external_id, username, title, status,
    status_reason, credentials, hook_key, hook_secret, hook_state, health, health_at, settings,
    last_event_at, last_success_at, created_at"""
BY_ID = (
    f"SELECT {LIVE_COLUMNS} FROM channel WHERE tenant_id = $1 AND id = $2 AND status <> 'removed'"
)
BY_NAME = f"""SELECT {LIVE_COLUMNS} FROM channel
    WHERE tenant_id = $1 AND name = $2 AND status <> 'removed'"""
BY_ACCOUNT = f"""SELECT {LIVE_COLUMNS} FROM channel
    WHERE tenant_id = $1 AND provider = $2 AND external_id = $3 AND status <> 'removed'"""
LIST = f"""SELECT {LIVE_COLUMNS} FROM channel WHERE tenant_id = $1 AND status <> 'removed'
    AND ($2::bool IS NULL OR (kind IN ('master', 'client')) = $2) ORDER BY name"""
NAMES = "SELECT name FROM channel WHERE tenant_id = $1 AND status <> 'removed'"
ELSEWHERE = """SELECT EXISTS (SELECT FROM channel WHERE provider = $1 AND external_id = $2
    AND status <> 'removed' AND tenant_id <> $3
    AND (NOT $4::bool OR kind IN ('master', 'client')))"""
INSERT = """
INSERT INTO channel (tenant_id, id, provider, kind, name, external_id, username, title,
    credentials, hook_key, hook_secret, hook_state, health_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text,
    CASE WHEN $12::text = 'assumed' THEN now() END)
"""
REKEY = """
UPDATE channel SET credentials = $3, external_id = $4,
    username = CASE WHEN $5::text = '' THEN username ELSE $5::text END,
    title = CASE WHEN $6::text = '' THEN title ELSE $6::text END,
    status = 'active', status_reason = '', updated_at = now(), row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2
"""
FORGET_TOKEN = "DELETE FROM channel_token WHERE tenant_id = $1 AND channel_id = $2"  # noqa: S105 - SQL
SUSPEND = """UPDATE channel SET status = 'suspended', status_reason = $3, updated_at = now(),
    row_version = row_version + 1 WHERE tenant_id = $1 AND id = $2 AND status = 'active'"""
RESUME = """UPDATE channel SET status = 'active', status_reason = '', updated_at = now(),
    row_version = row_version + 1 WHERE tenant_id = $1 AND id = $2 AND status = 'suspended'"""
ERASE = """UPDATE channel SET status = 'removed', status_reason = $3, credentials = NULL,
    hook_secret = NULL, health = '[]', hook_state = 'none', updated_at = now(),
    row_version = row_version + 1 WHERE tenant_id = $1 AND id = $2 AND status <> 'removed'"""
NEW_HOOK = """UPDATE channel SET hook_key = $3, hook_secret = $4, hook_state = 'unset',
    updated_at = now(), row_version = row_version + 1
    WHERE tenant_id = $1 AND id = $2 AND status <> 'removed'"""
HOOK_STATE = (
    "UPDATE channel SET hook_state = $3, updated_at = now() WHERE tenant_id = $1 AND id = $2"
)
SILENCE = """
UPDATE channel SET settings = CASE WHEN $3::int IS NULL THEN settings - 'silence_minutes'
    ELSE jsonb_set(settings, '{silence_minutes}', to_jsonb($3::int)) END, updated_at = now()
WHERE tenant_id = $1 AND id = $2 AND status <> 'removed'
"""
RENAME = "UPDATE channel SET name = $3, updated_at = now() WHERE tenant_id = $1 AND id = $2"
PROFILE = """UPDATE channel SET username = $3,
    title = CASE WHEN $4::text = '' THEN title ELSE $4::text END, updated_at = now()
    WHERE tenant_id = $1 AND id = $2"""
HEALTH = """UPDATE channel SET health = $3, health_at = now(),
    hook_state = coalesce($4, hook_state),
    last_success_at = CASE WHEN $5 THEN now() ELSE last_success_at END
    WHERE tenant_id = $1 AND id = $2"""
DUE_CHECKS = """
UPDATE channel SET health_at = now() WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM channel
    WHERE status <> 'removed' AND provider = ANY($1::text[])
      AND (health_at IS NULL OR health_at < now() - $2 * interval '1 second')
    ORDER BY health_at NULLS FIRST LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChannel:
    """A channel about to be written. `hook_secret` "" where the provider has none."""

    id: UUID
    provider: str
    kind: str
    name: str
    external_id: str
    credentials: Any
    hook_key: str
    hook_secret: str
    username: str = ""
    title: str = ""
    hook_state: HookState = HookState.UNSET


def encode_credentials(credentials: Any) -> bytes:
    """Return credentials as they are sealed; equal credentials give equal bytes."""
    return msgspec.json.encode(credentials)


def seal_credentials(keys: TenantKeys, channel_id: UUID, credentials: Any) -> bytes:
    """Return credentials bound to their row."""
    return keys.seal("channel:credentials", channel_id, encode_credentials(credentials))


def seal_secret(keys: TenantKeys, channel_id: UUID, secret: str) -> bytes | None:
    """Return the hook secret bound to its row; None for none."""
    return keys.seal("channel:hook_secret", channel_id, secret.encode()) if secret else None


def open_secret(keys: TenantKeys, row: Record) -> str | None:
    """Return the hook secret of a row."""
    sealed = row["hook_secret"]
    return keys.open("channel:hook_secret", row["id"], sealed).decode() if sealed else None


async def insert(tx: Tx, keys: TenantKeys, new: NewChannel) -> None:
    """Write a channel. Raises Conflict when account or name is taken, without telling whose."""
    try:
        await tx.execute(
            INSERT,
            tx.tenant_id,
            new.id,
            new.provider,
            new.kind,
            new.name,
            new.external_id,
            new.username,
            new.title,
            seal_credentials(keys, new.id, new.credentials),
            new.hook_key,
            seal_secret(keys, new.id, new.hook_secret),
            new.hook_state,
        )
    except asyncpg.UniqueViolationError as error:
        raise _taken(error) from error


async def rekey(
    tx: Tx,
    keys: TenantKeys,
    channel_id: UUID,
    credentials: Any,
    *,
    external_id: str,
    username: str = "",
    title: str = "",
) -> None:
    """Replace credentials, make the channel active, forget its token. Raises Conflict."""
    sealed = seal_credentials(keys, channel_id, credentials)
    try:
        await tx.execute(REKEY, tx.tenant_id, channel_id, sealed, external_id, username, title)
    except asyncpg.UniqueViolationError as error:
        raise _taken(error) from error
    await tx.execute(FORGET_TOKEN, tx.tenant_id, channel_id)


def _taken(error: asyncpg.UniqueViolationError) -> Conflict:
    named = error.constraint_name == "channel_name"
    return Conflict("channels.name_taken" if named else "channels.account_taken")


async def erase(tx: Tx, channel_id: UUID, reason: str) -> bool:
    """Mark a channel removed and forget its secrets; False when it already is."""
    await tx.execute(FORGET_TOKEN, tx.tenant_id, channel_id)
    return await tx.execute(ERASE, tx.tenant_id, channel_id, reason) == 1


async def is_elsewhere(tx: Tx, provider: str, external_id: str, *, bot: bool) -> bool:
    """Say whether another tenant holds this account alive."""
    async with tx.system("an account is looked for across tenants before it is connected"):
        found: bool = await tx.value(ELSEWHERE, provider, external_id, tx.tenant_id, bot)
    return found


def is_active(row: Record) -> bool:
    """Say whether the channel works."""
    return bool(row["status"] == Status.ACTIVE)
