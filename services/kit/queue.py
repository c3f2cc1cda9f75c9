"""Tasks by name: a plain table of specs that a broker is given at start, and `enqueue` that rings
by name.

The broker is a doorbell: tasks carry ids only, wake work whose truth is in rows, and may be lost.
taskiq's own shared-broker tasks are skipped by its schedule source, which is why the table is
ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from taskiq import AsyncBroker
from taskiq_redis import RedisStreamBroker

STREAM = "vishenka:bell"
MAX_LENGTH = 10_000
"""Trimming a doorbell is harmless: rows say what is left."""
PING_SECONDS = 2.0
RING_SECONDS = 3.0
CONNECT_SECONDS = 3.0

Body = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One task: its name and its body. Parameters are ids; services come from the context by
    type.
    """

    name: str
    body: Body


_specs: dict[str, TaskSpec] = {}


def task(name: str) -> Callable[[Body], Body]:
    """Register a task body under a name."""

    def register(body: Body) -> Body:
        _specs[name] = TaskSpec(name, body)
        return body

    return register


def specs() -> dict[str, TaskSpec]:
    """Return every registered task (import `services.tasks` first)."""
    return dict(_specs)


def make_broker(redis_url: str, max_tasks: int = 20) -> RedisStreamBroker:
    """Return the stream broker. `consumer_id="0"`: a group made after a flush sees what was added
    before.

    No `socket_timeout`: with one, redis-py sends inside `asyncio.wait_for`, which before Python
    3.12 may swallow a cancellation, and a worker told to stop listened on for ever. Rings are
    bounded here, a dead peer is found by TCP's keepalive (on by default).
    """
    return RedisStreamBroker(
        url=redis_url,
        queue_name=STREAM,
        consumer_group_name="workers",
        consumer_id="0",
        maxlen=MAX_LENGTH,
        approximate=True,
        idle_timeout=60_000,
        unacknowledged_lock_timeout=30,
        xread_block=1_000,
        xread_count=max_tasks,
        socket_timeout=None,
        socket_connect_timeout=CONNECT_SECONDS,
    )


def bind(broker: AsyncBroker) -> None:
    """Give every registered task to the broker."""
    for spec in _specs.values():
        broker.register_task(spec.body, task_name=spec.name)


class Queue:
    """Rings tasks by name. A broker that is away raises; callers treat a lost ring as late, not as
    an error.
    """

    def __init__(self, broker: AsyncBroker | None) -> None:
        self._broker = broker

    async def is_alive(self) -> bool:
        """Say whether the broker's server answers; a process without a broker needs none."""
        pool = getattr(self._broker, "connection_pool", None)
        if pool is None:
            return True
        try:
            async with asyncio.timeout(PING_SECONDS):
                await Redis(connection_pool=pool).ping()
        except (RedisError, OSError, TimeoutError):
            return False
        return True

    async def enqueue(self, name: str, **ids: Any) -> None:
        """Ring the task. Raises KeyError for an unknown name, TimeoutError when nobody answers."""
        if self._broker is None:
            return
        found = self._broker.find_task(name)
        if found is None:
            raise KeyError(name)
        async with asyncio.timeout(RING_SECONDS):
            await found.kiq(**ids)
