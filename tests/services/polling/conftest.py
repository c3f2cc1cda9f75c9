"""Two processes that poll, over the fake companies of the channels' tests."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import pytest_asyncio

from services.bootstrap import Services, bootstrap
from services.channels.ports import Ways
from services.channels.service import Channels
from services.connectors.base import RawEvent
from services.incidents.journal import ChannelErrors
from services.kit.clock import SystemClock
from services.kit.db import Tx
from services.kit.settings import Settings
from services.polling.poll import Parts
from services.polling.service import Polling
from services.seed import seed
from tests.services.channels.fake_provider import FakeBots, FakeMarket

LEASE_SECONDS = 3.0
KEYS = "9001:market_keys"


@dataclass
class Heard:
    """What the bridge was told."""

    confirmed: list[str] = field(default_factory=list)
    doubted: list[str] = field(default_factory=list)

    async def on_confirmed(self, tx: Tx, channel_id: UUID, ids: Sequence[str]) -> int:
        self.confirmed += ids
        return len(ids)

    async def on_doubted(self, tx: Tx, channel_id: UUID, ids: Sequence[str]) -> int:
        self.doubted += ids
        return len(ids)


@dataclass
class World:
    """Everything a polling test touches."""

    services: Services
    channels: Channels
    bots: FakeBots
    market: FakeMarket
    heard: Heard
    clock: SystemClock
    account: UUID
    bot: UUID
    tenant: UUID
    other_tenant: UUID

    def polling(self, owner: str, clock: SystemClock | None = None) -> Polling:
        """A process of its own."""
        parts = Parts(
            self.services.database,
            self.channels,
            self.services.inbox,
            ChannelErrors(),
            clock or self.clock,
        )
        found = Polling(
            parts,
            owner,
            lease_seconds=LEASE_SECONDS,
            interval=lambda provider: 60.0,
            tick_seconds=0.05,
        )
        found.on_shown(confirmed=self.heard.on_confirmed, doubted=self.heard.on_doubted)
        return found

    async def sql(self, statement: str, *args: object) -> list[tuple[object, ...]]:
        async with self.services.database.system("tests look and turn clocks") as tx:
            return [tuple(row) for row in await tx.fetch(statement, *args)]

    async def inbox(self) -> list[tuple[object, ...]]:
        """Keys and ways of stored events in their order."""
        return await self.sql("SELECT event_key, source FROM inbox ORDER BY lane, seq")

    async def hook(self, *events: RawEvent) -> None:
        """The webhook brings events of the account."""
        view = await self.services.channel_cache.by_id(self.account)
        assert view is not None
        await self.services.inbox.accept(view, events, trace="0" * 32)


async def make_world(settings: Settings) -> World:
    bots, market = FakeBots(), FakeMarket()
    market.good = {KEYS, "9002:market_keys"}
    connectors = {"telegram": lambda wiring: bots, "market": lambda wiring: market}
    services = await bootstrap(settings, connectors=connectors, use_broker=False)
    tenants = [
        {
            "slug": "ours",
            "name": "Ours",
            "channels": [
                {
                    "name": "shop",
                    "provider": "market",
                    "account_id": "9001",
                    "credentials": {"token": KEYS},
                }
            ],
            "bots": [{"name": "bot", "token": "5000001:token_of_a_bot_of_the_tests"}],
        },
        {
            "slug": "theirs",
            "name": "Theirs",
            "channels": [
                {
                    "name": "shop",
                    "provider": "market",
                    "account_id": "9002",
                    "credentials": {"token": "9002:market_keys"},
                }
            ],
        },
    ]
    answer = await seed(services, {"tenants": tenants})
    ways = Ways(
        services.registry,
        services.keyring,
        services.channel_cache,
        services.tokens,
        services.catalogues,
        settings.public_url,
    )
    ours, theirs = answer["tenants"]
    return World(
        services=services,
        channels=Channels(services.database, ways),
        bots=bots,
        market=market,
        heard=Heard(),
        clock=SystemClock(),
        account=UUID(str(ours["channels"][0]["id"])),
        bot=UUID(str(ours["bots"][0]["id"])),
        tenant=UUID(str(ours["id"])),
        other_tenant=UUID(str(theirs["id"])),
    )


@pytest_asyncio.fixture
async def world(settings: Settings) -> AsyncIterator[World]:
    """Behind a public address: accounts are audited, bots have webhooks."""
    found = await make_world(settings)
    yield found
    await found.services.close()


@pytest_asyncio.fixture
async def laptop(settings: Settings) -> AsyncIterator[World]:
    """Without a public address: everything is pulled."""
    found = await make_world(settings.model_copy(update={"public_url": None}))
    yield found
    await found.services.close()
