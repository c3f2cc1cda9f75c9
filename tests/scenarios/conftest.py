"""The demo's town, and one with nothing in it but the master bot."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.scenarios.world import World, seeding, town


@pytest.fixture
async def world(environ: dict[str, str]) -> AsyncIterator[World]:
    async with town(environ, seeding()) as world:
        yield world


@pytest.fixture
async def empty(environ: dict[str, str]) -> AsyncIterator[World]:
    async with town(environ) as world:
        yield world
