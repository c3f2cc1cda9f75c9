from collections.abc import AsyncIterator

import pytest

from services.kit.settings import Settings
from tests.webapp.hookdoor import Door, open_door


@pytest.fixture
async def door(settings: Settings) -> AsyncIterator[Door]:
    async with open_door(settings) as opened:
        yield opened
