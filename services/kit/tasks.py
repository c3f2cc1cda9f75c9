"""The one door to detached asyncio tasks.

asyncio keeps only weak references to tasks, and an exception nobody awaits is silent until the
task is collected. `spawn` keeps the task until it ends and logs a failure at once.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

_running: set[asyncio.Task[Any]] = set()


def spawn(coro: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """Start the coroutine; its failure is logged under `name`, cancelling it is not a failure."""
    task = asyncio.create_task(coro, name=name)
    _running.add(task)
    task.add_done_callback(_ended)
    return task


def running() -> tuple[str, ...]:
    """Names of detached tasks of this process, for health pages and tests."""
    return tuple(sorted(task.get_name() for task in _running))


async def settle(timeout_seconds: float) -> None:
    """Give this loop's detached tasks a moment to end, then cancel what is left."""
    loop = asyncio.get_running_loop()
    mine = {task for task in _running if task.get_loop() is loop} - {asyncio.current_task()}
    if not mine:
        return
    _, late = await asyncio.wait(mine, timeout=timeout_seconds)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=timeout_seconds)


def _ended(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if task.cancelled():
        return
    error = task.exception()
    if error is not None:
        log.error("detached task failed", extra={"task": task.get_name()}, exc_info=error)
