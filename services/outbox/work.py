"""Drains outbox lanes: load, decide at the last moment, write the attempt, call, record the
outcome.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence

from services.channels.view import ChannelCache, ChannelView
from services.connectors.registry import Registry
from services.kit.clock import Clock
from services.kit.db import AWAY, RETRYABLE, Database
from services.kit.errors import Unavailable
from services.kit.log import bind
from services.kit.tasks import spawn
from services.lanes.models import STALE_LOOK_SECONDS, Lease
from services.lanes.runner import LaneRunner
from services.lanes.store import LeaseLost
from services.outbox import store
from services.outbox.calls import Caller
from services.outbox.claims import Claims
from services.outbox.fast import MAX_CALLING, FastStart
from services.outbox.lane import Item, OutLane
from services.outbox.models import Class, Delivery
from services.outbox.settle import Settler, Verdict

log = logging.getLogger(__name__)

PICK_AT_ONCE = 25
SUSPENDED_LOOK_SECONDS = 5.0
MAX_WAIT_SECONDS = 5.0


class OutboxWork:
    """The lane work of kind OUT; `fast` starts what need not wait for a claim."""

    def __init__(
        self,
        database: Database,
        runner: LaneRunner,
        clock: Clock,
        channels: ChannelCache,
        registry: Registry,
        caller: Caller,
        claims: Claims,
        settler: Settler,
    ) -> None:
        self._database = database
        self._runner = runner
        self._clock = clock
        self._channels = channels
        self._registry = registry
        self._caller = caller
        self._claims = claims
        self._settler = settler
        self.fast = FastStart(runner, clock, channels, registry, settler, self._begin)

    def owner(self) -> str:
        """Return this process's name in lane rows."""
        return self._runner.owner

    def seen(self, lease: Lease) -> int:
        """Return the last row loaded."""
        return lease.state.seen if lease.state is not None else lease.done_seq

    def is_busy(self, lease: Lease) -> bool:
        """Say whether a call is under way or about to start, or a row about to join."""
        lane = lease.state
        return lane is not None and bool(lane.reserved or lane.calling or lane.joining)

    async def drain(self, lease: Lease) -> float | None:
        """Call what may go until nothing is left to start; then seconds until the next, None for
        never.
        """
        view = await self._view(lease)
        if lease.state is None:
            await self._open(lease)
        lane: OutLane = lease.state
        while self._runner.usable(lease):
            if lane.suspect and not lane.reserved:
                await self._unclaim(lease, lane)
            lease.wake.clear()
            await self._look(lease, lane)
            view = await self._view(lease)
            if view.status == "suspended":
                return SUSPENDED_LOOK_SECONDS
            room = max(min(PICK_AT_ONCE, MAX_CALLING - lane.calling), 0)
            now = self._clock.monotonic()
            picked, wait = lane.pick(now, room)
            if picked:
                await self._start(lease, lane, view, picked)
                continue
            wait = 0.0 if lane.is_hungry() else min(wait, lane.aside.wait(now, wait))
            if not lane.calling and wait > MAX_WAIT_SECONDS:
                if lane.recheck():
                    lease.rung = True
                    continue
                return lane.next_ready(self._clock.monotonic())
            await self._wait(lease, wait)
        await self._finish_calls(lease, lane)
        return STALE_LOOK_SECONDS

    async def _finish_calls(self, lease: Lease, lane: OutLane) -> None:
        """Stopping or fenced off: let calls under way end, so that their outcome is known."""
        until = self._clock.monotonic() + MAX_WAIT_SECONDS
        while lane.calling and self._clock.monotonic() < until and not self._runner.usable(lease):
            lease.wake.clear()
            await self._wait(lease, until - self._clock.monotonic())

    async def _wait(self, lease: Lease, seconds: float) -> None:
        try:
            await asyncio.wait_for(lease.wake.wait(), max(0.001, min(seconds, 1.0)))
        except TimeoutError:
            return

    async def _view(self, lease: Lease) -> ChannelView:
        view = await self._channels.by_id(lease.channel_id)
        if view is None:
            raise LookupError("channel of a lane is gone")
        return view

    async def _open(self, lease: Lease) -> None:
        """Take the lane over: what an earlier owner was calling is settled first, its tokens count
        as spent.
        """
        lane = OutLane(lease.fence)
        now = self._clock.monotonic()
        async with self._database.tenant(lease.tenant_id) as tx:
            for row in await tx.fetch(store.RECENT, lease.lane):
                for bucket in row["bucket"].split(","):
                    lane.pace.remember("" if bucket == "*" else bucket, now - row["age"])
            orphans = await tx.fetch(store.CALLING, lease.lane)
        if orphans:
            await self._settler.orphans(lease, orphans)
        lease.state = lane

    async def _look(self, lease: Lease, lane: OutLane) -> None:
        """Read new rows when there may be some; an outcome alone is no reason."""
        now = self._clock.monotonic()
        if not lane.aside.wait(now, MAX_WAIT_SECONDS):
            await self._take_back(lease, lane)
        if not lease.rung and not lane.needs_load(now):
            return
        lease.rung = False
        try:
            await self._load(lease, lane)
        except BaseException:
            lease.rung = True
            raise

    async def _take_back(self, lease: Lease, lane: OutLane) -> None:
        """Ask whether batches that were put aside are still held."""
        async with self._database.tenant(lease.tenant_id) as tx:
            rows = await tx.fetch(store.HELD, lease.tenant_id, lane.aside.batches)
        if lane.take_back([row["id"] for row in rows], self._clock.monotonic()):
            lease.rung = True

    async def _load(self, lease: Lease, lane: OutLane) -> None:
        classes, cursors, room = lane.wants()
        async with self._database.tenant(lease.tenant_id) as tx:
            rows = await tx.fetch(store.LOAD, lease.lane, classes, cursors, room)
        now = self._clock.monotonic()
        lane.loaded(now, room, Counter(row["cls"] for row in rows if row["delivery_id"]))
        for row in rows:
            lane.seen = max(lane.seen, row["last_seq"] or 0)
            if row["delivery_id"] is None:
                continue
            cls = Class(row["cls"])
            if row["calling"] or lane.aside.passes(row["batch_id"], cls, row["seq"]):
                lane.skip(cls, row["seq"])
                continue
            ready_at = now + row["wait"] if row["wait"] > 0 else 0.0
            item = Item(row["delivery_id"], cls, row["seq"], row["order_key"], ready_at)
            item.coalesce_key, item.rank = row["coalesce_key"] or "", row["rank"] or 0
            item.batch_id = row["batch_id"]
            lane.add(item)

    async def _unclaim(self, lease: Lease, lane: OutLane) -> None:
        """Put rows that say `calling` though nobody calls back in their place: the commit of
        their claim was answered by an error, or the lease was too old to begin the call. Nothing
        starts at once meanwhile: a call that begins after the question is not among its answers.
        """
        lane.suspect, lane.unclaiming = False, True
        try:
            async with self._database.tenant(lease.tenant_id) as tx:
                rows = await tx.fetch(
                    store.UNCLAIM, lease.lane, lease.fence, lane.calling_ids(), lease.tenant_id
                )
        except BaseException:
            lane.suspect = True
            raise
        finally:
            lane.unclaiming = False
        for row in rows:
            lane.put(Item(row["id"], Class(row["class"]), row["seq"], row["order_key"]))

    async def _start(
        self, lease: Lease, lane: OutLane, view: ChannelView, picked: Sequence[Item]
    ) -> None:
        try:
            async with self._runner.gate.entered():
                claimed = await self._claims.claim(lease, lane, view, picked)
        except LeaseLost:
            raise
        except (Unavailable, *AWAY, *RETRYABLE):
            lane.suspect = True
            raise
        except Exception as error:  # noqa: BLE001 - a resolver's failure is one delivery's failure
            await self._find_poison(lease, lane, view, picked, error)
            return
        for delivery, costs in claimed:
            if self._runner.usable(lease):
                self._begin(lease, lane, view, delivery)
            else:
                self._settler.give_up_claim(lease, lane, delivery, costs)

    async def _find_poison(
        self,
        lease: Lease,
        lane: OutLane,
        view: ChannelView,
        picked: Sequence[Item],
        error: Exception,
    ) -> None:
        """One of them cannot be decided: go singly, count its failure as an attempt."""
        if len(picked) == 1:
            log.error(
                "delivery not decided",
                extra={"delivery_id": str(picked[0].id), "error": type(error).__name__},
                exc_info=error,
            )
            await self._claims.refuse(lease, lane, picked[0])
            return
        for item in picked:
            if self._runner.usable(lease):
                await self._start(lease, lane, view, [item])

    def _begin(self, lease: Lease, lane: OutLane, view: ChannelView, delivery: Delivery) -> None:
        self._runner.gate.enter()
        call = spawn(self._call(lease, lane, view, delivery), "outbox.call")
        call.add_done_callback(lambda _: self._runner.gate.leave())

    async def _call(
        self, lease: Lease, lane: OutLane, view: ChannelView, delivery: Delivery
    ) -> None:
        ids = {"tenant": str(delivery.tenant_id), "delivery": str(delivery.id)}
        with bind(trace=delivery.trace, **ids, task="outbox.call", attempt=str(delivery.attempts)):
            started = self._clock.monotonic()
            outcome = await self._caller.call(view, delivery)
            seconds = self._clock.monotonic() - started
            await self._settler.record(lease, lane, Verdict(view, delivery, outcome, seconds))
