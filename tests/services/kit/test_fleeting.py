"""Marks that fade: seen while fresh, gone by themselves, no trouble when Redis is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.kit.fleeting import MOST_MARKS, Fleeting


@pytest.fixture
async def marks(valkey_url: str) -> AsyncIterator[Fleeting]:
    opened = Fleeting(valkey_url, "test")
    yield opened
    await opened.close()


@pytest.fixture
async def others(valkey_url: str) -> AsyncIterator[Fleeting]:
    """Another process."""
    opened = Fleeting(valkey_url, "test")
    yield opened
    await opened.close()


async def test_a_mark_is_seen_by_others_of_its_scope_only(
    marks: Fleeting, others: Fleeting
) -> None:
    await marks.mark("cherry", "a", 10)

    assert await others.marks("cherry") == {"a"}
    assert await others.marks("plum") == frozenset()


async def test_a_mark_fades_and_can_be_taken_away(marks: Fleeting) -> None:
    await marks.mark("cherry", "long", 10)
    await marks.mark("cherry", "short", 0.05)
    await asyncio.sleep(0.1)

    assert await marks.marks("cherry") == {"long"}
    await marks.unmark("cherry", "long")
    assert await marks.marks("cherry") == frozenset()


async def test_readers_of_one_process_share_a_look(marks: Fleeting, others: Fleeting) -> None:
    assert await marks.marks("cherry") == frozenset()
    await others.mark("cherry", "a", 10)

    assert await marks.marks("cherry") == frozenset()  # up to a second old


async def test_a_scope_holds_so_many_marks(marks: Fleeting) -> None:
    for number in range(MOST_MARKS + 20):
        await marks.mark("cherry", str(number), 10)

    assert len(await marks.marks("cherry")) == MOST_MARKS


async def test_without_redis_there_are_no_marks_and_nobody_waits() -> None:
    away = Fleeting("redis://127.0.0.1:1", "test")
    try:
        await away.mark("cherry", "a", 10)
        started = asyncio.get_running_loop().time()
        for _ in range(50):
            await away.unmark("cherry", "a")
            assert await away.marks("cherry") == frozenset()
        assert asyncio.get_running_loop().time() - started < 0.2
    finally:
        await away.close()
