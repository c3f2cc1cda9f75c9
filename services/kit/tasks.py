"""The one door to detached asyncio tasks.

asyncio keeps only weak references to tasks, and an exception nobody awaits is silent until the
task is collected. `spawn` keeps the task until it ends and logs a failure at once.
"""

import asyncio
import logging
from collections.abc import Collection, Coroutine
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


async def end(tasks: Collection[asyncio.Task[Any]], timeout_seconds: float) -> None:
    """Cancel these tasks and wait for them, but not longer than this.

    Cancelled once more on the way: before Python 3.12 `asyncio.wait_for` swallows a cancellation
    that comes in the moment its work is done, be it in a library's code.
    """
    late = set(tasks)
    for share in (0.7, 0.3):
        for task in late:
            task.cancel()
        if late:
            _, late = await asyncio.wait(late, timeout=timeout_seconds * share)
    for task in late:
        log.warning("task does not end", extra={"task": task.get_name()})


def _ended(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if task.cancelled():
        return
    error = task.exception()
    if error is not None:
        log.error("detached task failed", extra={"task": task.get_name()}, exc_info=error)
