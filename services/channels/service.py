"""Connecting, mending and removing accounts, bots among them.

A provider is asked before anything is stored: credentials that do not work leave no row behind.
Rows are stored before the webhook is pointed at us; one that could not be set is set by the next
check.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import orjson

from services.channels import health, queries, rules, setup
from services.channels.health import ChannelInfo
from services.channels.models import HookState, Kind
from services.channels.ports import Connected, Owners, Resumed, Silence, Ways
from services.channels.queries import NewChannel
from services.channels.tokens import SAVE
from services.channels.view import ChannelView
from services.connectors.base import Account, Connector, Identity, SupportsSetup
from services.connectors.errors import ConnectorError
from services.kit.crypto import TenantKeys
from services.kit.db import Database, Record, Tx
from services.kit.errors import Conflict, InvalidInput, NotFound
from services.kit.ids import new_id

log = logging.getLogger(__name__)


class Channels:
    """Every tenant's connected accounts."""

    def __init__(self, database: Database, ways: Ways, *, owners: Owners | None = None) -> None:
        self.database = database
        self.ways = ways
        self.owners: Owners = owners or Silence()
        self._resumed: list[Resumed] = []

    def on_resumed(self, subscriber: Resumed) -> None:
        """Call `subscriber` in the transaction in which a channel begins to work (again)."""
        self._resumed.append(subscriber)

    async def channels(self, tenant_id: UUID, *, bots: bool | None = None) -> list[ChannelInfo]:
        """Return live channels by name; `bots` picks bots or all the others."""
        async with self.database.tenant(tenant_id) as tx:
            return [health.info(row) for row in await tx.fetch(queries.LIST, tenant_id, bots)]

    async def channel(self, tenant_id: UUID, channel_id: UUID) -> ChannelInfo:
        """Return one. Raises NotFound (another tenant's looks the same)."""
        async with self.database.tenant(tenant_id) as tx:
            return health.info(await self.live(tx, channel_id))

    async def add_bot(
        self, tenant_id: UUID, token: str, *, kind: Kind = Kind.CLIENT, name: str = ""
    ) -> Connected:
        """Connect a bot by its token; a bot of ours by a new token is mended.

        Raises InvalidInput (field token), Conflict (somebody else's bot), Unavailable.
        """
        rules.token_owner(token)
        provider = rules.bot_provider(self.ways.registry)
        return await self._connect(tenant_id, provider, {"token": token.strip()}, kind, name)

    async def connect_account(
        self, tenant_id: UUID, provider: str, credentials: Mapping[str, str], *, name: str = ""
    ) -> Connected:
        """Connect an account, or give a known one new keys: it works again, what waited goes on.

        Raises InvalidInput naming the field, Conflict, Unavailable. Nothing is stored then.
        """
        if provider not in self.ways.registry:
            raise InvalidInput("channels.provider_unknown", field="provider")
        return await self._connect(tenant_id, provider, credentials, Kind.ACCOUNT, name)

    async def rotate_token(
        self, tenant_id: UUID, channel_id: UUID, credentials: Mapping[str, str]
    ) -> Connected:
        """Give a channel fresh credentials of the same account.

        Raises NotFound, InvalidInput, Conflict (credentials of another account), Unavailable.
        """
        row = await self._row(tenant_id, channel_id)
        connector = self.ways.registry[row["provider"]]
        identity, account = await self._identify(connector, credentials, row["external_id"])
        if identity.external_id != row["external_id"]:
            raise Conflict("channels.other_account")
        return await self._store(tenant_id, connector, account, identity, row["kind"], row["name"])

    async def renew_hook(self, tenant_id: UUID, channel_id: UUID) -> bool:
        """Swap the hook address and its secret (leak drill): the old ones are dead at once.

        False when the provider could not be told yet; the next check tells it. Raises NotFound.
        """
        row = await self._row(tenant_id, channel_id)
        connector = self.ways.registry[row["provider"]]
        keys = await self.ways.keyring.of(tenant_id)
        secret = rules.new_hook_secret(connector.capabilities)
        sealed = queries.seal_secret(keys, channel_id, secret)
        async with self.database.tenant(tenant_id) as tx:
            await tx.execute(queries.NEW_HOOK, tenant_id, channel_id, rules.new_hook_key(), sealed)
        self.ways.cache.forget(channel_id, row["hook_key"])
        return await self.point(channel_id)

    async def remove(self, tenant_id: UUID, channel_id: UUID) -> bool:
        """Take the webhook away and erase every secret; False when the provider could not be told.

        Raises NotFound. The row stays, so that old messages keep their channel's name.
        """
        row = await self._row(tenant_id, channel_id)
        view = await self.ways.cache.by_id(channel_id)
        told = False
        if view is not None:
            connector = self.ways.registry[view.provider]
            url = rules.hook_url(self.ways.public_url, view.provider, view.hook_key)
            told = await setup.unhook(connector, view.account, url)
        async with self.database.tenant(tenant_id) as tx:
            await queries.erase(tx, channel_id, "by_owner")
        self.ways.cache.forget(channel_id, row["hook_key"])
        return told

    async def suspend(self, channel_id: UUID, reason: str) -> bool:
        """Stop a channel whose credentials are refused and tell its owners once; its rows wait.

        False when it was stopped before.
        """
        view = await self.ways.cache.by_id(channel_id)
        if view is None:
            return False
        async with self.database.tenant(view.tenant_id) as tx:
            row = await self.live(tx, channel_id)
            if not await tx.execute(queries.SUSPEND, view.tenant_id, channel_id, reason):
                return False
            stopped = replace(health.info(row), status="suspended", status_reason=reason)
            await self.owners.channel_trouble(tx, stopped, reason)
        self.ways.cache.forget(channel_id, view.hook_key)
        log.warning("channel suspended", extra={"channel_id": str(channel_id), "reason": reason})
        return True

    async def resume(self, tenant_id: UUID, channel_id: UUID) -> bool:
        """Let a stopped channel work again; False when it was not stopped."""
        async with self.database.tenant(tenant_id) as tx:
            row = await self.live(tx, channel_id)
            if not await tx.execute(queries.RESUME, tenant_id, channel_id):
                return False
            await self.has_resumed(tx, row)
        self.ways.cache.forget(channel_id, row["hook_key"])
        return True

    async def has_resumed(self, tx: Tx, row: Record) -> None:
        """Ring all who wait for the channel, inside the transaction that made it work."""
        info = replace(health.info(row), status="active", status_reason="")
        await self.owners.channel_well(tx, info, row["status_reason"] or health.AUTH)
        await self._begins(tx, row["id"])

    async def _begins(self, tx: Tx, channel_id: UUID) -> None:
        for subscriber in self._resumed:
            await subscriber(tx, channel_id)

    async def point(self, channel_id: UUID) -> bool:
        """Point the provider's webhook at our present address and note it."""
        view = await self.ways.cache.by_id(channel_id)
        if view is None or view.account.credentials is None:
            return False
        try:
            view = await self.ways.tokens.ready(view)
        except ConnectorError:
            return False
        url = rules.hook_url(self.ways.public_url, view.provider, view.hook_key)
        done = await setup.point_hook(self.ways.registry[view.provider], view.account, url)
        if done:
            state = HookState.SET if url else HookState.NONE
            async with self.database.tenant(view.tenant_id) as tx:
                await tx.execute(queries.HOOK_STATE, view.tenant_id, channel_id, state)
        return done

    async def introduce(self, view: ChannelView) -> None:
        """Learn the name of a channel written without asking (settings, seed), and dress a bot."""
        connector = self.ways.registry[view.provider]
        if not isinstance(connector, SupportsSetup):
            return
        try:
            ready = await self.ways.tokens.ready(view)
            identity = await connector.identify(ready.account)
        except ConnectorError:
            return
        title = identity.name[:200]
        async with self.database.tenant(view.tenant_id) as tx:
            names = (identity.username or view.username, title)
            await tx.execute(queries.PROFILE, view.tenant_id, view.id, *names)
        self.ways.cache.forget(view.id, view.hook_key)
        if view.is_bot:
            await self._dress(view.id, connector, view.kind)

    async def live(self, tx: Tx, channel_id: UUID) -> Record:
        """Return a live channel's row. Raises NotFound."""
        row = await tx.row(queries.BY_ID, tx.tenant_id, channel_id)
        if row is None:
            raise NotFound("error.not_found")
        return row

    async def _row(self, tenant_id: UUID, channel_id: UUID) -> Record:
        async with self.database.tenant(tenant_id) as tx:
            return await self.live(tx, channel_id)

    async def _connect(
        self, tenant_id: UUID, provider: str, values: Mapping[str, str], kind: Kind, name: str
    ) -> Connected:
        connector = self.ways.registry[provider]
        identity, account = await self._identify(connector, values, "")
        wanted = name or identity.username or identity.name or identity.external_id
        return await self._store(tenant_id, connector, account, identity, kind, wanted)

    async def _identify(
        self, connector: Connector, values: Mapping[str, str], external_id: str
    ) -> tuple[Identity, Account]:
        credentials = rules.read_credentials(connector, values)
        return await setup.identify(connector, Account("", external_id, credentials))

    async def _store(
        self,
        tenant_id: UUID,
        connector: Connector,
        account: Account,
        identity: Identity,
        kind: str,
        name: str,
    ) -> Connected:
        keys = await self.ways.keyring.of(tenant_id)
        bot = rules.is_bot(kind)
        async with self.database.tenant(tenant_id) as tx:
            shared = await queries.is_elsewhere(tx, connector.name, identity.external_id, bot=bot)
            if shared and bot:
                raise Conflict("channels.bot_taken")
            row = await tx.row(queries.BY_ACCOUNT, tenant_id, connector.name, account.external_id)
            channel_id: UUID = row["id"] if row is not None else new_id()
            if row is None:
                taken = {one["name"] for one in await tx.fetch(queries.NAMES, tenant_id)}
                new = _new_channel(channel_id, connector, account, identity, kind)
                await queries.insert(tx, keys, replace(new, name=rules.free_name(name, taken)))
                await self._begins(tx, channel_id)
            else:
                await self._mend(tx, keys, row, account, identity)
            await _keep_token(tx, keys, channel_id, account)
        self.ways.cache.forget()
        pointed = await self.point(channel_id)
        pictured = bot and await self._dress(channel_id, connector, kind)
        info = await self.channel(tenant_id, channel_id)
        return Connected(info, identity, pointed, row is None, shared, pictured)

    async def _mend(
        self, tx: Tx, keys: TenantKeys, row: Record, account: Account, identity: Identity
    ) -> None:
        await queries.rekey(
            tx,
            keys,
            row["id"],
            account.credentials,
            external_id=identity.external_id,
            username=identity.username,
            title=identity.name,
        )
        if not queries.is_active(row):
            await self.has_resumed(tx, row)

    async def _dress(self, channel_id: UUID, connector: Connector, kind: str) -> bool:
        view = await self.ways.cache.by_id(channel_id)
        if view is None:
            return False
        texts, url = self.ways.texts, self.ways.public_url
        return await setup.dress(connector, view.account, kind, texts, url)


def _new_channel(
    channel_id: UUID, connector: Connector, account: Account, identity: Identity, kind: str
) -> NewChannel:
    return NewChannel(
        id=channel_id,
        provider=connector.name,
        kind=kind,
        name="",
        external_id=identity.external_id,
        credentials=account.credentials,
        hook_key=rules.new_hook_key(),
        hook_secret=rules.new_hook_secret(connector.capabilities),
        username=identity.username,
        title=identity.name[:200],
    )


async def _keep_token(tx: Tx, keys: TenantKeys, channel_id: UUID, account: Account) -> None:
    token = account.token
    if token is not None:
        body = orjson.dumps([token.value, token.refresh])
        sealed = keys.seal("channel_token:token", channel_id, body)
        await tx.execute(SAVE, tx.tenant_id, channel_id, sealed, token.expires_at)
