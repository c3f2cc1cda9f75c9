"""The worker's ear at the doorbell; only workers load taskiq's receiver."""

from __future__ import annotations

import asyncio
from typing import Any

from taskiq import AckableMessage, AsyncBroker
from taskiq.receiver import Receiver

from services.kit.tasks import end

LAST_CALLS_SECONDS = 0.3


class Listener(Receiver):
    """Taskiq's receiver that ends its calls with itself: cancelled, the library's own leaves them
    behind, and their acknowledgement opens a connection nobody closes.
    """

    def __init__(self, broker: AsyncBroker, max_tasks: int) -> None:
        super().__init__(broker, max_async_tasks=max_tasks, run_startup=False)
        self._calls: set[asyncio.Task[Any]] = set()

    async def callback(self, message: bytes | AckableMessage, raise_err: bool = False) -> None:
        """Do one message, known to `listen` while it lasts."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        await super().callback(message, raise_err)

    async def listen(self, finish_event: asyncio.Event) -> None:
        """Listen until told to finish or cancelled; calls under way have a moment then."""
        try:
            await super().listen(finish_event)
        finally:
            await asyncio.sleep(0)  # what was created a moment ago begins, and is known
            if self._calls:
                await asyncio.wait(self._calls, timeout=LAST_CALLS_SECONDS)
            await end(self._calls, LAST_CALLS_SECONDS)
