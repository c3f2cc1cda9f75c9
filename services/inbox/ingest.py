"""Group commit: events that arrive while a flush is in flight form the next one; each waits for
its own commit.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

import asyncpg

from services.channels.view import ChannelView
from services.connectors.base import RawEvent
from services.inbox.arrays import Arrays
from services.inbox.models import Incoming
from services.kit import metrics
from services.kit.crypto import TenantKeys
from services.kit.db import AWAY, RETRYABLE, Database, is_gone
from services.kit.errors import Unavailable
from services.kit.ids import lane_number, short_key
from services.kit.tasks import spawn
from services.lanes.bell import Bell

log = logging.getLogger(__name__)

MAX_WAITING = 5_000
MAX_FLUSH = 380
"""Rows of a commit: as many lane numbers of 19 digits fit into one NOTIFY of 8,000 bytes."""
FLUSH_SECONDS = 2.5
BUSY = 16
"""As many requests in one commit mean senders that send again as soon as they are answered."""
GATHER_LEAST, GATHER_MOST = 0.001, 0.005
"""The pause for such senders; between these, half of what the commit before took."""
INGEST = """
SELECT ring, mine, fresh FROM vishenka_ingest($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)
"""
BAD_ROW = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    UnicodeError,
    ValueError,
)

Settled = Callable[[int, Exception | None], None]
"""Called once with the number of new rows, all on disk; or with the error."""


class _Request:
    """Rows that are answered together, of one source."""

    __slots__ = ("_settled", "rows", "source")

    def __init__(self, rows: Sequence[Incoming], source: str, settled: Settled) -> None:
        self.rows = rows
        self.source = source
        self._settled = settled

    def settle(self, fresh: int, error: Exception | None) -> None:
        """Tell the one who waits; trouble there is not the trouble of the others."""
        try:
            self._settled(fresh, error)
        except Exception:
            log.exception("answer failed")


def incoming(keys: TenantKeys, channel: ChannelView, raw: RawEvent, trace: str) -> Incoming:
    """Return the event as the inbox stores it: key and lane as the database can hold them, the
    body sealed and bound to its channel and key.
    """
    channel_id = _text(channel.id)
    key, name = short_key(raw.key), short_key(raw.lane)
    body = keys.seal("inbox:body", f"{channel_id}:{key}", raw.body)
    at = raw.at.timestamp() if raw.at is not None else None
    return Incoming(channel, _lane(channel_id, name), name, key, at, trace, body)


@lru_cache(maxsize=20_000)
def _text(channel_id: UUID) -> str:
    return str(channel_id)


@lru_cache(maxsize=20_000)
def _lane(channel_id: str, name: str) -> int:
    return lane_number("in", channel_id, name)


class Flusher:
    """The process's writer of inbox rows."""

    def __init__(self, database: Database, bell: Bell, owner: str) -> None:
        self._database = database
        self._bell = bell
        self._owner = owner
        self._waiting: list[_Request] = []
        self._running = False
        self._enough = 0
        self._gathered: asyncio.Future[None] | None = None
        self._conn: Any = None

    @property
    def has_room(self) -> bool:
        """Say whether another request may wait."""
        return len(self._waiting) < MAX_WAITING

    async def store(self, rows: Sequence[Incoming], source: str) -> int:
        """Return how many rows are new, once all are on disk.

        Raises Unavailable when the database is away or too much is waiting (the sender tries
        again).
        """
        if not self.has_room:
            raise Unavailable("error.busy")
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.offer(rows, partial(_resolve, done), source)
        return await done

    def offer(self, rows: Sequence[Incoming], settled: Settled, source: str = "hook") -> None:
        """Put rows into the next flush."""
        self._waiting.append(_Request(rows, source, settled))
        if len(self._waiting) == self._enough:
            _release(self._gathered)
        if not self._running:
            self._running = True
            spawn(self._run(), "inbox.flush")

    async def close(self) -> None:
        """Give the flusher's own connection back: a pool waits for those that are out."""
        conn, self._conn = self._conn, None
        await self._database.give_back(conn)

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = self._take()
                started = time.perf_counter()
                await self._flush(batch)
                if len(batch) >= BUSY:
                    await self._gather(len(batch), (time.perf_counter() - started) / 2)
        finally:
            self._running = False

    async def _gather(self, enough: int, seconds: float) -> None:
        """Those just answered are about to send again: wait for as many, but not long."""
        if len(self._waiting) >= enough:
            return
        loop = asyncio.get_running_loop()
        gathered = self._gathered = loop.create_future()
        self._enough = enough
        pause = min(max(seconds, GATHER_LEAST), GATHER_MOST)
        timer = loop.call_later(pause, _release, gathered)
        await gathered
        timer.cancel()

    def _take(self) -> list[_Request]:
        """Return what goes into one statement: not too much, and of one source."""
        size, source = 0, self._waiting[0].source
        for index, request in enumerate(self._waiting):
            size += len(request.rows)
            if index and (size > MAX_FLUSH or request.source != source):
                batch, self._waiting = self._waiting[:index], self._waiting[index:]
                return batch
        batch, self._waiting = self._waiting, []
        return batch

    async def _flush(self, batch: list[_Request]) -> None:
        try:
            fresh = await self._write(batch)
        except BAD_ROW as error:
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

    async def _write(self, batch: list[_Request]) -> frozenset[int] | None:
        arrays = Arrays([row for request in batch for row in request.rows])
        args = arrays.arguments()
        result = await self._database.retry(lambda: self._execute(batch[0].source, args))
        metrics.ingest_group(len(arrays.rows))
        if result["mine"]:
            self._bell.ring_mine(result["mine"])
        if result["ring"]:
            for kind, lanes in arrays.by_kind(result["ring"]).items():
                spawn(self._bell.ring(kind, lanes), "lanes.ring")
        return None if result["fresh"] is None else frozenset(result["fresh"])

    async def _execute(self, source: str, args: tuple[Any, ...]) -> Any:
        """Run the statement on a connection of the flusher's own; a broken one is given back."""
        if self._conn is None or is_gone(self._conn):
            self._conn = await self._database.borrow()
        try:
            return await self._conn.fetchrow(
                INGEST, self._owner, source, *args, timeout=FLUSH_SECONDS
            )
        except BaseException:
            conn, self._conn = self._conn, None
            await self._database.give_back(conn)
            raise


def _release(gathered: asyncio.Future[None] | None) -> None:
    if gathered is not None and not gathered.done():
        gathered.set_result(None)


def _as_unavailable(error: Exception) -> Exception:
    if isinstance(error, (*AWAY, *RETRYABLE, asyncpg.PostgresError)):
        log.warning("ingest refused", extra={"error": type(error).__name__})
        return Unavailable("error.database_away")
    return error


def _resolve(done: asyncio.Future[int], fresh: int, error: Exception | None) -> None:
    """Settle somebody who waits, and may have gone."""
    if done.done():
        return
    if error is not None:
        done.set_exception(error)
    else:
        done.set_result(fresh)


def _fail(batch: Iterable[_Request], error: Exception) -> None:
    for request in batch:
        request.settle(0, error)


def _answer(batch: Iterable[_Request], fresh: frozenset[int] | None) -> None:
    """Tell each request how many of its rows are new: all, or those at the places in `fresh`."""
    place = 0
    new: dict[str, int] = {}
    for request in batch:
        count = len(request.rows)
        if fresh is not None:
            count = sum(number in fresh for number in range(place + 1, place + count + 1))
        place += len(request.rows)
        provider = request.rows[0].channel.provider
        new[provider] = new.get(provider, 0) + count
        request.settle(count, None)
    for provider, count in new.items():
        metrics.inbox_event(provider, count)
