"""A world of two businesses and their bots."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.kit.db import open_database
from tests.bot.dialogue import World, make_world
from tests.conftest import Dsns


@pytest.fixture
async def world(dsns: Dsns) -> AsyncIterator[World]:
    database = await open_database(dsns.app_dsn)
    try:
        yield await make_world(database)
    finally:
        await database.close()
