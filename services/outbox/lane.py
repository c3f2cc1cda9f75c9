"""One outbox lane in its owner's memory: what is open, in which order it may go, how it is paced.
No I/O.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.connectors.base import Cost
from services.outbox.aside import Aside
from services.outbox.breaker import Breaker
from services.outbox.models import Class
from services.outbox.pace import Pace

LOADED_PER_CLASS = 2_000
NEVER = 3600.0
RELOAD_SECONDS = 2.0
"""A ring may be lost: a busy lane looks for new rows this often by itself."""


@dataclass(slots=True, eq=False)
class Item:
    """One open delivery. `ready_at` in monotonic seconds; `costs` once its action has been seen;
    `rank` its first place: one that was parked and reopened goes before younger ones of its key;
    `tries` how often it came back here.
    """

    id: UUID
    cls: Class
    seq: int
    order_key: str
    ready_at: float = 0.0
    calling: bool = False
    costs: Sequence[Cost] | None = None
    coalesce_key: str = ""
    rank: int = 0
    batch_id: UUID | None = None
    tries: int = 0

    def __lt__(self, other: Item) -> bool:
        return (self.rank or self.seq, self.id) < (other.rank or other.seq, other.id)


class OutLane:
    """The open deliveries of a channel. The oldest of each order key is its head; only heads may
    go. `reserved`: keys whose newest delivery starts at once when its transaction commits, with
    the place it will have. `suspect`: a row may say `calling` though nobody calls. `joining`: rows
    of ours that will be put here when they are on disk. `unread`: rows up to this place may stand
    before one that joined, and are read before it goes.
    """

    def __init__(self, fence: int) -> None:
        self.fence = fence
        self.pace = Pace()
        self.aside = Aside()
        self.breaker = Breaker()
        self.seen = 0
        self.paused_until = 0.0
        self._items: dict[UUID, Item] = {}
        self._coalesced: dict[str, UUID] = {}
        self._busy: set[str] = set()
        self._keys: defaultdict[str, list[Item]] = defaultdict(list)
        self._cursor: dict[Class, int] = dict.fromkeys(Class, 0)
        self._loaded: dict[Class, int] = dict.fromkeys(Class, 0)
        self.reserved: dict[str, int] = {}
        self.calling = 0
        self.suspect = False
        self.unclaiming = False
        self._checked = False
        self.joining = 0
        self.unread = 0
        self._loaded_at = -NEVER
        self._more: dict[Class, bool] = dict.fromkeys(Class, True)

    def needs_load(self, now: float) -> bool:
        """Say whether rows should be read without a ring: memory runs low, or the last look was
        long ago.
        """
        return now - self._loaded_at > RELOAD_SECONDS or self.is_hungry()

    def is_hungry(self) -> bool:
        """Say whether there is room for rows known to be there."""
        return any(self._more[c] and self._loaded[c] <= LOADED_PER_CLASS // 2 for c in Class)

    def loaded(self, now: float, room: Sequence[int], found: Counter[int]) -> None:
        """Note a look: a class that filled its room may have more rows."""
        self._loaded_at = now
        for cls, space in zip(Class, room, strict=True):
            self._more[cls] = found[int(cls)] >= space

    def recheck(self) -> bool:
        """Say, once after the last item has gone, that all rows are to be read from the first one
        on: a lane is not let go on the word of its memory alone.
        """
        if self._items or self._checked:
            return False
        self._checked = True
        self._cursor = dict.fromkeys(Class, 0)
        return True

    def wants(self) -> tuple[list[int], list[int], list[int]]:
        """Return classes, the last seq loaded of each, and how many more fit."""
        room = [max(LOADED_PER_CLASS - self._loaded[cls], 0) for cls in Class]
        return [int(cls) for cls in Class], [self._cursor[cls] for cls in Class], room

    def has_room(self, cls: Class) -> bool:
        """Say whether memory takes one more of this class, and holds all that stands before it."""
        return not self._more[cls] and self._loaded[cls] < LOADED_PER_CLASS

    def rewind(self) -> None:
        """Look at every row again; known ones are left as they are."""
        self._cursor = dict.fromkeys(Class, 0)
        self._more = dict.fromkeys(Class, True)

    def add(self, item: Item) -> None:
        """Take a row into memory; a known one is left as it is."""
        self._cursor[item.cls] = max(self._cursor[item.cls], item.seq)
        self.put(item)

    def put(self, item: Item) -> None:
        """Take an item without moving the cursor (an immediate start may be ahead of rows not
        loaded yet).
        """
        known = self._items.get(item.id)
        if known is not None and not (known.calling and item.seq > known.seq):
            return
        self._checked = False
        self.drop(item.id)  # reopened by the very transaction that recorded its outcome
        self._supersede(item)
        self._items[item.id] = item
        self._loaded[item.cls] += 1
        insort(self._keys[item.order_key], item)
        if item.calling:
            self._begins(item)

    def _supersede(self, item: Item) -> None:
        """Forget the older one of the same coalesce key: its row is gone, as a head it would only
        hold the newer one back.
        """
        if not item.coalesce_key:
            return
        older = self._items.get(self._coalesced.get(item.coalesce_key, item.id))
        if older is not None and not older.calling:
            self.drop(older.id)
        self._coalesced[item.coalesce_key] = item.id

    def skip(self, cls: Class, seq: int) -> None:
        """Move the cursor past a row that is already being called."""
        self._cursor[cls] = max(self._cursor[cls], seq)

    def has_key(self, order_key: str) -> bool:
        """Say whether anything of this order key is open or reserved here."""
        return bool(self._keys.get(order_key)) or order_key in self.reserved

    def calling_ids(self) -> list[UUID]:
        """Return what is being called."""
        return [item.id for item in self._items.values() if item.calling]

    def get(self, delivery_id: UUID) -> Item | None:
        """Return an open item."""
        return self._items.get(delivery_id)

    def drop(self, delivery_id: UUID) -> None:
        """Forget a settled or vanished item."""
        item = self._items.pop(delivery_id, None)
        if item is None:
            return
        if self._coalesced.get(item.coalesce_key) == delivery_id:
            del self._coalesced[item.coalesce_key]
        self._loaded[item.cls] -= 1
        self._ends(item)
        queue = self._keys[item.order_key]
        queue.remove(item)
        if not queue:
            del self._keys[item.order_key]

    def done(self, delivery_id: UUID) -> None:
        """Forget an item whose call has ended, unless it was reopened meanwhile."""
        item = self._items.get(delivery_id)
        if item is not None and item.calling:
            self.drop(delivery_id)

    def set_aside(self, batch_id: UUID, now: float) -> None:
        """Put everything of a held batch out of memory; others of its keys go on."""
        self.aside.hold(batch_id, now)
        for item in [i for i in self._items.values() if i.batch_id == batch_id and not i.calling]:
            self.aside.passes(batch_id, item.cls, item.seq)
            self.drop(item.id)

    def take_back(self, held: Iterable[UUID], now: float) -> bool:
        """Read batches that are held no more again, from where they begin; say whether any is."""
        again = self.aside.looked(held, now)
        for cls, seq in again.items():
            self._cursor[cls] = min(self._cursor[cls], seq)
            self._more[cls] = True
        return bool(again)

    def mark_calling(self, items: Iterable[Item]) -> None:
        """Note that these calls start."""
        for item in items:
            item.calling = True
            self._begins(item)

    def _begins(self, item: Item) -> None:
        self.calling += 1
        self._busy.add(item.order_key)

    def _ends(self, item: Item) -> None:
        if item.calling:
            item.calling = False
            self.calling -= 1
            self._busy.discard(item.order_key)

    def again(self, delivery_id: UUID, ready_at: float) -> None:
        """Put a called or held item back in its place."""
        item = self._items.get(delivery_id)
        if item is not None:
            self._ends(item)
            item.ready_at = ready_at
            item.tries += 1

    def wake_held(self, order_key: str) -> None:
        """Look at the head of this key at once."""
        queue = self._keys.get(order_key)
        if queue:
            queue[0].ready_at = 0.0

    def _is_free(self, order_key: str) -> bool:
        """One call at a time per key, even when a reopened older one now stands before it."""
        return order_key not in self.reserved and order_key not in self._busy

    def _is_next(self, head: Item) -> bool:
        """Say whether all that may stand before it has been read."""
        return self.unread <= self.seen or head.seq <= self.seen

    def pick(self, now: float, limit: int) -> tuple[list[Item], float]:
        """Return heads that may go now, best class and oldest first, and seconds until the next
        one may.

        Items whose costs are not known yet are returned to be looked at.
        """
        picked: list[Item] = []
        wait = max(self.paused_until - now, self.breaker.wait(now), 0.0) or NEVER
        if wait < NEVER:
            return [], wait
        limit, asked = self.breaker.room(self.calling, limit), limit
        if asked and not limit:
            return [], NEVER  # the outcome of a call under way wakes the lane
        for head in self._heads():
            spaced = self._spaced(head, now)
            if spaced is not None and (spaced > 0.0 or picked):
                # the rest is bulk too and shares the channel's pitch: one at a time
                return picked, min(wait, spaced)
            delay = max(head.ready_at - now, 0.0)
            if delay == 0.0 and head.costs is not None:
                delay = self.pace.wait(head.costs, now, bulk=head.cls >= Class.CAMPAIGN)
            if delay > 0.0:
                wait = min(wait, delay)
                continue
            if len(picked) >= limit:
                return picked, 0.0
            picked.append(head)
        return picked, wait

    def _heads(self) -> list[Item]:
        """Return what may go, best class and oldest first; while a provider is only probed, what
        never failed goes before what did: a call nobody can make must not be the probe for ever.
        """
        heads = [
            q[0] for key, q in self._keys.items() if self._is_free(key) and self._is_next(q[0])
        ]
        if self.breaker.is_open:
            return sorted(heads, key=lambda item: (item.tries, item.cls, item.seq))
        return sorted(heads, key=lambda item: (item.cls, item.seq))

    def _spaced(self, head: Item, now: float) -> float | None:
        """Return how long the channel's own pitch holds bulk back; None when it is not spaced."""
        if head.cls < Class.CAMPAIGN or head.costs is None:
            return None
        own = [cost for cost in head.costs if not cost.bucket and cost.rate.reserve]
        return self.pace.wait(own, now, bulk=True) if own else None

    def next_ready(self, now: float) -> float | None:
        """Return seconds until the soonest item may go, None when nothing is open."""
        if not self._items:
            return None
        _, wait = self.pick(now, 1)
        return wait
