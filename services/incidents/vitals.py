"""Each process's pulse as rows: requests, server errors and stalls of this minute.

Rules about processes (no pulse, too many errors, a loop that stands still) then work without any
Prometheus, and whichever process evaluates them. One small upsert every ten seconds per process.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass

from services.kit import metrics
from services.kit.db import AWAY, Database
from services.kit.errors import Unavailable

log = logging.getLogger(__name__)

PULSE_SECONDS = 10.0
TICK_SECONDS = 0.1
STALL_SECONDS = 0.2
LONG_STALL_SECONDS = 1.0

PULSE = """
INSERT INTO process_minute AS p
    (minute, process, role, requests, failures, stalls, worst_stall_seconds, seen_at)
VALUES (date_trunc('minute', now()), $1, $2, $3, $4, $5, $6, now())
ON CONFLICT (minute, process) DO UPDATE SET requests = p.requests + excluded.requests,
    failures = p.failures + excluded.failures, stalls = p.stalls + excluded.stalls,
    worst_stall_seconds = greatest(p.worst_stall_seconds, excluded.worst_stall_seconds),
    seen_at = excluded.seen_at
"""


@dataclass(slots=True)
class _Tally:
    requests: int = 0
    failures: int = 0
    stalls: int = 0
    worst: float = 0.0


class Vitals:
    """Counts for one process. `process` is its name in lane rows (or any unique word)."""

    def __init__(self, database: Database, role: str, process: str) -> None:
        self._database = database
        self._role = role
        self._process = process
        self._tally = _Tally()
        self._answers = metrics.answers()

    def stalled(self, seconds: float) -> None:
        """Note that the event loop stood still."""
        metrics.loop_stall(seconds)
        if seconds >= LONG_STALL_SECONDS:
            self._tally.stalls += 1
            self._tally.worst = max(self._tally.worst, seconds)
            log.warning("event loop stalled", extra={"milliseconds": int(seconds * 1000)})

    async def run(self, stop: asyncio.Event) -> None:
        """Watch the loop and write the pulse until stopped."""
        next_pulse = time.monotonic()
        while not stop.is_set():
            asked = time.monotonic()
            if asked >= next_pulse:
                await self.pulse()
                next_pulse = time.monotonic() + PULSE_SECONDS
                asked = time.monotonic()
            await asyncio.sleep(TICK_SECONDS)
            late = time.monotonic() - asked - TICK_SECONDS
            if late >= STALL_SECONDS:
                self.stalled(late)

    async def pulse(self) -> None:
        """Write what was counted since the last pulse; if that fails the next one carries it."""
        tally, self._tally = self._tally, _Tally()
        before, self._answers = self._answers, metrics.answers()
        tally.requests += self._answers[0] - before[0]
        tally.failures += self._answers[1] - before[1]
        counted = (tally.requests, tally.failures, tally.stalls, tally.worst)
        try:
            async with self._database.connection() as conn:
                await conn.execute(PULSE, self._process[:32], self._role, *counted)
        except (Unavailable, *AWAY):
            self._give_back(tally)

    def _give_back(self, tally: _Tally) -> None:
        now = self._tally
        now.requests += tally.requests
        now.failures += tally.failures
        now.stalls += tally.stalls
        now.worst = max(now.worst, tally.worst)
