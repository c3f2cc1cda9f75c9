"""What every fake provider shares: clock, seeded chance, journal, faults, hold points, live feed.

Fakes take one `Core` and keep no other global state, so that a test may start many cities.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp

from sandbox.city.faults import Faults
from sandbox.city.feed import Feed
from sandbox.city.journal import Journal
from sandbox.city.points import Points

Json = dict[str, Any]
Clock = Callable[[], float]


class Core:
    """The ground under all fakes of one city."""

    def __init__(
        self, *, clock: Clock = time.time, seed: int = 0, time_scale: float = 1.0
    ) -> None:
        """Share `clock`; `time_scale` shortens every waiting the fakes do by themselves."""
        self.clock = clock
        self.seed = seed
        self.time_scale = time_scale
        self.url = ""
        self.rng = random.Random(seed)  # noqa: S311 - repeatable chance, no secret comes of it
        self.feed = Feed()
        self.journal = Journal(clock, self.feed)
        self.faults = Faults(clock, self.rng, self.feed)
        self.points = Points()
        self.seq = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._session: aiohttp.ClientSession | None = None

    def next_seq(self) -> int:
        """A number that grows with everything anybody writes, whichever provider."""
        self.seq += 1
        return self.seq

    def hex(self, letters: int) -> str:
        """Random lowercase hex from the city's seed."""
        return f"{self.rng.getrandbits(letters * 4):0{letters}x}"

    @property
    def session(self) -> aiohttp.ClientSession:
        """One client session for all webhooks; a provider keeps connections too."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), auto_decompress=False
            )
        return self._session

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` beside the server until it ends or the city stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Stop every task and close the session."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None
