"""Connections kept at hand between uses; those of the lanes' work only look rows up.

A pool's hand-out and return start a task each; three times a message that is a tenth of the
worker's time, twice a call of the API a tenth of the web process's. What ended well is kept aside
for the next user, unless somebody waits for the pool.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from services.kit import metrics
from services.kit.connection import LOOKUPS
from services.kit.db import Database, is_gone, open_database


class Spares(Database):
    """A database whose connections wait beside the pool. Raises Unavailable like any other."""

    def __init__(self, pool: Any, dsn: str) -> None:
        super().__init__(pool, dsn)
        self._spare: list[Any] = []
        self._waiting = 0
        self._is_closing = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Yield a connection outside any transaction."""
        conn = await self._take()
        try:
            yield conn
        except BaseException:  # what went wrong on it the pool has to clear up
            await self.pool.release(conn)
            raise
        if self._waiting or self._is_closing or is_gone(conn) or conn.is_in_transaction():
            await self.pool.release(conn)
        else:
            self._spare.append(conn)

    async def _take(self) -> Any:
        while self._spare:
            conn = self._spare.pop()
            if not is_gone(conn):
                return conn
            await self.pool.release(conn)
        asked = time.perf_counter()
        self._waiting += 1
        try:
            return await self.borrow()
        finally:
            self._waiting -= 1
            metrics.pool_wait(time.perf_counter() - asked)

    @property
    def spare(self) -> int:
        """Return how many wait to be used; the pool counts them among those in use."""
        return len(self._spare)

    async def close(self) -> None:
        """Close the pool, the spare ones first."""
        self._is_closing = True
        while self._spare:
            await self.pool.release(self._spare.pop())
        await super().close()


async def open_spares(dsn: str) -> Spares:
    """Connect. Raises Unavailable."""
    opened = await open_database(dsn)
    return Spares(opened.pool, dsn)


async def open_lookups(dsn: str) -> Spares:
    """Connect for the lanes' work. Raises Unavailable."""
    opened = await open_database(dsn, plans=LOOKUPS)
    return Spares(opened.pool, dsn)
