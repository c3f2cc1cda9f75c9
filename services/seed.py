"""`main.py seed FILE`: creates what a file describes, once, and says under which ids.

The shape is in `services.seeding.document`. Each tenant is one transaction. Nothing is called at a
provider: a seeded account counts as connected, its first check looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import msgspec
import yaml

from services.bootstrap import bootstrap
from services.channels import queries, rules
from services.channels.models import HookState, Kind
from services.connectors.registry import Registry
from services.kit.crypto import Keyring
from services.kit.db import Database, Tx
from services.kit.errors import InvalidInput
from services.kit.settings import Settings
from services.seeding import accounts, contacts, people
from services.seeding.answers import Answer, ChannelMade, PersonMade, TenantMade
from services.seeding.document import Document, TenantEntry, read_document

DEMO_BOT = "vishenka_play_bot"
PROD_KEY_LENGTH = 32
MASTER_NAME = "master"


class Parts(Protocol):
    """What seeding needs of `Services`."""

    settings: Settings
    database: Database
    keyring: Keyring
    registry: Registry


async def seed(services: Parts, document: object) -> dict[str, Any]:
    """Create everything the document describes; return it with its ids. Again changes nothing.

    Raises InvalidInput whose `field` is the path of what is wrong; earlier tenants stay stored.
    """
    wanted = read_document(document)
    _refuse_demo(services.settings, wanted)
    admins = await _admins(services, wanted)
    tenants = [
        await _tenant(services, entry, f"tenants[{number}]")
        for number, entry in enumerate(wanted.tenants)
    ]
    answer: dict[str, Any] = msgspec.to_builtins(Answer(admins=admins, tenants=tuple(tenants)))
    return answer


async def ensure_master(services: Parts) -> UUID | None:
    """Keep the platform's tenant and its bot as the settings say; return the bot's channel.

    Its webhook is set by the first check of health.
    """
    async with services.database.system("the platform's tenant is made before it can act") as tx:
        platform = await people.platform(tx)
    async with services.database.tenant(platform) as tx:
        for telegram_id in sorted(services.settings.admin_telegram_ids):
            await people.admin(tx, telegram_id, "")
    token = services.settings.master_bot_token
    return await _master(services, platform, token) if token else None


async def seed_file(settings: Settings, path: Path) -> str:
    """Seed from a YAML (or JSON) file; return the answer as JSON. Raises InvalidInput."""
    document = await asyncio.to_thread(_read, path)
    services = await bootstrap(settings, use_broker=False)
    try:
        answer = await seed(services, document)
    finally:
        await services.close()
    return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode()


def _read(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("seed.no_file", name=str(path)) from error
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = where.line + 1 if where is not None else 0
        raise InvalidInput("seed.not_yaml", name=str(path), line=line) from error


def _refuse_demo(settings: Settings, wanted: Document) -> None:
    """Data everyone knows must not open doors where real people are."""
    if not settings.is_prod:
        return
    if wanted.demo:
        raise InvalidInput("seed.demo_in_prod", field="demo")
    for number, tenant in enumerate(wanted.tenants):
        if any(bot.username.lstrip("@") == DEMO_BOT for bot in tenant.bots):
            raise InvalidInput("seed.demo_in_prod", field=f"tenants[{number}].bots")
        if any(key.key is not None and len(key.key) < PROD_KEY_LENGTH for key in tenant.api_keys):
            raise InvalidInput("seed.weak_key", field=f"tenants[{number}].api_keys")


async def _admins(services: Parts, wanted: Document) -> tuple[PersonMade, ...]:
    if not wanted.admins:
        return ()
    async with services.database.system("the platform's tenant is made before it can act") as tx:
        platform = await people.platform(tx)
    async with services.database.tenant(platform) as tx:
        return tuple(
            [await people.admin(tx, entry.telegram_id, entry.name) for entry in wanted.admins]
        )


async def _tenant(services: Parts, entry: TenantEntry, path: str) -> TenantMade:
    async with services.database.system("a tenant is made before it can act") as tx:
        tenant_id = await people.tenant(tx, entry)
    keys = await services.keyring.of(tenant_id)
    async with services.database.tenant(tenant_id) as tx:
        ground = accounts.Ground(tx, keys, services.registry, services.settings.public_url)
        return await _fill(ground, tenant_id, entry, path)


async def _fill(
    ground: accounts.Ground, tenant_id: UUID, entry: TenantEntry, path: str
) -> TenantMade:
    tx = ground.tx
    members = tuple([await people.member(tx, one) for one in entry.members])
    bots, channels = await _accounts(ground, entry, path)
    known = {made.name: made.id for made in (*bots, *channels)}
    groups = [
        await accounts.workspace(tx, one, f"{path}.workspaces[{number}]", known)
        for number, one in enumerate(entry.workspaces)
    ]
    api_keys = tuple([await people.api_key(tx, one) for one in entry.api_keys])
    own_bots = await _bots_of(tx)
    customers = await contacts.write(tx, ground.keys, entry.contacts, f"{path}.contacts", own_bots)
    return TenantMade(
        id=tenant_id,
        slug=entry.slug,
        name=entry.name,
        locale=entry.locale,
        zone=entry.zone,
        plan=entry.plan,
        members=members,
        bots=bots,
        channels=channels,
        workspaces=tuple(groups),
        api_keys=api_keys,
        contacts=contacts.answers(customers),
        consents=await contacts.consents(tx, entry.consents, customers),
    )


async def _accounts(
    ground: accounts.Ground, entry: TenantEntry, path: str
) -> tuple[tuple[ChannelMade, ...], tuple[ChannelMade, ...]]:
    kind = Kind.MASTER if entry.slug == people.PLATFORM_SLUG else Kind.CLIENT
    bots = [
        await accounts.bot(ground, one, f"{path}.bots[{number}]", kind=kind)
        for number, one in enumerate(entry.bots)
    ]
    channels = [
        await accounts.channel(ground, one, f"{path}.channels[{number}]")
        for number, one in enumerate(entry.channels)
    ]
    return tuple(bots), tuple(channels)


async def _bots_of(tx: Tx) -> Mapping[str, str]:
    rows = await tx.fetch(queries.LIST, tx.tenant_id, True)
    return {row["name"]: row["external_id"] for row in rows}


async def _master(services: Parts, platform: UUID, token: str) -> UUID:
    connector = services.registry[accounts.BOT_PROVIDER]
    owner, credentials = (
        rules.token_owner(token),
        rules.read_credentials(connector, {"token": token}),
    )
    keys = await services.keyring.of(platform)
    async with services.database.tenant(platform) as tx:
        rows = await tx.fetch(queries.LIST, platform, True)
        await _retire_others(tx, [row["id"] for row in rows if row["external_id"] != owner])
        current = next((row for row in rows if row["external_id"] == owner), None)
        if current is not None:
            stored = keys.open("channel:credentials", current["id"], current["credentials"] or b"")
            if stored != queries.encode_credentials(credentials) or not queries.is_active(current):
                await queries.rekey(tx, keys, current["id"], credentials, external_id=owner)
            found: UUID = current["id"]
            return found
        ground = accounts.Ground(tx, keys, services.registry, services.settings.public_url)
        wanted = accounts.Wanted(Kind.MASTER, MASTER_NAME, connector, owner, credentials)
        return (await accounts.write(ground, wanted, "master", HookState.UNSET)).id


async def _retire_others(tx: Tx, channel_ids: Sequence[UUID]) -> None:
    """A new token of another bot in the settings replaces the old bot."""
    for channel_id in channel_ids:
        await queries.erase(tx, channel_id, "replaced")
