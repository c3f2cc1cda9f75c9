"""The process with fake companies, and three parties: two tenants and nobody."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from services.bootstrap import Services, bootstrap
from services.channels.checks import Checker
from services.channels.health import ChannelInfo
from services.channels.ports import Ways
from services.channels.service import Channels
from services.kit.db import Tx
from services.kit.settings import Settings
from services.seed import seed
from tests.services.channels.fake_provider import FakeBots, FakeMarket


@dataclass(frozen=True, slots=True)
class Parties:
    """Two businesses and an id nobody has."""

    ours: UUID
    theirs: UUID
    stranger: UUID


class HeardOwners:
    """Owners who remember what they were told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    async def channel_trouble(self, tx: Tx, channel: ChannelInfo, trouble: str) -> None:
        self.heard.append(("trouble", trouble))

    async def channel_well(self, tx: Tx, channel: ChannelInfo, trouble: str) -> None:
        self.heard.append(("well", trouble))


@pytest.fixture
def bots() -> FakeBots:
    return FakeBots()


@pytest.fixture
def market() -> FakeMarket:
    return FakeMarket()


@pytest_asyncio.fixture
async def services(
    settings: Settings, bots: FakeBots, market: FakeMarket
) -> AsyncIterator[Services]:
    made = {"telegram": lambda wiring: bots, "market": lambda wiring: market}
    found = await bootstrap(settings, connectors=made, use_broker=False)
    yield found
    await found.close()


@pytest_asyncio.fixture
async def parties(services: Services) -> Parties:
    slugs = [{"slug": "ours", "name": "Ours"}, {"slug": "theirs", "name": "Theirs"}]
    answer = await seed(services, {"tenants": slugs})
    ids = [UUID(str(tenant["id"])) for tenant in answer["tenants"]]
    return Parties(ids[0], ids[1], uuid4())


@pytest.fixture
def owners() -> HeardOwners:
    return HeardOwners()


@pytest.fixture
def channels(services: Services, owners: HeardOwners) -> Channels:
    ways = Ways(
        services.registry,
        services.keyring,
        services.channel_cache,
        services.tokens,
        services.catalogues,
        services.settings.public_url,
    )
    return Channels(services.database, ways, owners=owners)


@pytest.fixture
def checker(channels: Channels) -> Checker:
    return Checker(channels)
