"""The process's gate: work enters it together; a head that may kill the process is tried alone.

Whoever dies while alone has only itself to blame, or a shot from outside that fell into the few
milliseconds of this one trial (ADR 0014).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """Many inside, or one alone. Who waits to be alone keeps newcomers out."""

    def __init__(self) -> None:
        self._inside = 0
        self._trials = 0
        self._open = asyncio.Event()
        self._open.set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._turn = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Say whether new work may begin."""
        return not self._trials

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        """Wait until the gate is open and be inside for the block."""
        while self._trials:
            await self._open.wait()
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        """Count one more inside, without waiting: what was begun at an open gate goes on."""
        self._inside += 1
        self._empty.clear()

    def leave(self) -> None:
        """Count one less inside."""
        self._inside -= 1
        if not self._inside:
            self._empty.set()

    @asynccontextmanager
    async def alone(self, patience_seconds: float) -> AsyncIterator[bool]:
        """Shut the gate, wait for those inside; yields whether they all left in time."""
        self._trials += 1
        self._open.clear()
        try:
            async with self._turn:
                yield await self._emptied(patience_seconds)
        finally:
            self._trials -= 1
            if not self._trials:
                self._open.set()

    async def _emptied(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while self._inside:
                    await self._empty.wait()
        except TimeoutError:
            return False
        return True
