"""The outbox lanes of this process behind one door: the fast path where lanes are drained, rings
elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.kit.tasks import spawn
from services.lanes.bell import Bell
from services.lanes.models import LaneKind
from services.lanes.runner import LaneRunner
from services.outbox.joining import Joining
from services.outbox.models import NewDelivery
from services.outbox.work import OutboxWork


class ProcessLanes:
    """`work` is set in processes that drain outbox lanes."""

    def __init__(self, runner: LaneRunner, bell: Bell) -> None:
        self._runner = runner
        self._bell = bell
        self.work: OutboxWork | None = None

    def owner(self) -> str:
        """Return this process's name in lane rows."""
        return self._runner.owner

    def reserve(self, lane: int, new: NewDelivery) -> tuple[int, str]:
        """Return fence and buckets for an immediate start, else (0, "")."""
        return self.work.fast.reserve(lane, new) if self.work is not None else (0, "")

    def join(self, lane: int, new: NewDelivery) -> Joining | None:
        """Return the way of a delivery that waits for its turn in a lane of ours, if it is."""
        return self.work.fast.join(lane, new) if self.work is not None else None

    def cancel(self, lane: int, new: NewDelivery) -> None:
        """Take a reservation back."""
        if self.work is not None:
            self.work.fast.cancel(lane, new)

    def start(self, lane: int, new: NewDelivery) -> None:
        """Start a reserved call."""
        if self.work is not None:
            self.work.fast.start(lane, new)

    def woken(self, lanes: Sequence[int]) -> None:
        """Have lanes looked at: here, or by whoever hears the ring."""
        if self.work is not None:
            self.work.fast.woken(lanes)
        elif lanes:
            spawn(self._bell.ring(LaneKind.OUT, lanes), "lanes.ring")

    def wake_held(self, lane: int, order_key: str) -> None:
        """Look at a held key at once."""
        if self.work is not None:
            self.work.fast.wake_held(lane, order_key)
