"""The worker's ear at the broker stops when it is told to, in whatever it is doing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, cast

from services import worker
from services.bootstrap import Services
from services.kit.queue import make_broker
from services.kit.tasks import spawn

MOMENTS = 150


@dataclass
class Ear:
    """All that listening needs of the services."""

    broker: Any


async def test_listening_ends_at_the_first_word_whatever_the_moment(valkey_url: str) -> None:
    for moment in range(MOMENTS):
        broker = make_broker(valkey_url)
        ear = spawn(worker.receive(cast(Services, Ear(broker))), "ear")
        for _ in range(moment % 50):
            await asyncio.sleep(0)

        ear.cancel()
        _, late = await asyncio.wait([ear], timeout=5.0)
        await broker.shutdown()

        assert not late, f"still listening, told to stop after {moment} steps"


async def test_calls_under_way_end_with_the_listening(valkey_url: str) -> None:
    broker, begun = make_broker(valkey_url), asyncio.Event()

    async def long() -> None:
        begun.set()
        await asyncio.sleep(60)

    rung = broker.register_task(long, task_name="long")
    ear = spawn(worker.receive(cast(Services, Ear(broker))), "ear")
    await rung.kiq()
    await asyncio.wait_for(begun.wait(), 5)

    ear.cancel()
    await asyncio.wait([ear], timeout=5.0)
    left = [task for task in asyncio.all_tasks() if "callback" in repr(task.get_coro())]
    await broker.shutdown()

    assert not left
