"""One timer for all connections: each says by when it must have moved on, one tick looks at all.

A timer of its own for every request costs more than everything else a connection does; a deadline
here is a number written into a slot. It is kept to within TICK seconds, never early.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

TICK = 0.2


class Timed(Protocol):
    """Something with a deadline in the loop's time; 0.0 is none."""

    due: float

    def late(self) -> None:
        """Hear that the deadline has passed."""
        ...


class Deadlines:
    """Ticks while anything is open."""

    __slots__ = ("_loop", "_open", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._open: set[Timed] = set()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, one: Timed) -> None:
        """Watch this one from now on."""
        self._open.add(one)
        if self._timer is None:
            self._timer = self._loop.call_later(TICK, self._tick)

    def discard(self, one: Timed) -> None:
        """Watch it no more."""
        self._open.discard(one)

    def _tick(self) -> None:
        self._timer = self._loop.call_later(TICK, self._tick) if self._open else None
        now = self._loop.time()
        for one in [one for one in self._open if 0.0 < one.due <= now]:
            one.due = 0.0
            one.late()
