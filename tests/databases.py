"""A database for every test, made while the test before still runs and dropped behind its back.

One session in a thread of its own: a `psql` for each costs more than the copy, and both the copy
and the drop wait for a checkpoint, for which no test has to wait.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import asyncpg

T = TypeVar("T")
ENOUGH_SECONDS = 50.0


class Databases:
    """Copies of templates on one server; `owner` owns them all."""

    def __init__(self, dsn: str, owner: str) -> None:
        self._dsn, self._owner = dsn, owner
        self._numbers = itertools.count(1)
        self._ahead: dict[str, Future[str]] = {}
        self._dropping: list[Future[None]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._conn = self._wait(self._begin(asyncpg.connect(dsn)))
        self._turn = self._wait(self._begin(_lock()))

    def take(self, template: str, *, ahead: bool = True) -> str:
        """Return the name of a fresh copy; `ahead` makes the next one meanwhile."""
        made = self._ahead.pop(template, None) or self._begin(self._make(template))
        name = self._wait(made)
        if ahead:
            self._ahead[template] = self._begin(self._make(template))
        return name

    def drop(self, name: str) -> None:
        """Let go of a copy, open sessions or not; what went wrong is told at the next one."""
        done = [one for one in self._dropping if one.done()]
        self._dropping = [one for one in self._dropping if not one.done()]
        self._dropping.append(self._begin(self._run(f"DROP DATABASE {name} WITH (FORCE)")))
        for one in done:
            one.result()

    def close(self) -> None:
        """End the session; what is left goes with the server."""
        for made in self._ahead.values():
            self._wait(made)
        for dropped in self._dropping:
            self._wait(dropped)
        self._wait(self._begin(self._conn.close()))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _wait(self, future: Future[T]) -> T:
        return future.result(ENOUGH_SECONDS)

    async def _make(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        owner = f"OWNER {self._owner} STRATEGY FILE_COPY"
        await self._run(f"CREATE DATABASE {name} TEMPLATE {template} {owner}")
        return name

    async def _run(self, sql: str) -> None:
        async with self._turn:
            await self._conn.execute(sql)


async def _lock() -> asyncio.Lock:
    """Statements of one session go one by one."""
    return asyncio.Lock()
