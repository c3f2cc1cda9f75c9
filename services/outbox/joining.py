"""A delivery that joins a lane of this process, though its call may not start yet.

Writers of a lane queue for its row until the commit before theirs is on disk: that is what gives
rows their order. The owner's own process need not: it holds the lane in memory, and puts the new
row there itself. In the database the row stands at the lane's newest place, among rows of that
place by its id, and only if that is behind every open row of its order key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.kit.db import Record
from services.lanes.models import Lease
from services.outbox.lane import Item, OutLane
from services.outbox.models import Class, NewDelivery


class Joining:
    """One of them, from before its statement until its end is known: the lane stays here."""

    __slots__ = ("_lane", "_lease", "_new", "fence")

    def __init__(self, lease: Lease, lane: OutLane, new: NewDelivery) -> None:
        self._lease = lease
        self._lane = lane
        self._new = new
        self.fence = lease.fence
        lane.joining += 1

    def done(self, place: int) -> None:
        """Take the row into memory: it is on disk."""
        self._lane.joining -= 1
        if place > self._lane.seen:  # rows of others stand before it: they are read first
            self._lane.unread = place
            self._lease.rung = True
        new = self._new
        self._lane.put(Item(new.id, new.cls, place, new.order_key))
        self._lease.wake.set()

    @property
    def lane(self) -> int:
        """Return the lane's number."""
        return self._lease.lane

    def otherwise(self) -> None:
        """The row went the way of all rows, or nowhere."""
        self._lane.joining -= 1
        self._lease.wake.set()

    def unknown(self) -> None:
        """Whether the row is on disk nobody knows: all rows are looked at again."""
        self._lane.joining -= 1
        self._lane.rewind()
        self._lease.rung = True
        self._lease.wake.set()


class Together:
    """All of them that one transaction writes."""

    __slots__ = ("ways",)

    def __init__(self, ways: Mapping[UUID, Joining]) -> None:
        self.ways = ways

    def fence(self, delivery_id: UUID) -> int:
        """Return the fence that says so to vishenka_join; 0 for a row that does not join."""
        way = self.ways.get(delivery_id)
        return -way.fence if way is not None else 0

    def done(self, rows: Sequence[Record]) -> set[UUID]:
        """Take what vishenka_join says has joined into memory; return it."""
        if not self.ways:
            return set()
        joined = {found for row in rows for found in row["joined"] or ()}
        places = {row["lane"]: row["place"] for row in rows}
        for delivery_id, way in self.ways.items():
            if delivery_id in joined:
                way.done(places[way.lane])
            else:
                way.otherwise()
        return joined

    def otherwise(self) -> None:
        """None of them joins."""
        for way in self.ways.values():
            way.otherwise()

    def unknown(self) -> None:
        """Whether the rows are on disk nobody knows."""
        for way in self.ways.values():
            way.unknown()


ALONE = Together({})


def may_join(lane: OutLane, new: NewDelivery) -> bool:
    """Say whether nothing but its turn stands between this delivery and its call."""
    plain = not new.delay_seconds and new.batch_id is None and new.coalesce_key is None
    return plain and new.cls <= Class.SERVICE and lane.has_room(new.cls)
