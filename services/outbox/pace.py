"""A channel's pacing: windows of send times per bucket, held by the lane's owner. No I/O, no clock
of its own.

A bucket of `Rate(count, seconds, reserve)` lets `count` calls start in any window of `seconds`;
bulk may use `count - reserve` of them and is spread evenly. Times are monotonic seconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from services.connectors.base import Cost, Rate

MANY_BUCKETS = 5_000
MARGIN_SECONDS = 0.005
"""The other side's clock sees our calls a little closer together than ours does."""
CATCH_UP_SECONDS = 0.2
"""Bulk that started this little too late makes up for it; the window stays strict."""


@dataclass(slots=True)
class _Bucket:
    rate: Rate
    starts: deque[float] = field(default_factory=deque)
    blocked_until: float = 0.0
    last_bulk: float = -1e9

    def wait(self, now: float, *, bulk: bool) -> float:
        """Return seconds until one more call may start."""
        wait = max(0.0, self.blocked_until - now)
        limit = self._limit(bulk=bulk)
        span = self.rate.seconds + MARGIN_SECONDS
        if self.used(now) >= limit:
            wait = max(wait, self.starts[len(self.starts) - limit] + span - now)
        if bulk and self.rate.reserve:
            wait = max(wait, self.last_bulk + self._pitch() - now)
        return wait

    def used(self, now: float) -> int:
        """Forget what has left the window; return how many calls started in it."""
        span = self.rate.seconds + MARGIN_SECONDS
        while self.starts and self.starts[0] <= now - span:
            self.starts.popleft()
        return len(self.starts)

    def _limit(self, *, bulk: bool) -> int:
        return max(self.rate.count - (self.rate.reserve if bulk else 0), 1)

    def _pitch(self) -> float:
        """Return the seconds between two bulk calls."""
        return self.rate.seconds / (self._limit(bulk=True) + 0.5)

    def take(self, now: float, *, bulk: bool) -> None:
        self.starts.append(now)
        if bulk:
            due = self.last_bulk + self._pitch()
            self.last_bulk = due if now - CATCH_UP_SECONDS < due else now

    def give_back(self) -> None:
        if self.starts:
            self.starts.pop()


class Pace:
    """All buckets of one channel."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self._history: dict[str, list[float]] = {}
        self._blocked_until = 0.0

    def wait(self, costs: Sequence[Cost], now: float, *, bulk: bool) -> float:
        """Return seconds until a call with these costs may start; 0 means now."""
        wait = max(0.0, self._blocked_until - now)
        for cost in costs:
            wait = max(wait, self._bucket(cost).wait(now, bulk=bulk))
        return wait

    def take(self, costs: Iterable[Cost], now: float, *, bulk: bool) -> None:
        """Spend the tokens of a call that starts now."""
        if len(self._buckets) > MANY_BUCKETS:
            self._forget_idle(now)
        for cost in costs:
            self._bucket(cost).take(now, bulk=bulk)

    def _forget_idle(self, now: float) -> None:
        """Drop chats without a call in their window: a busy bot meets ever new ones."""
        self._buckets = {
            name: bucket
            for name, bucket in self._buckets.items()
            if bucket.blocked_until > now
            or (bucket.starts and bucket.starts[-1] > now - bucket.rate.seconds - MARGIN_SECONDS)
        }

    def used(self, cost: Cost, now: float) -> int:
        """Return how many calls started in this cost's window."""
        return self._bucket(cost).used(now)

    def give_back(self, costs: Iterable[Cost]) -> None:
        """Return the tokens of a call that did not start."""
        for cost in costs:
            self._bucket(cost).give_back()

    def block(self, bucket: str, until: float) -> None:
        """Start nothing in this bucket ("" = the whole channel) before `until`."""
        if not bucket:
            self._blocked_until = max(self._blocked_until, until)
            return
        found = self._buckets.get(bucket)
        if found is None:
            found = self._buckets[bucket] = _Bucket(Rate(1, 1.0))
        found.blocked_until = max(found.blocked_until, until)

    def remember(self, bucket: str, at: float) -> None:
        """Note a call another owner started (monotonic time), oldest first; a new owner starts
        with spent tokens.
        """
        self._history.setdefault(bucket, []).append(at)

    def _bucket(self, cost: Cost) -> _Bucket:
        found = self._buckets.get(cost.bucket)
        if found is None:
            found = self._buckets[cost.bucket] = _Bucket(cost.rate)
            found.starts.extend(self._history.pop(cost.bucket, ()))
        elif found.rate is not cost.rate and found.rate != cost.rate:
            found.rate = cost.rate
        return found
