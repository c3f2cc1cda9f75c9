"""Bots, other channels and workspaces of a seed file: written as connected, nobody is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.channels import queries, rules
from services.channels.models import HookState, Kind
from services.channels.queries import NewChannel
from services.connectors.base import Connector
from services.connectors.registry import Registry
from services.kit.crypto import TenantKeys
from services.kit.db import Record, Tx
from services.kit.errors import Conflict, InvalidInput
from services.kit.ids import new_id
from services.seeding.answers import ChannelMade, WorkspaceMade
from services.seeding.document import BotEntry, ChannelEntry, WorkspaceEntry

BOT_PROVIDER = "telegram"
"""Members live in Telegram, so a seed's `bots` are its bots."""

CURRENT = "SELECT id FROM workspace WHERE tenant_id = $1 AND name = $2"
WORKSPACE_NEW = """
INSERT INTO workspace (tenant_id, id, name, channel_id, chat_id, kind)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, channel_id, chat_id) DO UPDATE SET name = excluded.name, updated_at = now()
RETURNING id
"""
WORKSPACE_CHANGE = """
UPDATE workspace SET channel_id = $3, chat_id = $4, kind = $5, state = 'live', state_reason = '',
    updated_at = now()
WHERE tenant_id = $1 AND id = $2 AND (channel_id, chat_id) IS DISTINCT FROM ($3, $4)
"""
SERVES = """
INSERT INTO workspace_channel (tenant_id, channel_id, workspace_id) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, channel_id) DO UPDATE SET workspace_id = excluded.workspace_id
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """What writing accounts of one tenant needs."""

    tx: Tx
    keys: TenantKeys
    registry: Registry
    public_url: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """One account as it should be."""

    kind: str
    name: str
    connector: Connector
    external_id: str
    credentials: Any
    username: str = ""


async def bot(ground: Ground, entry: BotEntry, path: str, *, kind: Kind) -> ChannelMade:
    """Write a bot. Raises InvalidInput with the field's path."""
    if BOT_PROVIDER not in ground.registry:
        raise InvalidInput("seed.unknown_provider", field=path, name=BOT_PROVIDER)
    connector = ground.registry[BOT_PROVIDER]
    try:
        owner = rules.token_owner(entry.token)
        credentials = rules.read_credentials(connector, {"token": entry.token})
    except InvalidInput as error:
        raise InvalidInput(error.key, field=f"{path}.token") from error
    wanted = Wanted(kind, entry.name, connector, owner, credentials, entry.username.lstrip("@"))
    return await write(ground, wanted, path)


async def channel(ground: Ground, entry: ChannelEntry, path: str) -> ChannelMade:
    """Write any other account. Raises InvalidInput with the field's path."""
    if entry.provider not in ground.registry:
        raise InvalidInput("seed.unknown_provider", field=f"{path}.provider", name=entry.provider)
    connector = ground.registry[entry.provider]
    try:
        credentials = rules.read_credentials(connector, entry.credentials)
    except InvalidInput as error:
        field = f"{path}.credentials.{error.field}"
        raise InvalidInput(error.key, field=field) from error
    wanted = Wanted(Kind.ACCOUNT, entry.name, connector, entry.account_id, credentials)
    return await write(ground, wanted, path)


async def write(
    ground: Ground, wanted: Wanted, path: str, hook_state: HookState = HookState.ASSUMED
) -> ChannelMade:
    """Write one account by its name in the tenant. Raises InvalidInput with the path."""
    row = await _find(ground, wanted)
    try:
        if row is None:
            await _insert(ground, wanted, hook_state)
        elif _differs(ground, wanted, row):
            await _change(ground, wanted, row)
    except Conflict as error:
        raise InvalidInput(error.key, field=path) from error
    return _made(ground, await ground.tx.row(queries.BY_NAME, ground.tx.tenant_id, wanted.name))


async def _find(ground: Ground, wanted: Wanted) -> Record | None:
    """Find it by its name, else by its account, which then takes the name."""
    tx = ground.tx
    row = await tx.row(queries.BY_NAME, tx.tenant_id, wanted.name)
    if row is not None:
        return row
    account = (wanted.connector.name, wanted.external_id)
    row = await tx.row(queries.BY_ACCOUNT, tx.tenant_id, *account)
    if row is not None:
        await tx.execute(queries.RENAME, tx.tenant_id, row["id"], wanted.name)
    return row


async def _insert(ground: Ground, wanted: Wanted, hook_state: HookState) -> None:
    new = NewChannel(
        id=new_id(),
        provider=wanted.connector.name,
        kind=wanted.kind,
        name=wanted.name,
        external_id=wanted.external_id,
        credentials=wanted.credentials,
        hook_key=rules.new_hook_key(),
        hook_secret=rules.new_hook_secret(wanted.connector.capabilities),
        username=wanted.username,
        hook_state=hook_state,
    )
    await queries.insert(ground.tx, ground.keys, new)


def _differs(ground: Ground, wanted: Wanted, row: Record) -> bool:
    if row["provider"] != wanted.connector.name:
        raise Conflict("channels.name_taken")
    stored = ground.keys.open("channel:credentials", row["id"], row["credentials"] or b"")
    same = stored == queries.encode_credentials(wanted.credentials)
    renamed = wanted.username not in {"", row["username"]}
    return not same or renamed or row["external_id"] != wanted.external_id


async def _change(ground: Ground, wanted: Wanted, row: Record) -> None:
    await queries.rekey(
        ground.tx,
        ground.keys,
        row["id"],
        wanted.credentials,
        external_id=wanted.external_id,
        username=wanted.username,
    )


def _made(ground: Ground, row: Record | None) -> ChannelMade:
    if row is None:
        raise LookupError("no channel row")
    return ChannelMade(
        id=row["id"],
        name=row["name"],
        provider=row["provider"],
        account_id=row["external_id"],
        username=row["username"],
        hook_url=rules.hook_url(ground.public_url, row["provider"], row["hook_key"]),
        hook_secret=queries.open_secret(ground.keys, row),
    )


async def workspace(
    tx: Tx, entry: WorkspaceEntry, path: str, known: Mapping[str, UUID]
) -> WorkspaceMade:
    """Write a group and whom it serves. Raises InvalidInput for a name nobody has."""
    bot_id = await _named(tx, entry.bot, f"{path}.bot", known)
    kind = "forum" if entry.chat_id < 0 else "private"
    chat = str(entry.chat_id)
    made: UUID | None = await tx.value(CURRENT, tx.tenant_id, entry.name)
    if made is None:
        new = (tx.tenant_id, new_id(), entry.name, bot_id, chat, kind)
        made = await tx.value(WORKSPACE_NEW, *new)
    else:
        await tx.execute(WORKSPACE_CHANGE, tx.tenant_id, made, bot_id, chat, kind)
    for number, name in enumerate(entry.serves):
        served = await _named(tx, name, f"{path}.serves[{number}]", known)
        await tx.execute(SERVES, tx.tenant_id, served, made)
    if made is None:
        raise LookupError("no workspace row")
    return WorkspaceMade(
        id=made, name=entry.name, bot=entry.bot, chat_id=entry.chat_id, serves=entry.serves
    )


async def _named(tx: Tx, name: str, path: str, known: Mapping[str, UUID]) -> UUID:
    if name in known:
        return known[name]
    row = await tx.row(queries.BY_NAME, tx.tenant_id, name)
    if row is None:
        raise InvalidInput("seed.unknown_name", field=path, name=name)
    found: UUID = row["id"]
    return found
