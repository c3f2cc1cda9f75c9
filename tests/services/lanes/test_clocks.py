"""A process whose wall clock jumps works on: leases and due times are the database's."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from services.kit.settings import Settings
from tests.engine import open_engine, until


class JumpedClock:
    """The right monotonic time, a wall clock hours off."""

    def __init__(self, hours: float) -> None:
        self.hours = hours

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=self.hours)

    def monotonic(self) -> float:
        return time.monotonic()


@pytest.mark.parametrize("hours", [-2.0, 2.0])
async def test_two_hours_off_change_nothing(settings: Settings, hours: float) -> None:
    clock = JumpedClock(0.0)
    async with open_engine(settings, clock=clock) as engine:
        await engine.tenant("cherry")
        engine.relay()
        engine.run()
        await engine.store("cherry", "e1", "before")
        await until(lambda: engine.chat.texts() == ["before"])

        clock.hours = hours
        for number in range(5):
            await engine.store("cherry", f"a{number}", str(number))

        await until(lambda: len(engine.chat.sent) == 6)
        await asyncio.sleep(0.3)
        assert engine.chat.texts() == ["before", "0", "1", "2", "3", "4"]
        assert await engine.rows("cherry", "SELECT 1 FROM delivery WHERE state <> 'sent'") == []
