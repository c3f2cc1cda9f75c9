from collections.abc import AsyncIterator

import pytest

from services.kit.settings import Settings
from tests.engine import Engine, open_engine


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with open_engine(settings) as opened:
        await opened.tenant("cherry")
        opened.relay()
        yield opened


@pytest.fixture
async def rival(settings: Settings, engine: Engine) -> AsyncIterator[Engine]:
    """A second process on the same database, with fakes of its own."""
    async with open_engine(settings) as opened:
        opened.tenants, opened.channels = engine.tenants, engine.channels
        opened.relay()
        yield opened
