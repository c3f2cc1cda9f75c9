"""The fast path: a delivery inserted already `calling`, whose call starts right after the commit,
without a claim of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from services.channels.view import ChannelCache, ChannelView
from services.connectors.base import Cost
from services.connectors.registry import Registry
from services.kit.clock import Clock
from services.lanes.models import Lease
from services.lanes.runner import LaneRunner
from services.outbox.joining import Joining, may_join
from services.outbox.lane import Item, OutLane
from services.outbox.models import Class, Delivery, NewDelivery
from services.outbox.settle import Settler

MAX_CALLING = 200

Begin = Callable[[Lease, OutLane, ChannelView, Delivery], None]


class FastStart:
    """Reserves, starts and cancels immediate calls in lanes this process owns."""

    def __init__(
        self,
        runner: LaneRunner,
        clock: Clock,
        channels: ChannelCache,
        registry: Registry,
        settler: Settler,
        begin: Begin,
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._channels = channels
        self._registry = registry
        self._settler = settler
        self._begin = begin

    def reserve(self, lane_number: int, new: NewDelivery) -> tuple[int, str]:
        """Return fence and buckets when the call may start right after the commit, else (0,
        "").
        """
        lease = self._runner.lease_of(lane_number)
        if lease is None or not isinstance(lease.state, OutLane) or not _is_immediate(new):
            return 0, ""
        if not self._runner.gate.is_open:  # a suspect is tried alone: its effects wait as rows
            return 0, ""
        lane: OutLane = lease.state
        if lane.suspect or lane.unclaiming or lane.breaker.is_open:
            return 0, ""
        now = self._clock.monotonic()
        if lane.has_key(new.order_key) or lane.paused_until > now or lane.calling >= MAX_CALLING:
            return 0, ""
        costs = self._costs(new)
        if costs is None or lane.pace.wait(costs, now, bulk=False) > 0:
            return 0, ""
        lane.pace.take(costs, now, bulk=False)
        lane.reserved[new.order_key] = lane.seen
        return lease.fence, bucket_names(costs)

    def join(self, lane_number: int, new: NewDelivery) -> Joining | None:
        """Return the way of a delivery that has to wait for its turn in a lane of ours."""
        lease = self._runner.lease_of(lane_number)
        if lease is None or not isinstance(lease.state, OutLane):
            return None
        return Joining(lease, lease.state, new) if may_join(lease.state, new) else None

    def cancel(self, lane_number: int, new: NewDelivery) -> None:
        """Take a reservation back. The commit may have reached the disk all the same."""
        lease, lane = self._held(lane_number)
        if lease is not None and lane is not None:
            lane.reserved.pop(new.order_key, None)
            lane.pace.give_back(self._costs(new) or ())
            lane.suspect = True
            lease.wake.set()

    def start(self, lane_number: int, new: NewDelivery) -> None:
        """Start the reserved call: its row says `calling`."""
        lease, lane = self._held(lane_number)
        if lease is None or lane is None:
            return  # the row stays `calling` and is settled by the next owner, as after a crash
        costs, view = self._costs(new), self._channels.known(new.channel_id)
        seq = lane.reserved.pop(new.order_key, lane.seen)
        delivery = as_claimed(lease, new, self._clock)
        begins = view is not None and self._runner.usable(lease)
        lane.put(Item(new.id, new.cls, seq, new.order_key, calling=True, costs=costs))
        lease.wake.set()  # its owner stays while a call is under way
        if view is not None and begins:
            self._begin(lease, lane, view, delivery)
        else:
            self._settler.give_up_claim(lease, lane, delivery, costs or ())

    def woken(self, lanes: Sequence[int]) -> None:
        """New rows wait in lanes of ours."""
        self._runner.want(lanes)

    def wake_held(self, lane_number: int, order_key: str) -> None:
        """Look at a held key at once."""
        lease, lane = self._held(lane_number)
        if lease is not None and lane is not None:
            lane.wake_held(order_key)
            lease.wake.set()

    def _held(self, lane_number: int) -> tuple[Lease | None, OutLane | None]:
        lease = self._runner.held(lane_number)
        if lease is None or not isinstance(lease.state, OutLane):
            return None, None
        return lease, lease.state

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
