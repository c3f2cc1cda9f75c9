from collections.abc import AsyncIterator

import pytest

from services.desk.dialogs import Dialogs
from services.kit.settings import Settings
from tests.services.desk.shops import Shop
from tests.webapp.hookdoor import Door, open_door
from tests.webapp.people import Town, settle


@pytest.fixture
async def door(settings: Settings) -> AsyncIterator[Door]:
    async with open_door(settings) as opened:
        yield opened


@pytest.fixture
async def town(door: Door) -> Town:
    return await settle(door)


@pytest.fixture
async def shop(town: Town) -> Shop:
    """Cherry's two accounts for conversations; everybody is signed in."""
    services = town.door.services
    dialogs = Dialogs(services.clock, services.features.conversations.policies)
    opened = Shop(services, dialogs, id=town.cherry)
    opened.channels = [await opened.channel("avito-1"), await opened.channel("avito-2")]
    for person in (town.anna, town.boris, town.clara, town.dora):
        await person.enter()
    return opened
