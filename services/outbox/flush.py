"""Writes the deliveries of a transaction, all at once and last, and starts those that may go right
away.

Lanes are locked in one place and one order (by id, after every inbox lane), so deciding
transactions cannot deadlock. When this process owns the channel's lane, a token is at hand and
nothing older of the order key waits, the delivery is inserted already `calling`: its call starts
right after the commit, without a claim of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Protocol
from uuid import UUID

from services.kit.crypto import Keyring
from services.kit.db import Record, Tx
from services.kit.ids import lane_number, short_key
from services.kit.log import current_trace
from services.kit.tasks import spawn
from services.lanes.bell import Bell
from services.lanes.models import LaneKind
from services.outbox import store
from services.outbox.arrays import arrays_of, values_of
from services.outbox.joining import ALONE, Joining, Together
from services.outbox.models import NewDelivery
from services.outbox.ready import Ready

RANK_OUTBOX_LANES = 20
EXTRA = "outbox"


class FastPath(Protocol):
    """The process's outbox lanes, asked for an immediate start."""

    def reserve(self, lane: int, new: NewDelivery) -> tuple[int, str]:
        """Return the fence under which the call may start after the commit (0: it may not) and its
        buckets.
        """
        ...

    def join(self, lane: int, new: NewDelivery) -> Joining | None:
        """Return the way of a delivery that waits for its turn in a lane of this process."""
        ...

    def cancel(self, lane: int, new: NewDelivery) -> None:
        """Take the reservation back."""
        ...

    def start(self, lane: int, new: NewDelivery) -> None:
        """Start the reserved call: its row is on disk."""
        ...

    def owner(self) -> str:
        """Return this process's name in lane rows."""
        ...

    def woken(self, lanes: Sequence[int]) -> None:
        """New rows wait in these lanes."""
        ...

    def wake_held(self, lane: int, order_key: str) -> None:
        """Look at a held key at once."""
        ...


def out_lane(channel_id: object) -> int:
    """Return the outbox lane of a channel."""
    return lane_number("out", str(channel_id))


class Writer:
    """Collects deliveries per transaction."""

    def __init__(self, keyring: Keyring, bell: Bell, fast: FastPath) -> None:
        self._keyring = keyring
        self._bell = bell
        self._fast = fast

    def add(self, tx: Tx, new: NewDelivery) -> None:
        """Write the delivery with this transaction, for the tenant it acts for now."""
        if tx.tenant_id is None:
            raise ValueError("a delivery belongs to a tenant: use acting_for")
        pending: dict[UUID, list[NewDelivery]] = tx.extra.setdefault(EXTRA, {})
        if not pending:
            tx.before_commit(RANK_OUTBOX_LANES, self._flush_all)
        pending.setdefault(tx.tenant_id, []).append(_storable(_traced(new)))

    def ready(self, tenant_id: UUID, new: NewDelivery) -> Ready | None:
        """Return the delivery as arguments of a statement, its immediate start reserved where it
        may; None when the tenant's keys are not at hand.
        """
        keys = self._keyring.known(tenant_id)
        if keys is None:
            return None
        new = _storable(_traced(new))
        lane = out_lane(new.channel_id)
        fence, bucket = self._fast.reserve(lane, new)
        joining = None if fence else self._fast.join(lane, new)
        if joining is not None:
            done, undo = partial(self._joined, joining, new, lane), joining.unknown
            fence = -joining.fence
        else:
            done = partial(self._told, [new], [lane], [fence])
            undo = partial(self._fast.cancel, lane, new) if fence else _nothing
        return Ready((self._fast.owner(), lane, fence, bucket, *values_of(new, keys)), done, undo)

    def _joined(
        self, joining: Joining, new: NewDelivery, lane: int, rows: Sequence[Record]
    ) -> None:
        place = rows[0]["place"]
        if place is not None:
            joining.done(place)
        else:
            joining.otherwise()
            self._told([new], [lane], [0], rows)

    def wake(self, lane: int, order_key: str) -> None:
        """Look at a held key of a lane at once, if it is ours."""
        self._fast.wake_held(lane, order_key)

    def woken(self, lanes: Sequence[int]) -> None:
        """Have these lanes looked at: ours at once, another's by its NOTIFY or the sweep."""
        if lanes:
            self._fast.woken(lanes)

    async def _flush_all(self, tx: Tx) -> None:
        pending: dict[UUID, list[NewDelivery]] = tx.extra.pop(EXTRA, {})
        await tx.durable()  # an attempt may be written here, and a crash must not forget it
        for tenant_id, new in pending.items():
            if tenant_id == tx.tenant_id:
                await self._flush(tx, tenant_id, _latest(new))
                continue
            async with tx.acting_for(tenant_id):
                await self._flush(tx, tenant_id, _latest(new))

    async def _flush(self, tx: Tx, tenant_id: UUID, pending: list[NewDelivery]) -> None:
        await self._supersede(tx, pending)
        keys = await self._keyring.of(tenant_id)
        lanes = [out_lane(new.channel_id) for new in pending]
        fences, buckets = self._reserve(tx, pending, lanes)
        together = self._together(tx, pending, lanes, fences)
        own = [fence or together.fence(new.id) for new, fence in zip(pending, fences, strict=True)]
        arrays = [*arrays_of(pending, lanes, keys), own, buckets]
        sql = store.JOIN if together.ways else store.ADD
        rows = await tx.fetch(sql, *arrays, tenant_id, self._fast.owner())
        tx.after_commit(partial(self._told, pending, lanes, fences, rows, together))

    def _told(
        self,
        pending: Sequence[NewDelivery],
        lanes: Sequence[int],
        fences: Sequence[int],
        rows: Sequence[Record],
        together: Together = ALONE,
    ) -> None:
        """Begin what the rows say, once they are on disk."""
        calling = {found for row in rows for found in row["calling"] or ()}
        placed = calling | together.done(rows)
        waiting = {lane for new, lane in zip(pending, lanes, strict=True) if new.id not in placed}
        mine = [row["lane"] for row in rows if row["mine"] and row["lane"] in waiting]
        cold = [row["lane"] for row in rows if row["cold"]]
        reserved = [
            (new, lane) for new, lane, fence in zip(pending, lanes, fences, strict=True) if fence
        ]
        self._after(reserved, calling, mine, cold)

    def _together(
        self,
        tx: Tx,
        pending: Sequence[NewDelivery],
        lanes: Sequence[int],
        fences: Sequence[int],
    ) -> Together:
        """Have what does not start at once join lanes of ours: all of it, or nothing. There, rows
        of one place go by their ids.
        """
        if any(one.id > other.id for one, other in pairwise(pending)):
            return ALONE
        ways: dict[UUID, Joining] = {}
        for new, lane, fence in zip(pending, lanes, fences, strict=True):
            way = None if fence else self._fast.join(lane, new)
            if way is not None:
                ways[new.id] = way
            elif not fence:
                Together(ways).otherwise()
                return ALONE
        together = Together(ways)
        tx.on_rollback(together.unknown)
        return together

    async def _supersede(self, tx: Tx, pending: list[NewDelivery]) -> None:
        newer = [new for new in pending if new.coalesce_key]
        if newer:
            every = sorted({out_lane(new.channel_id) for new in pending})
            await tx.execute(store.LOCK_LANES, every)
            lanes = [out_lane(new.channel_id) for new in newer]
            keys = [new.coalesce_key for new in newer]
            ids = [new.idempotency_key for new in newer]
            await tx.execute(store.SUPERSEDE, lanes, keys, tx.tenant_id, ids)

    def _reserve(
        self, tx: Tx, pending: Sequence[NewDelivery], lanes: Sequence[int]
    ) -> tuple[list[int], list[str]]:
        fences, buckets = [], []
        for new, lane in zip(pending, lanes, strict=True):
            fence, bucket = self._fast.reserve(lane, new)
            if fence:
                tx.on_rollback(partial(self._fast.cancel, lane, new))
            fences.append(fence)
            buckets.append(bucket)
        return fences, buckets

    def _after(
        self,
        reserved: Sequence[tuple[NewDelivery, int]],
        calling: set[object],
        mine: list[int],
        cold: list[int],
    ) -> None:
        for new, lane in reserved:
            if new.id in calling:
                self._fast.start(lane, new)
            else:
                self._fast.cancel(lane, new)
        if mine:
            self._fast.woken(mine)
        if cold:
            spawn(self._bell.ring(LaneKind.OUT, cold), "lanes.ring")


def _traced(new: NewDelivery) -> NewDelivery:
    """Note whose doing this is now: at the flush the event's trace is no longer bound."""
    return new if new.trace else replace(new, trace=current_trace())


def _storable(new: NewDelivery) -> NewDelivery:
    """Return the delivery with keys the database can hold: parts of them are a provider's text."""
    key, order = short_key(new.idempotency_key), short_key(new.order_key, 80)
    if key == new.idempotency_key and order == new.order_key:
        return new
    return replace(new, idempotency_key=key, order_key=order)


def _latest(pending: Sequence[NewDelivery]) -> list[NewDelivery]:
    """Drop what a younger delivery of the same transaction replaces."""
    last = {(new.channel_id, new.coalesce_key): new.id for new in pending if new.coalesce_key}
    return [
        new
        for new in pending
        if not new.coalesce_key or last[new.channel_id, new.coalesce_key] == new.id
    ]


def _nothing() -> None:
    """Nothing was reserved."""
