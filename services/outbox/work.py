"""Drains outbox lanes: load, decide at the last moment, write the attempt, call, record the
outcome.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from services.channels.view import ChannelCache, ChannelView
from services.connectors.base import Cost
from services.connectors.registry import Registry
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.log import bind
from services.kit.tasks import spawn
from services.lanes.models import Lease
from services.lanes.runner import LaneRunner
from services.outbox import store
from services.outbox.calls import Caller
from services.outbox.claims import Claims
from services.outbox.lane import Item, OutLane
from services.outbox.models import Class, Delivery, NewDelivery
from services.outbox.settle import Settler, Verdict

log = logging.getLogger(__name__)

PICK_AT_ONCE = 25
SUSPENDED_LOOK_SECONDS = 5.0
MAX_WAIT_SECONDS = 5.0
MAX_CALLING = 200


class OutboxWork:
    """The lane work of kind OUT, and the process's fast path."""

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

    def owner(self) -> str:
        """Return this process's name in lane rows."""
        return self._runner.owner

    def seen(self, lease: Lease) -> int:
        """Return the last row loaded."""
        return lease.state.seen if lease.state is not None else lease.done_seq

    async def drain(self, lease: Lease) -> float | None:
        """Call what may go until nothing is left to start; then seconds until the next, None for
        never.
        """
        view = await self._view(lease)
        if lease.state is None:
            await self._open(lease)
        lane: OutLane = lease.state
        await self._load(lease, lane)
        while self._runner.usable(lease):
            if lease.wake.is_set():
                lease.wake.clear()
                await self._load(lease, lane)
            view = await self._view(lease)
            if view.status == "suspended":
                return SUSPENDED_LOOK_SECONDS
            room = max(min(PICK_AT_ONCE, MAX_CALLING - lane.calling), 0)
            picked, wait = lane.pick(self._clock.monotonic(), room)
            if picked:
                await self._start(lease, lane, view, picked)
                continue
            if not lane.calling and wait > MAX_WAIT_SECONDS:
                return lane.next_ready(self._clock.monotonic())
            await self._wait(lease, wait)
        await self._finish_calls(lease, lane)
        return None

    async def _finish_calls(self, lease: Lease, lane: OutLane) -> None:
        """Stopping or fenced off: let calls under way end, so that their outcome is known."""
        until = self._clock.monotonic() + MAX_WAIT_SECONDS
        while lane.calling and self._clock.monotonic() < until:
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

    async def _load(self, lease: Lease, lane: OutLane) -> None:
        classes, cursors, room = lane.wants()
        async with self._database.tenant(lease.tenant_id) as tx:
            rows = await tx.fetch(store.LOAD, lease.lane, classes, cursors, room)
        now = self._clock.monotonic()
        for row in rows:
            lane.seen = max(lane.seen, row["last_seq"] or 0)
            if row["delivery_id"] is None:
                continue
            cls = Class(row["cls"])
            if row["calling"]:
                lane.skip(cls, row["seq"])
                continue
            ready_at = now + row["wait"] if row["wait"] > 0 else 0.0
            item = Item(row["delivery_id"], cls, row["seq"], row["order_key"], ready_at)
            item.coalesce_key = row["coalesce_key"] or ""
            lane.add(item)

    async def _start(
        self, lease: Lease, lane: OutLane, view: ChannelView, picked: Sequence[Item]
    ) -> None:
        claimed = await self._claims.claim(lease, lane, view, picked)
        for delivery, costs in claimed:
            self._spawn_call(lease, lane, view, delivery, costs)

    def _spawn_call(
        self,
        lease: Lease,
        lane: OutLane,
        view: ChannelView,
        delivery: Delivery,
        costs: Sequence[Cost],
    ) -> None:
        if not self._runner.usable(lease):
            self._settler.give_up_claim(lease, lane, delivery, costs)
            return
        spawn(self._call(lease, lane, view, delivery), "outbox.call")

    async def _call(
        self, lease: Lease, lane: OutLane, view: ChannelView, delivery: Delivery
    ) -> None:
        with bind(trace=delivery.trace, tenant=str(delivery.tenant_id), delivery=str(delivery.id)):
            started = self._clock.monotonic()
            outcome = await self._caller.call(view, delivery)
            seconds = self._clock.monotonic() - started
            await self._settler.record(lease, lane, Verdict(view, delivery, outcome, seconds))

    # ---- the fast path: a delivery inserted already `calling` ----

    def reserve(self, lane_number: int, new: NewDelivery) -> tuple[int, str]:
        """Return fence and buckets when the call may start right after the commit, else (0,
        "").
        """
        lease = self._runner.lease_of(lane_number)
        if lease is None or not isinstance(lease.state, OutLane) or not _is_immediate(new):
            return 0, ""
        lane: OutLane = lease.state
        now = self._clock.monotonic()
        if lane.has_key(new.order_key) or lane.paused_until > now or lane.calling >= MAX_CALLING:
            return 0, ""
        costs = self._costs(new)
        if costs is None or lane.pace.wait(costs, now, bulk=False) > 0:
            return 0, ""
        lane.pace.take(costs, now, bulk=False)
        lane.reserved[new.order_key] = lane.reserved.get(new.order_key, 0) + 1
        return lease.fence, bucket_names(costs)

    def cancel(self, lane_number: int, new: NewDelivery) -> None:
        """Take a reservation back."""
        lane = self._lane(lane_number)
        if lane is not None:
            _unreserve(lane, new)
            lane.pace.give_back(self._costs(new) or ())

    def start(self, lane_number: int, new: NewDelivery) -> None:
        """Start the reserved call: its row says `calling`."""
        lease = self._runner.lease_of(lane_number)
        lane = self._lane(lane_number)
        if lane is None or lease is None:
            return  # the row stays `calling` and is settled by the next owner, as after a crash
        _unreserve(lane, new)
        item = Item(
            new.id, new.cls, lane.seen + 1, new.order_key, calling=True, costs=self._costs(new)
        )
        lane.put(item)
        spawn(self._call_new(lease, lane, new), "outbox.call")

    async def _call_new(self, lease: Lease, lane: OutLane, new: NewDelivery) -> None:
        view = await self._view(lease)
        await self._call(lease, lane, view, as_claimed(lease, new, self._clock))

    def woken(self, lanes: Sequence[int]) -> None:
        """New rows wait in lanes of ours."""
        self._runner.want(lanes)

    def wake_held(self, lane_number: int, order_key: str) -> None:
        """Look at a held key at once."""
        lease = self._runner.lease_of(lane_number)
        lane = self._lane(lane_number)
        if lane is not None and lease is not None:
            lane.wake_held(order_key)
            lease.wake.set()

    def _lane(self, lane_number: int) -> OutLane | None:
        lease = self._runner.lease_of(lane_number)
        return lease.state if lease is not None and isinstance(lease.state, OutLane) else None

    def _costs(self, new: NewDelivery) -> Sequence[Cost] | None:
        view = self._channels.known(new.channel_id)
        if view is None or view.status != "active":
            return None
        return self._registry[view.provider].costs(new.action)


def _is_immediate(new: NewDelivery) -> bool:
    complete = not new.target_kind or bool(
        getattr(getattr(new.action, "to", None), "thread_id", "")
    )
    return complete and new.cls <= Class.SERVICE and not new.delay_seconds and new.batch_id is None


def _unreserve(lane: OutLane, new: NewDelivery) -> None:
    left = lane.reserved.get(new.order_key, 0) - 1
    if left > 0:
        lane.reserved[new.order_key] = left
    else:
        lane.reserved.pop(new.order_key, None)


def bucket_names(costs: Sequence[Cost]) -> str:
    """Return the buckets of a call as the attempt keeps them ("*" is the channel's own)."""
    return ",".join(cost.bucket or "*" for cost in costs)[:80]


def as_claimed(lease: Lease, new: NewDelivery, clock: Clock) -> Delivery:
    """Return a delivery that was inserted already `calling`."""
    base = Delivery(
        tenant_id=lease.tenant_id,
        id=new.id,
        channel_id=new.channel_id,
        cls=new.cls,
        seq=0,
        order_key=new.order_key,
        purpose=new.purpose,
        direction=new.direction,
        action=new.action,
        attempts=1,
        repeat=False,
        created_at=clock.now(),
        trace=new.trace,
    )
    return replace(
        base,
        target_kind=new.target_kind,
        target_id=new.target_id,
        ref=new.ref,
        conversation_id=new.conversation_id,
        batch_id=new.batch_id,
    )
