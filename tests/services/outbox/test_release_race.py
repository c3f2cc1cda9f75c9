"""Immediate starts race the lane's release: nothing is lost, doubled or left behind."""

import asyncio
import random
from typing import Any

import pytest

from services.kit.settings import Settings
from services.lanes.models import LaneKind
from tests.engine import open_engine, until

AMOUNT = 300
PAUSES = (0, 0, 0.001, 0.004, 0.012)


@pytest.mark.parametrize("keys", [1, 12])
async def test_starts_amid_releases_arrive_once_and_in_order(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, keys: int
) -> None:
    monkeypatch.setattr("services.lanes.runner.LINGER_SECONDS", 0.0)
    draw = random.Random(7)  # noqa: S311 - pauses, not secrets
    async with open_engine(settings) as engine:
        await engine.tenant("cherry")
        engine.run(LaneKind.OUT)
        for number in range(AMOUNT):
            more: dict[str, Any] = {
                "order_key": f"talk{number % keys}",
                "chat": f"c{number % keys}",
            }
            await engine.add("cherry", f"{number:03}", **more)
            # a busy machine hardly ever falls idle by itself: now and then all of it is done
            await asyncio.sleep(0.3 if number % 100 == 50 else draw.choice(PAUSES))

        await until(lambda: len(engine.chat.sent) >= AMOUNT, 30)
        await asyncio.sleep(0.3)
        fences = await engine.rows("cherry", "SELECT max(fence) AS n FROM lane WHERE kind = 2")
        open_rows = await engine.rows("cherry", "SELECT 1 FROM delivery_open")

    assert sorted(engine.chat.texts()) == [f"{number:03}" for number in range(AMOUNT)]
    assert all(texts == sorted(texts) for texts in engine.chat.by_chat().values())
    assert open_rows == []
    assert fences[0]["n"] >= 2  # the lane really was let go and taken again
