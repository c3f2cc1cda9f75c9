"""Makes rows due, once per minute over any number of schedulers; the work itself is done
elsewhere.

A row UNIQUE(schedule, minute) decides who fires; a scheduler that was away fires what is due now,
never the past.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from services.kit.db import Database

log = logging.getLogger(__name__)

FIRE = """
INSERT INTO schedule_fire (schedule, minute) VALUES ($1, $2)
ON CONFLICT DO NOTHING RETURNING minute
"""
FORGET = "DELETE FROM schedule_fire WHERE minute < now() - interval '2 days'"
TICK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Job:
    """Something to make due every so many minutes."""

    name: str
    every: timedelta
    run: Callable[[], Awaitable[None]]


class Scheduler:
    """Fires jobs whose minute has come."""

    def __init__(self, database: Database, jobs: tuple[Job, ...]) -> None:
        self._database = database
        self._jobs = jobs

    async def run(self) -> None:
        """Look every two seconds; a failure of one job is logged and tried again next minute."""
        while True:
            for job in self._jobs:
                await self._try(job)
            await asyncio.sleep(TICK_SECONDS)

    async def fire(self, job: Job) -> bool:
        """Run the job if this minute of it is still free; say whether it ran."""
        async with self._database.connection() as conn:
            minute = await conn.fetchval("SELECT date_trunc('minute', now())")
            step = max(int(job.every.total_seconds() // 60), 1)
            if (minute.hour * 60 + minute.minute) % step:
                return False
            if await conn.fetchval(FIRE, job.name, minute) is None:
                return False
        await job.run()
        return True

    async def _try(self, job: Job) -> None:
        try:
            await self.fire(job)
        except Exception as error:  # noqa: BLE001 - one job's trouble must not stop the others
            log.warning("job failed", extra={"job": job.name, "error": type(error).__name__})
