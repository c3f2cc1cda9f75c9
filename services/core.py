"""The engine's wiring: settings in, database, registry, inbox, outbox and lane runner out.

`open_core` connects and builds; keyword overrides replace a part by a fake. Features are put on
top
by `services.assembly`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.channels.tokens import Tokens
from services.channels.view import ChannelCache, ChannelView
from services.connectors.registry import Factory, Registry, Wiring, build_registry
from services.inbox.service import Inbox
from services.inbox.work import InboxWork
from services.kit import i18n
from services.kit.clock import Clock, SystemClock
from services.kit.crypto import Keyring, MasterKey
from services.kit.db import Database
from services.kit.files import FileStore
from services.kit.http import Clients, open_clients
from services.kit.queue import Queue, make_broker
from services.kit.roles import check_role
from services.kit.settings import Settings
from services.kit.spares import open_lookups, open_spares
from services.lanes.bell import Bell
from services.lanes.models import LaneKind
from services.lanes.runner import LaneRunner
from services.outbox.calls import REPEAT_KEY, Caller
from services.outbox.claims import Claims
from services.outbox.flush import Writer
from services.outbox.media import ChannelMedia
from services.outbox.models import Delivery
from services.outbox.process import ProcessLanes
from services.outbox.queries import SENT_IDS
from services.outbox.service import Outbox
from services.outbox.settle import Settler
from services.outbox.work import OutboxWork
from services.tenants.keys import load_data_key, load_data_keys

Suspend = Callable[[UUID, str], Awaitable[object]]


@dataclass
class Core:
    """The engine of one process. Lanes work on `lookups`, all else on `database`."""

    settings: Settings
    clock: Clock
    database: Database
    lookups: Database
    clients: Clients
    keyring: Keyring
    registry: Registry
    channel_cache: ChannelCache
    tokens: Tokens
    broker: Any
    bell: Bell
    runner: LaneRunner
    inbox: Inbox
    outbox: Outbox
    process_lanes: ProcessLanes
    catalogues: i18n.Texts
    queue: Queue
    files: FileStore
    suspend: Suspend | None = None

    def serve(self, *kinds: LaneKind) -> None:
        """Drain these kinds of lanes in this process. Call before `runner.run()`."""
        work: dict[LaneKind, Any] = {}
        if LaneKind.OUT in kinds:
            work[LaneKind.OUT] = self.process_lanes.work = _outbox_work(self)
        for kind in (LaneKind.BOT, LaneKind.IN):
            if kind in kinds:
                work[kind] = _inbox_work(self)
        self.runner.serve(work)

    async def suspend_channel(self, view: ChannelView, reason: str) -> None:
        """Stop a channel whose credentials are refused; `suspend` is set by the assembly."""
        if self.suspend is not None:
            await self.suspend(view.id, reason)

    async def close(self) -> None:
        """Let go of everything."""
        if self.broker is not None:
            with suppress(Exception):
                await self.broker.shutdown()
        await self.clients.close()
        await self.inbox.close()
        await self.lookups.close()
        await self.database.close()


async def open_core(
    settings: Settings,
    *,
    clock: Clock | None = None,
    connectors: Mapping[str, Factory] | None = None,
    use_broker: bool = True,
) -> Core:
    """Connect and build. Raises Unavailable (database away), PermissionError (a role past the
    tenant wall).
    """
    clock = clock or SystemClock()
    database = await _checked_database(settings.database_url)
    lookups = await open_lookups(settings.database_url)
    clients = open_clients(settings.provider_timeout_seconds)
    registry = build_registry(_wiring(settings, clients, clock), connectors)
    master = MasterKey(settings.master_key, settings.master_key_previous)
    keyring = Keyring(load_data_key(database, master), load_data_keys(database, master))
    cache = ChannelCache(database, keyring, registry)
    broker = make_broker(settings.redis_url) if use_broker else None
    queue = Queue(broker)
    bell = Bell(queue.enqueue, database.notify)
    times = {"lease_seconds": settings.lease_seconds, "sweep_seconds": settings.sweep_seconds}
    runner = LaneRunner(lookups, clock, bell, **times)
    lanes = ProcessLanes(runner, bell)
    return Core(
        settings=settings,
        clock=clock,
        database=database,
        lookups=lookups,
        clients=clients,
        keyring=keyring,
        registry=registry,
        channel_cache=cache,
        tokens=Tokens(database, keyring, registry, cache, clock),
        broker=broker,
        bell=bell,
        runner=runner,
        inbox=Inbox(database, keyring, bell, runner.owner),
        outbox=Outbox(Writer(keyring, bell, lanes), bell),
        process_lanes=lanes,
        catalogues=i18n.default(),
        files=_files(settings, keyring, clock),
        queue=queue,
    )


def _files(settings: Settings, keyring: Keyring, clock: Clock) -> FileStore:
    async def key_for(tenant_id: UUID) -> bytes:
        return (await keyring.of(tenant_id)).files_key

    return FileStore(settings.files_dir, key_for, clock)


async def _checked_database(dsn: str) -> Database:
    database = await open_spares(dsn)
    try:
        await check_role(database)
    except PermissionError:
        await database.close()
        raise
    return database


def _wiring(settings: Settings, clients: Clients, clock: Clock) -> Callable[[str], Wiring]:
    def wire(provider: str) -> Wiring:
        return Wiring(
            base_url=settings.provider_url(provider),
            proxy=settings.provider_proxy(provider),
            timeout_seconds=settings.provider_timeout_seconds,
            dev=not settings.is_prod,
            hot=clients.hot,
            cold=clients.cold,
            clock=clock,
            limits_scale=settings.limits_scale,
        )

    return wire


def _inbox_work(core: Core) -> InboxWork:
    return InboxWork(
        core.lookups,
        core.runner,
        core.channel_cache,
        core.registry,
        core.keyring,
        core.inbox.subscribers,
        core.inbox.planner,
    )


def _outbox_work(core: Core) -> OutboxWork:
    settler = Settler(
        core.lookups,
        core.clock,
        core.keyring,
        core.outbox.subscribers,
        core.suspend_channel,
        briefings=core.outbox.briefings,
        window_seconds=core.settings.relay_window_seconds,
    )
    claims = Claims(
        core.lookups,
        core.clock,
        core.registry,
        core.keyring,
        core.outbox.resolvers,
        settler,
        core.runner.owner,
    )
    return OutboxWork(
        core.lookups,
        core.runner,
        core.clock,
        core.channel_cache,
        core.registry,
        _caller(core),
        claims,
        settler,
    )


def media_of(core: Core, tenant_id: UUID) -> ChannelMedia:
    """Return where a tenant's attachments come from."""
    return ChannelMedia(tenant_id, core.channel_cache, core.tokens, core.registry, core.files)


def _caller(core: Core) -> Caller:
    async def known_ids(delivery: Delivery, ids: list[str]) -> set[str]:
        async with core.database.tenant(delivery.tenant_id) as tx:
            rows = await tx.fetch(
                SENT_IDS, delivery.tenant_id, delivery.channel_id, ids, delivery.id
            )
        return {row["external_id"] for row in rows}

    def media_for(view: ChannelView, _delivery: Delivery) -> ChannelMedia:
        return media_of(core, view.tenant_id)

    def repeat_words(_tenant_id: UUID) -> str:
        return core.catalogues.t(i18n.DEFAULT_LOCALE, REPEAT_KEY)

    return Caller(
        core.registry,
        core.tokens,
        media_for,
        known_ids,
        repeat_words,
        timeout_seconds=core.settings.provider_timeout_seconds,
    )
