"""Cherry is under test, plum is the stranger."""

from __future__ import annotations

import pytest

from services.bootstrap import Services
from services.desk.dialogs import Dialogs
from tests.services.desk.shops import Shop


async def opened(services: Services, slug: str) -> Shop:
    desk = services.features.desk
    dialogs = Dialogs(services.clock, services.features.conversations.policies, desk.presence)
    return await Shop(services, dialogs).open(slug)


@pytest.fixture
async def cherry(services: Services) -> Shop:
    return await opened(services, "cherry")


@pytest.fixture
async def plum(services: Services) -> Shop:
    return await opened(services, "plum")
