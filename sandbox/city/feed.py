"""The bell of the page: a version that grows, and waiters for the next one."""

from __future__ import annotations

import asyncio


class Feed:
    """Tells watchers that something changed; they read what by themselves."""

    def __init__(self) -> None:
        """Start at version 0 with nobody waiting."""
        self.version = 0
        self._waiters: set[asyncio.Future[None]] = set()

    def touch(self) -> None:
        """Something visible changed."""
        self.version += 1
        if self._waiters:
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)
            self._waiters.clear()

    async def after(self, version: int, seconds: float) -> int:
        """The newest version, once it is past `version` or `seconds` are over."""
        if self.version <= version:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await asyncio.wait_for(waiter, seconds)
            except TimeoutError:
                pass
            finally:
                self._waiters.discard(waiter)
        return self.version
