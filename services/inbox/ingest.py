"""Group commit: events that arrive while a flush is in flight form the next one; each waits for
its own commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg

from services.inbox.models import Incoming
from services.kit import metrics
from services.kit.crypto import TenantKeys
from services.kit.db import AWAY, RETRYABLE, Database, is_gone
from services.kit.errors import Unavailable
from services.kit.ids import lane_number
from services.kit.tasks import spawn
from services.lanes.bell import Bell
from services.lanes.models import LaneKind

log = logging.getLogger(__name__)

MAX_WAITING = 5_000
MAX_FLUSH = 500
FLUSH_SECONDS = 2.5
INGEST = """
SELECT ring, mine, fresh
FROM vishenka_ingest($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)
"""


@dataclass(slots=True, eq=False)
class _Request:
    rows: Sequence[tuple[Incoming, bytes, int]]
    done: asyncio.Future[int] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


def lane_of(incoming: Incoming) -> int:
    """Return the lane of an event: its channel and the chat (and thread) it came from."""
    return _lane(incoming.channel.id, incoming.raw.lane)


@lru_cache(maxsize=20_000)
def _lane(channel_id: UUID, name: str) -> int:
    return lane_number("in", str(channel_id), name)


def kind_of(incoming: Incoming) -> LaneKind:
    """Return who drains the event."""
    return LaneKind.BOT if incoming.channel.is_bot else LaneKind.IN


def seal(keys: TenantKeys, incoming: Incoming) -> bytes:
    """Return the body encrypted and bound to its channel and key."""
    row = f"{incoming.channel.id}:{incoming.raw.key}"
    return keys.seal("inbox:body", row, incoming.raw.body)


class Flusher:
    """The process's writer of inbox rows."""

    def __init__(self, database: Database, bell: Bell, owner: str) -> None:
        self._database = database
        self._bell = bell
        self._owner = owner
        self._waiting: list[_Request] = []
        self._running = False
        self._conn: Any = None

    async def store(self, rows: Sequence[tuple[Incoming, bytes]]) -> int:
        """Return how many rows are new, once all are on disk.

        Raises Unavailable when the database is away or too much is waiting (the sender tries
        again).
        """
        if len(self._waiting) >= MAX_WAITING:
            raise Unavailable("error.busy")
        request = _Request([(incoming, body, lane_of(incoming)) for incoming, body in rows])
        self._waiting.append(request)
        if not self._running:
            self._running = True
            spawn(self._run(), "inbox.flush")
        return await request.done

    async def close(self) -> None:
        """Give the flusher's own connection back: a pool waits for those that are out."""
        conn, self._conn = self._conn, None
        await self._database.give_back(conn)

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = self._take()
                await self._flush(batch)
        finally:
            self._running = False

    def _take(self) -> list[_Request]:
        size = 0
        for index, request in enumerate(self._waiting):
            size += len(request.rows)
            if size > MAX_FLUSH and index:
                batch, self._waiting = self._waiting[:index], self._waiting[index:]
                return batch
        batch, self._waiting = self._waiting, []
        return batch

    async def _flush(self, batch: list[_Request]) -> None:
        try:
            fresh = await self._write(batch)
        except (
            asyncpg.DataError,
            asyncpg.IntegrityConstraintViolationError,
            UnicodeError,
            ValueError,
        ) as error:
            await self._one_by_one(batch, error)
        except Exception as error:  # noqa: BLE001 - every waiting request must hear of it
            _fail(batch, _as_unavailable(error))
        else:
            _answer(batch, fresh)

    async def _one_by_one(self, batch: list[_Request], error: Exception) -> None:
        if len(batch) == 1:
            _fail(batch, error)
            return
        for request in batch:
            await self._flush([request])

    async def _write(self, batch: list[_Request]) -> frozenset[str]:
        rows = [row for request in batch for row in request.rows]
        args = _arrays(rows)
        result = await self._database.retry(lambda: self._execute(args))
        metrics.ingest_group(len(rows))
        if result["mine"]:
            self._bell.ring_mine(result["mine"])
        for kind, lanes in _by_kind(rows, result["ring"] or ()).items():
            spawn(self._bell.ring(kind, lanes), "lanes.ring")
        return frozenset(result["fresh"] or ())

    async def _execute(self, args: tuple[Any, ...]) -> Any:
        """Run the statement on a connection of the flusher's own; a broken one is given back."""
        if self._conn is None or is_gone(self._conn):
            self._conn = await self._database.borrow()
        try:
            return await self._conn.fetchrow(INGEST, self._owner, *args, timeout=FLUSH_SECONDS)
        except BaseException:
            conn, self._conn = self._conn, None
            await self._database.give_back(conn)
            raise


def _as_unavailable(error: Exception) -> Exception:
    if isinstance(error, (*AWAY, *RETRYABLE, asyncpg.PostgresError)):
        log.warning("ingest refused", extra={"error": type(error).__name__})
        return Unavailable("error.database_away")
    return error


def _fail(batch: Iterable[_Request], error: Exception) -> None:
    for request in batch:
        if not request.done.done():
            request.done.set_exception(error)


def _answer(batch: Iterable[_Request], fresh: frozenset[str]) -> None:
    for request in batch:
        if not request.done.done():
            keys = {f"{row.channel.id}{row.raw.key}" for row, _, _ in request.rows}
            request.done.set_result(len(keys & fresh))


def _by_kind(
    rows: Sequence[tuple[Incoming, bytes, int]], lanes: Iterable[int]
) -> dict[LaneKind, list[int]]:
    wanted = set(lanes)
    found: dict[LaneKind, list[int]] = {}
    if not wanted:
        return found
    for incoming, _, lane in rows:
        if lane in wanted:
            wanted.discard(lane)
            found.setdefault(kind_of(incoming), []).append(lane)
    return found


def _arrays(rows: Sequence[tuple[Incoming, bytes, int]]) -> tuple[list[Any], ...]:
    """Return the arguments of vishenka_ingest; lanes sorted, so that no two flushes lock them
    crosswise.
    """
    numbers: dict[int, Any] = {}
    first: dict[int, Incoming] = {}
    ranks = []
    for incoming, _, lane in rows:
        first.setdefault(lane, incoming)
        ranks.append(next(numbers.setdefault(lane, count(1))))
    lanes = sorted(first)
    counts = {lane: next(numbers[lane]) - 1 for lane in lanes}
    return (
        lanes,
        [int(kind_of(first[lane])) for lane in lanes],
        [first[lane].channel.tenant_id for lane in lanes],
        [first[lane].channel.id for lane in lanes],
        [counts[lane] for lane in lanes],
        [lane for _, _, lane in rows],
        ranks,
        [row.channel.tenant_id for row, _, _ in rows],
        [row.channel.id for row, _, _ in rows],
        [row.raw.key for row, _, _ in rows],
        [row.raw.lane for row, _, _ in rows],
        [row.source for row, _, _ in rows],
        [row.raw.at for row, _, _ in rows],
        [row.trace for row, _, _ in rows],
        [body for _, body, _ in rows],
    )
