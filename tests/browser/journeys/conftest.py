"""The town of the journeys, in the loop of the browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.journeys.hands import Hands, hands
from tests.scenarios.world import World, seeding, town


@pytest_asyncio.fixture(loop_scope="session")
async def empty(environ: dict[str, str]) -> AsyncIterator[World]:
    """Nothing but the master bot."""
    async with town(environ) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="session")
async def world(environ: dict[str, str]) -> AsyncIterator[World]:
    """The demo's town."""
    async with town(environ, seeding()) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser, world: World) -> AsyncIterator[Hands]:
    """Somebody's phone in it."""
    async with hands(browser, world) as one:
        yield one
