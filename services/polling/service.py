"""Leases sources for this process, polls them side by side, hands them back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC
from uuid import UUID

from services.channels.view import stamp_of
from services.kit.db import Record, Tx
from services.kit.errors import AppError, Conflict, Unavailable
from services.kit.tasks import spawn
from services.polling.audit import Audit
from services.polling.models import Breaker, Shown, Source, SourceState
from services.polling.poll import Parts, Poller, pulled
from services.polling.rules import Outcome
from services.polling.settling import Settling
from services.polling.store import WAKE, SourceStore

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
ADOPT_SECONDS = 5.0
TOGETHER = 100
"""Accounts asked at once by one process."""
BOTS_TOGETHER = 200
"""Bots whose calls may wait at the provider at once; each holds a connection."""
PATIENCE_SECONDS = 3.0

Interval = Callable[[str], float]
"""Seconds between polls of a healthy account of a provider."""


class Polling:
    """The process's polled sources."""

    def __init__(
        self,
        parts: Parts,
        owner: str,
        *,
        lease_seconds: float,
        interval: Interval,
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        self._parts = parts
        self._interval = interval
        self._tick = tick_seconds
        self._public_url = parts.channels.ways.public_url
        self._store = SourceStore(parts.database, owner, lease_seconds)
        self._audit = Audit(parts.database)
        self._settling = Settling(self._store.settle)
        self._poller = Poller(
            parts, self._settling, self._audit, has_hooks=self._public_url is not None
        )
        self._accounts, self._bots = self._parted()
        self._held: dict[UUID, Source] = {}
        self._tasks: dict[UUID, asyncio.Task[Outcome]] = {}

    def on_shown(self, *, confirmed: Shown, doubted: Shown) -> None:
        """Tell of hook events the history shows, and of those that two polls did not show."""
        self._audit.confirmed.append(confirmed)
        self._audit.doubted.append(doubted)

    async def wake(self, tx: Tx, channel_id: UUID) -> None:
        """Ask a channel that works (again) at once; for `channels.on_resumed`."""
        async with tx.system("sources are global rows"):
            await tx.execute(WAKE, channel_id, self.providers())

    def providers(self) -> list[str]:
        """Return the providers that are pulled; bots only where nobody outside can call us."""
        return [*self._accounts, *self._bots]

    def _parted(self) -> tuple[list[str], list[str]]:
        registry = self._parts.channels.ways.registry
        names = list(pulled(registry))
        accounts = [name for name in names if not registry[name].capabilities.bot]
        bots = [name for name in names if registry[name].capabilities.bot]
        return accounts, bots if self._public_url is None else []

    async def make_due(self) -> None:
        """Make rows for new channels, none for removed ones, note events that need proof."""
        await self._store.adopt(self.providers())
        await self._store.forget()
        registry = self._parts.channels.ways.registry
        unproven = [
            name for name in self.providers() if not registry[name].capabilities.hook_is_proof
        ]
        await self._audit.collect(unproven if self._public_url else [])

    async def run(self, stop: asyncio.Event) -> None:
        """Poll what is due until stopped; then hand everything back within seconds."""
        renewing = spawn(self._renewing(stop), "polling.renew")
        clock = self._parts.clock
        adopted = float("-inf")
        try:
            while not stop.is_set():
                try:
                    if clock.monotonic() - adopted > ADOPT_SECONDS:
                        await self._store.adopt(self.providers())
                        adopted = clock.monotonic()
                    await self.start_due()
                except (AppError, OSError, TimeoutError):
                    log.warning("polling waits, database away")
                await _wait(stop, self._tick)
        finally:
            renewing.cancel()
            await self._hand_back()

    async def start_due(self) -> int:
        """Lease due sources and begin to poll them; return how many."""
        started = 0
        for providers, most in ((self._accounts, TOGETHER), (self._bots, BOTS_TOGETHER)):
            running = sum(source.provider in providers for source in self._held.values())
            if not providers or running >= most:
                continue
            asked = self._parts.clock.monotonic()
            for row in await self._store.claim(providers, most - running):
                self._begin(self._source(row, asked))
                started += 1
        return started

    async def poll_one(self, channel_id: UUID) -> Outcome | None:
        """Poll a channel now, due or not; None when another process is at it or nothing is pulled.

        Raises Conflict for a bot whose webhook is on: both ways at once would lose updates.
        """
        view = await self._parts.channels.ways.cache.by_id(channel_id)
        if view is not None and view.provider not in self.providers() and view.is_bot:
            raise Conflict("polling.both_ways")
        asked = self._parts.clock.monotonic()
        await self._store.adopt(self.providers())
        row = await self._store.claim_one(self.providers(), channel_id)
        if row is None:
            return None
        return await self._begin(self._source(row, asked))

    async def states(self, tenant_id: UUID) -> list[SourceState]:
        """Return how a tenant's sources do: last poll, last success, lag, failures, misses."""
        return [_state(row) for row in await self._store.states(tenant_id)]

    def _begin(self, source: Source) -> asyncio.Task[Outcome]:
        self._held[source.id] = source
        if source.provider not in self._bots:  # a bot's call may wait for long
            self._settling.begin(source.id)
        task = spawn(self._poll(source), "polling.poll")
        self._tasks[source.id] = task
        return task

    async def _poll(self, source: Source) -> Outcome:
        try:
            return await self._poller.poll(source, self._interval(source.provider))
        except (Unavailable, OSError, TimeoutError):
            # The lease runs out by itself; the source is due again then.
            return Outcome.DOWN
        finally:
            if self._held.get(source.id) is source:
                self._settling.leave(source.id)
                del self._held[source.id]
                self._tasks.pop(source.id, None)

    def _source(self, row: Record, asked: float) -> Source:
        self._parts.channels.ways.cache.confirm(row["source"], stamp_of(row), asked)
        return Source(
            id=row["source"],
            tenant_id=row["tenant_id"],
            provider=row["provider"],
            fence=row["fence"],
            cursor=row["cursor"],
            failures=row["failures"],
            breaker=Breaker(row["breaker"]),
            hook_state=row["hook_state"],
            asked_at=row["asked_at"].astimezone(UTC),
            is_audited=row["is_audited"],
            is_awaited=row["is_awaited"],
            good_until=self._good_until(asked),
        )

    def _good_until(self, asked: float) -> float:
        return asked + self._store.lease_seconds * 2 / 3

    async def _renewing(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await asyncio.sleep(self._store.lease_seconds / 3)
            held = dict(self._held)
            if not held:
                continue
            asked = self._parts.clock.monotonic()
            try:
                kept = await self._store.renew({key: one.fence for key, one in held.items()})
            except (AppError, OSError, TimeoutError):
                continue
            for key, source in held.items():
                if key in kept:
                    source.good_until = self._good_until(asked)
                else:
                    self._lose(source)

    def _lose(self, source: Source) -> None:
        source.lost = True
        task = self._tasks.get(source.id)
        if task is not None and self._held.get(source.id) is source:
            task.cancel()

    async def _hand_back(self) -> None:
        """Let short polls end, cut waiting ones, give the leases to whoever asks next."""
        for key, source in list(self._held.items()):
            task = self._tasks.get(key)
            if task is not None and source.provider in self._bots:
                task.cancel()
        fences = {key: source.fence for key, source in self._held.items()}
        tasks = list(self._tasks.values())
        try:
            if tasks:
                await asyncio.wait(tasks, timeout=PATIENCE_SECONDS)
        finally:
            # A process in a hurry cancels this very wait: the leases go back all the same.
            for task in tasks:
                task.cancel()
            await self._give_back(fences)

    async def _give_back(self, fences: dict[UUID, int]) -> None:
        try:
            if fences:
                await self._store.give_back(fences)
        except (AppError, OSError, TimeoutError):
            log.warning("sources not handed back")


def _state(row: Record) -> SourceState:
    return SourceState(
        channel_id=row["source"],
        next_poll_at=row["next_poll_at"],
        last_poll_at=row["last_poll_at"],
        last_success_at=row["last_success_at"],
        lag_seconds=row["lag_seconds"],
        failures=row["failures"],
        is_open=row["breaker"] == Breaker.OPEN,
        last_code=row["last_code"],
        misses=row["misses"],
    )


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
