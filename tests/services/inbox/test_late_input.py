"""I5: what waits is handed over in the provider's order, what comes later at once; nothing of it
is lost or doubled, however it is shuffled.
"""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from services.connectors.base import RawEvent
from services.kit.settings import Settings
from tests.engine import Engine, open_engine, until

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
FAR = 500


@pytest.fixture
async def engine(settings: Settings) -> Any:
    async with open_engine(settings) as opened:
        await opened.tenant("cherry")
        opened.relay()
        yield opened


def event(number: int, lane: str = "buyer") -> RawEvent:
    body = orjson.dumps({"text": f"{number:05}"})
    return RawEvent(
        key=f"e{number}", lane=lane, body=body, at=START + timedelta(milliseconds=10 * number)
    )


async def store(engine: Engine, *events: RawEvent) -> None:
    view = await engine.services.channel_cache.by_id(engine.channels["cherry", "shop"])
    assert view is not None
    await engine.services.inbox.accept(view, events, trace="t")


async def test_what_waits_in_a_lane_goes_in_the_providers_order(engine: Engine) -> None:
    numbers = list(range(40))
    random.Random(7).shuffle(numbers)  # noqa: S311 - repeatable chance
    for number in numbers:
        await store(engine, event(number))

    engine.run()

    await until(lambda: len(engine.chat.sent) == 40)
    assert engine.chat.texts() == [f"{number:05}" for number in range(40)]


async def test_what_comes_late_is_handed_over_at_once(engine: Engine) -> None:
    engine.run()
    await store(engine, event(9))
    await until(lambda: engine.chat.texts() == ["00009"])

    await store(engine, event(3))

    await until(lambda: engine.chat.texts() == ["00009", "00003"], 2.0)


async def test_shuffled_far_and_doubled_nothing_is_lost_or_doubled(engine: Engine) -> None:
    rng = random.Random(11)  # noqa: S311 - repeatable chance
    amount = 1_200
    places = sorted(range(amount), key=lambda number: number + rng.uniform(0, FAR))
    engine.run()
    for start in range(0, amount, 20):
        part = places[start : start + 20]
        again = rng.sample(places[: start + 20], 5)
        await store(engine, *(event(n, f"b{n % 20}") for n in [*part, *again]))

    await until(lambda: len(engine.chat.sent) >= amount, 60)
    assert Counter(engine.chat.texts()) == Counter(f"{number:05}" for number in range(amount))
