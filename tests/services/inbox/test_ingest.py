"""Many requests in one commit: each hears of its own rows, whatever shares the flush with it."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from services.connectors.base import RawEvent
from services.inbox.ingest import MAX_FLUSH
from services.kit import metrics
from services.kit.settings import Settings
from tests.engine import Engine, open_engine


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with open_engine(settings) as opened:
        await opened.tenant("cherry")
        await opened.tenant("plum")
        yield opened


async def accept(engine: Engine, slug: str, *events: RawEvent, source: str = "hook") -> int:
    view = await engine.services.channel_cache.by_id(engine.channels[slug, "shop"])
    assert view is not None
    return await engine.services.inbox.accept(view, events, trace="t", source=source)


def event(key: str, lane: str = "buyer", at: datetime | None = None) -> RawEvent:
    return RawEvent(key=key, lane=lane, body=key.encode(), at=at)


async def test_each_request_of_a_flush_hears_of_its_own_new_rows(engine: Engine) -> None:
    await accept(engine, "cherry", event("old"))

    counts = await asyncio.gather(
        accept(engine, "cherry", event("a"), event("old"), event("b")),
        accept(engine, "cherry", event("old")),
        accept(engine, "plum", event("old"), event("c", "other")),
        accept(engine, "cherry", event("d"), event("d")),
    )

    assert list(counts) == [2, 0, 2, 1]


async def test_events_of_a_flush_keep_their_order_their_tenant_and_their_source(
    engine: Engine,
) -> None:
    sources = ["hook", "poll", "hook", "pull"]
    await asyncio.gather(
        *(
            accept(engine, slug, event(f"e{number}", f"l{number % 2}"), source=source)
            for slug in ("cherry", "plum")
            for number, source in enumerate(sources)
        )
    )

    for slug in ("cherry", "plum"):
        rows = await engine.rows(
            slug, "SELECT event_key, lane_name, source, channel_id FROM inbox ORDER BY lane, seq"
        )
        by_lane = {
            name: [row["event_key"] for row in rows if row["lane_name"] == name]
            for name in ("l0", "l1")
        }
        assert by_lane == {"l0": ["e0", "e2"], "l1": ["e1", "e3"]}
        assert {row["event_key"]: row["source"] for row in rows} == {
            f"e{number}": source for number, source in enumerate(sources)
        }
        assert {row["channel_id"] for row in rows} == {engine.channels[slug, "shop"]}


@pytest.mark.parametrize(
    "at",
    [
        None,
        datetime(2026, 11, 24, 14, 0, 0, 123456, UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
    ids=str,
)
async def test_the_providers_time_is_kept_to_the_microsecond(
    engine: Engine, at: datetime | None
) -> None:
    await accept(engine, "cherry", event("e", at=at))

    rows = await engine.rows("cherry", "SELECT at FROM inbox")
    assert [row["at"] for row in rows] == [at]


def flushes() -> float:
    return metrics.registry.get_sample_value("vishenka_ingest_group_size_count") or 0.0


async def test_the_fullest_flush_rings_all_its_lanes_of_another_process(engine: Engine) -> None:
    async def crowd(round_: str) -> list[int]:
        events = (event(f"{round_}{n}", f"lane{n}") for n in range(MAX_FLUSH))
        return await asyncio.gather(*(accept(engine, "cherry", one) for one in events))

    await crowd("a")
    async with engine.services.database.system("test") as tx:
        await tx.execute("UPDATE lane SET owner = 'another', lease_until = now() + interval '1 h'")
    before = flushes()

    assert await crowd("b") == [1] * MAX_FLUSH
    assert flushes() - before == 1


async def test_busy_senders_share_their_commits(engine: Engine) -> None:
    async def talk(sender: int) -> int:
        return sum(
            [
                await accept(engine, "cherry", event(f"{sender}-{n}", f"l{sender}"))
                for n in range(10)
            ]
        )

    before = flushes()
    assert await asyncio.gather(*(talk(sender) for sender in range(40))) == [10] * 40
    assert flushes() - before < 20  # ten of forty each are enough


async def test_a_lone_event_after_a_crowd_waits_a_moment_at_most(engine: Engine) -> None:
    await asyncio.gather(*(accept(engine, "cherry", event(f"e{n}")) for n in range(40)))

    started = time.perf_counter()
    assert await accept(engine, "cherry", event("lone")) == 1

    assert time.perf_counter() - started < 0.5


async def test_one_who_fails_to_hear_does_not_keep_the_others_from_hearing(engine: Engine) -> None:
    view = await engine.services.channel_cache.by_id(engine.channels["cherry", "shop"])
    assert view is not None
    heard: list[int] = []

    def break_down(fresh: int, error: Exception | None) -> None:
        raise RuntimeError(fresh, error)

    inbox = engine.services.inbox
    assert inbox.offer(view, [event("a")], "t", break_down)
    assert inbox.offer(view, [event("b"), event("c")], "t", lambda fresh, _: heard.append(fresh))
    await accept(engine, "cherry", event("d"))

    assert heard == [2]


async def test_an_odd_row_is_refused_alone(engine: Engine) -> None:
    """No provider can make one, short_key sees to that; a fault of ours must not cost others."""
    view = await engine.services.channel_cache.by_id(engine.channels["cherry", "shop"])
    assert view is not None
    answers = await asyncio.gather(
        accept(engine, "cherry", event("good")),
        engine.services.inbox.accept(view, [event("bad")], trace="too long for it " * 9),
        accept(engine, "plum", event("good")),
        return_exceptions=True,
    )

    assert (answers[0], answers[2]) == (1, 1)
    assert isinstance(answers[1], Exception)
