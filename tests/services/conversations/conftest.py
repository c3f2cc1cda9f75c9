"""A town with two shops: the tenant under test and a stranger."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.bootstrap import bootstrap
from services.kit.settings import Settings
from tests.services.conversations.town import House, Market, MovableClock, Told, Town, connect


@pytest.fixture
async def town(settings: Settings) -> AsyncIterator[Town]:
    market, house, clock, told = Market(), House(), MovableClock(), Told()
    services = await bootstrap(
        settings,
        connectors={"market": lambda _w: market, "house": lambda _w: house},
        use_broker=False,
    )
    town = connect(services, market, house, clock, told)
    await town.tenant("cherry")
    await town.tenant("plum")
    town.run()
    try:
        yield town
    finally:
        await town.stop()
        await services.close()
