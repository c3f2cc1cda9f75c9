from collections.abc import AsyncIterator

import pytest

from services.kit.settings import Settings
from tests.webapp.hookdoor import Door, open_door
from tests.webapp.people import Town, settle


@pytest.fixture
async def door(settings: Settings) -> AsyncIterator[Door]:
    async with open_door(settings) as opened:
        yield opened


@pytest.fixture
async def town(door: Door) -> Town:
    return await settle(door)
