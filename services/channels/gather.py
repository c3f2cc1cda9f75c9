"""Look-ups that come close together go out as one: a thousand first updates cost one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from services.kit.errors import Unavailable
from services.kit.tasks import spawn

MAX_RUNNING = 3
"""So many statements at once: a slow one does not hold up all that come after it."""
MAX_TOGETHER = 5_000

K = TypeVar("K")
V = TypeVar("V")


class Gather(Generic[K, V]):
    """Collects keys until the loop gets to the look-up; what comes later is in the next one.

    `look_up` returns a value or an error for every key: one bad row fails its own askers only.
    """

    def __init__(
        self, look_up: Callable[[Sequence[K]], Awaitable[Mapping[K, V | Exception]]]
    ) -> None:
        self._look_up = look_up
        self._waiting: dict[K, list[asyncio.Future[V]]] = {}
        self._running = 0
        self._is_called = False

    async def get(self, key: K) -> V:
        """Return the value that was true at some moment after this call began."""
        future: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(future)
        if not self._is_called and self._running < MAX_RUNNING:
            self._is_called = True
            self._running += 1
            spawn(self._run(), "channels.gather")
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                self._is_called = False
                await self._answer(self._take())
        finally:
            self._is_called = False
            self._running -= 1

    def _take(self) -> dict[K, list[asyncio.Future[V]]]:
        taken = self._waiting
        if len(taken) <= MAX_TOGETHER:
            self._waiting = {}
            return taken
        keys = list(taken)[:MAX_TOGETHER]
        return {key: taken.pop(key) for key in keys}

    async def _answer(self, asked: Mapping[K, list[asyncio.Future[V]]]) -> None:
        found: Mapping[K, V | Exception] = {}
        failure: Exception = Unavailable("error.database_away")
        try:
            found = await self._look_up(list(asked))
        except Exception as error:  # noqa: BLE001 - every asker must hear of it
            failure = error
        finally:  # cancelled as well: nobody may wait for ever
            for key, futures in asked.items():
                _tell(futures, found.get(key, failure))


def _tell(futures: Sequence[asyncio.Future[V]], result: V | Exception) -> None:
    for future in futures:
        if future.done():  # its asker has gone
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
