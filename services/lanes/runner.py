"""Owns lanes for one process: takes leases, lets the lane's work drain them, lingers, lets go,
sweeps.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterable, Mapping
from typing import Protocol

from services.kit.clock import Clock
from services.kit.db import AWAY, RETRYABLE, Database
from services.kit.errors import Unavailable
from services.kit.ids import random_token
from services.kit.tasks import spawn
from services.lanes.bell import Bell, cold_channel, listen, own_channel
from services.lanes.gate import Gate
from services.lanes.models import LaneKind, Lease
from services.lanes.store import LaneStore, LeaseLost

log = logging.getLogger(__name__)

LINGER_SECONDS = 5.0
AWAY_PAUSE_SECONDS = 0.5
TROUBLE_PAUSE_SECONDS = 30.0


class LaneWork(Protocol):
    """What is done with a lane of one kind."""

    async def drain(self, lease: Lease) -> float | None:
        """Work until nothing can start; return seconds until the next due row, None for never.

        Must watch `runner.usable(lease)` before every effect, and return soon when it is False.
        """
        ...

    def seen(self, lease: Lease) -> int:
        """Return the highest seq known to be handled or held."""
        ...

    def is_busy(self, lease: Lease) -> bool:
        """Say whether something is under way that keeps the lane here."""
        ...


class LaneRunner:
    """The process's lanes. `run()` until `stop()`."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bell: Bell,
        *,
        lease_seconds: float,
        sweep_seconds: float,
    ) -> None:
        owner = random_token(128).replace("-", "a").replace("_", "b").lower()[:20]
        self.store = LaneStore(database, owner, lease_seconds)
        self.gate = Gate()
        self._dsn = database.dsn
        self._clock = clock
        self._bell = bell
        self._sweep_seconds = sweep_seconds
        self._work: dict[LaneKind, LaneWork] = {}
        self._leases: dict[int, Lease] = {}
        self._owned: dict[int, asyncio.Task[None]] = {}
        self._wanted: set[int] = set()
        self._want = asyncio.Event()
        self._taking = asyncio.Lock()
        self._stopping = False

    @property
    def owner(self) -> str:
        """Return this process's name in the lane rows."""
        return self.store.owner

    def serve(self, work: Mapping[LaneKind, LaneWork]) -> None:
        """Drain these kinds here. Call before `run`."""
        self._work.update(work)
        self._bell.serve(work, self.want)

    def want(self, lanes: Iterable[int]) -> None:
        """Wake lanes we own, try to take the others."""
        for lane in lanes:
            lease = self._leases.get(lane)
            if lease is not None and not lease.lost:
                lease.rung = True
                lease.wake.set()
            else:
                self._wanted.add(lane)
        if self._wanted:
            self._want.set()

    def lease_of(self, lane: int) -> Lease | None:
        """Return our usable lease of a lane, or None."""
        lease = self._leases.get(lane)
        if lease is None or lease.closing or not self.usable(lease):
            return None
        return lease

    def held(self, lane: int) -> Lease | None:
        """Return our lease of a lane even when no effect may start under it now, or None."""
        lease = self._leases.get(lane)
        return None if lease is None or lease.lost else lease

    def monotonic(self) -> float:
        """Return the clock that leases are measured by."""
        return self._clock.monotonic()

    def usable(self, lease: Lease) -> bool:
        """Say whether an effect may start: the lease is ours for long enough and we are not
        stopping.
        """
        return not (lease.lost or self._stopping) and self._clock.monotonic() < lease.good_until

    @property
    def stopping(self) -> bool:
        """Say whether the process is going down."""
        return self._stopping

    async def run(self) -> None:
        """Listen, acquire, renew and sweep until stopped."""
        channels = [own_channel(self.owner), *(cold_channel(kind) for kind in self._work)]
        loops = [
            spawn(listen(self._dsn, channels, self._heard, self._alive), "lanes.listen"),
            spawn(self._acquiring(), "lanes.acquire"),
            spawn(self._renewing(), "lanes.renew"),
            spawn(self._sweeping(), "lanes.sweep"),
        ]
        try:
            await asyncio.gather(*loops)
        finally:
            for task in loops:
                task.cancel()

    def _heard(self, lanes: Iterable[int] | None) -> None:
        """Wake what was named; None after a gap in hearing: look at everything we own."""
        self.want(list(self._leases) if lanes is None else lanes)

    def _alive(self) -> bool:
        return not self._stopping

    async def stop(self, patience_seconds: float = 4.0) -> None:
        """Let every lane finish its step (≤ patience), then hand all leases back."""
        self._stopping = True
        async with self._taking:  # what is being taken right now is handed back as well
            held = sorted(self._leases)
        self._want.set()
        for lease in self._leases.values():
            lease.wake.set()
        if self._owned:
            await asyncio.wait(list(self._owned.values()), timeout=patience_seconds)
        for task in list(self._owned.values()):
            task.cancel()
        if held:
            try:
                await self.store.hand_back(held)
            except (Unavailable, *AWAY):
                log.warning("leases not handed back")

    async def _acquiring(self) -> None:
        while not self._stopping:
            await self._want.wait()
            self._want.clear()
            lanes, self._wanted = self._wanted, set()
            if not lanes or self._stopping:
                continue
            try:
                async with self._taking:
                    await self._take(lanes)
            except Exception as error:  # noqa: BLE001 - this loop must outlive any trouble of the database
                log.warning("lanes not taken", extra={"error": type(error).__name__})
                await asyncio.sleep(AWAY_PAUSE_SECONDS)
                self.want(lanes)

    async def _take(self, lanes: set[int]) -> None:
        asked = self._clock.monotonic()
        for row in await self.store.acquire(sorted(lanes), [int(kind) for kind in self._work]):
            lease = Lease(
                lane=row["id"],
                kind=LaneKind(row["kind"]),
                tenant_id=row["tenant_id"],
                channel_id=row["channel_id"],
                fence=row["fence"],
                done_seq=row["done_seq"],
                head_attempts=row["head_attempts"],
                head_crashes=row["head_crashes"],
                crashed=row["crashed"],
                good_until=self._good_until(asked),
            )
            self._leases[lease.lane] = lease
            self._owned[lease.lane] = spawn(self._own(lease), "lanes.own")

    def _good_until(self, asked: float) -> float:
        return asked + self.store.lease_seconds * 2 / 3

    async def _own(self, lease: Lease) -> None:
        try:
            while not lease.lost and not self._stopping:
                if await self._step(lease):
                    return
        except LeaseLost:
            log.info("lease lost", extra={"lane": lease.lane})
        except Exception as error:
            log.exception("lane failed", extra={"lane": lease.lane, "error": type(error).__name__})
            await self._postpone(lease)
        finally:
            if self._leases.get(lease.lane) is lease and not self._stopping:
                del self._leases[lease.lane]
                self._owned.pop(lease.lane, None)

    async def _postpone(self, lease: Lease) -> None:
        """Look again later: not counted as a crash of the head. Calls under way keep their lane
        until the lease runs out.
        """
        if lease.kind is LaneKind.OUT:
            return
        try:
            await self.store.postpone(lease.lane, lease.fence, TROUBLE_PAUSE_SECONDS)
        except (Unavailable, *AWAY):
            log.warning("lane not postponed", extra={"lane": lease.lane})

    async def _step(self, lease: Lease) -> bool:
        """Drain, then wait for a wake, a due time or the end of lingering; True when the lane was
        let go.
        """
        lease.wake.clear()
        try:
            due_in = await self._work[lease.kind].drain(lease)
        except LeaseLost:
            raise
        except (Unavailable, *AWAY, *RETRYABLE):
            await asyncio.sleep(AWAY_PAUSE_SECONDS)
            return False
        if self._stopping or lease.lost:
            return True
        if due_in is not None and due_in <= LINGER_SECONDS:
            await _wait(lease.wake, due_in)
            return False
        if await _wait(lease.wake, LINGER_SECONDS):
            return False
        if self._work[lease.kind].is_busy(lease):
            return False
        return await self._let_go(lease, due_in)

    async def _let_go(self, lease: Lease, due_in: float | None) -> bool:
        """Give an idle lane back; nothing may start in it meanwhile."""
        seen = self._work[lease.kind].seen(lease)
        left = None if due_in is None else max(due_in - LINGER_SECONDS, 0.0)
        lease.closing = True
        try:
            lease.closing = await self.store.release(lease.lane, lease.fence, seen, left)
        except (Unavailable, *AWAY, *RETRYABLE):
            lease.closing = False
            return False
        lease.rung = not lease.closing  # something arrived that nobody rang for
        return lease.closing

    async def _renewing(self) -> None:
        while not self._stopping:
            await asyncio.sleep(self.store.lease_seconds / 3)
            if self._leases:
                await self._renew(dict(self._leases))

    async def _renew(self, held: dict[int, Lease]) -> None:
        asked = self._clock.monotonic()
        try:
            kept = await self.store.renew(sorted(held))
        except Exception as error:  # noqa: BLE001 - a lease that is not renewed runs out by itself
            log.warning("leases not renewed", extra={"error": type(error).__name__})
            return
        for lane, lease in held.items():
            if lane in kept:
                lease.good_until = self._good_until(asked)
            elif self._leases.get(lane) is lease:
                lease.lost = True
                lease.wake.set()

    async def _sweeping(self) -> None:
        while not self._stopping:
            await asyncio.sleep(self._sweep_seconds * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
            try:
                self.want(await self.store.due([int(kind) for kind in self._work]))
            except Exception as error:  # noqa: BLE001 - the next sweep comes
                log.warning("sweep skipped", extra={"error": type(error).__name__})


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    """Return True when the event came within the time."""
    try:
        await asyncio.wait_for(event.wait(), max(seconds, 0.0))
    except TimeoutError:
        return False
    return True
