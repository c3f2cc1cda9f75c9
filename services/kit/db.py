"""PostgreSQL: one asyncpg pool, and transactions that always know for whom they act.

`Database.tenant(id)` opens a transaction in which row-level security shows that tenant only;
`Database.system(reason)` one in which every tenant is seen (ingest, sweeps, seed). Work registered
with `Tx.before_commit` runs last, in order of its rank, so that locks are always taken in one
order; `Tx.after_commit` is for rings. No provider call and no spawned task inside a transaction.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import asyncpg

from services.kit import metrics
from services.kit.connection import SERVER_SETTINGS, Connection, orm_client
from services.kit.errors import Unavailable

log = logging.getLogger(__name__)
T = TypeVar("T")
Record: TypeAlias = Any
"""A row as asyncpg gives it (`asyncpg.Record`, which has no types): read by column name."""

SYSTEM_ROLE = "vishenka_system"
RETRYABLE = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.ReadOnlySQLTransactionError,
)


class Tx:
    """One open transaction. `tenant_id` is None for the system scope."""

    def __init__(self, conn: Any, tenant_id: UUID | None, *, lazy: bool = False) -> None:
        self.conn = conn
        self.tenant_id = tenant_id
        self._is_lazy = lazy
        self._is_system = tenant_id is None
        self.extra: dict[str, Any] = {}
        self._last: list[tuple[int, Callable[[Tx], Awaitable[None]]]] = []
        self._after: list[Callable[[], None]] = []
        self._undo: list[Callable[[], None]] = []
        self._orm: Any = None

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        """Return all rows."""
        return await self.conn.fetch(sql, *args)  # type: ignore[no-any-return]

    async def row(self, sql: str, *args: Any) -> Record | None:
        """Return the first row or None."""
        return await self.conn.fetchrow(sql, *args)

    async def value(self, sql: str, *args: Any) -> Any:
        """Return the first column of the first row."""
        return await self.conn.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> int:
        """Run a statement; return the number of rows it touched."""
        status: str = await self.conn.execute(sql, *args)
        tail = status.rsplit(" ", 1)[-1]
        return int(tail) if tail.isdigit() else 0

    async def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        await self.conn.executemany(sql, rows)

    def before_commit(self, rank: int, work: Callable[[Tx], Awaitable[None]]) -> None:
        """Run `work` just before the commit, lower ranks first (10 lanes of the inbox, 20 lanes of
        the outbox).
        """
        self._last.append((rank, work))

    def after_commit(self, work: Callable[[], None]) -> None:
        """Call `work` once the commit is on disk."""
        self._after.append(work)

    def on_rollback(self, work: Callable[[], None]) -> None:
        """Call `work` if the transaction does not commit."""
        self._undo.append(work)

    @asynccontextmanager
    async def system(self, reason: str) -> AsyncIterator[None]:
        """See every tenant inside this block, in the same transaction; `reason` says why for the
        reader.
        """
        del reason
        if self._is_system:  # already there: leaving this block must not close the outer one
            yield
            return
        await self.conn.execute(f"SET LOCAL ROLE {SYSTEM_ROLE}")
        self._is_system = True
        try:
            yield
        finally:
            self._is_system = False
            if not is_gone(self.conn) and self.conn.is_in_transaction():
                await _quietly(self.conn.execute("RESET ROLE"))

    @asynccontextmanager
    async def acting_for(self, tenant_id: UUID) -> AsyncIterator[None]:
        """Act for another tenant inside this block (the master bot's dialogues)."""
        before = self.tenant_id
        await self.conn.execute(_set_tenant(tenant_id))
        self.tenant_id = tenant_id
        try:
            yield
        finally:
            self.tenant_id = before
            if not is_gone(self.conn) and self.conn.is_in_transaction():
                await _quietly(self.conn.execute(_set_tenant(before)))

    async def durable(self) -> None:
        """Make the commit wait for the disk after all: more than a result is written."""
        if self._is_lazy:
            self._is_lazy = False
            await self.conn.execute("SET LOCAL synchronous_commit = on")

    @property
    def orm(self) -> Any:
        """Return the Tortoise client of this transaction: `Model.filter(…).using_db(tx.orm)`."""
        if self._orm is None:
            self._orm = orm_client(self.conn)
        return self._orm

    async def _finish(self) -> None:
        while self._last:
            self._last.sort(key=lambda item: item[0])
            _, work = self._last.pop(0)
            await work(self)


def is_gone(conn: Any) -> bool:
    """Say whether a pooled connection is dead; the pool may have taken it back already."""
    try:
        return bool(conn.is_closed())
    except asyncpg.InterfaceError:
        return True


async def _quietly(work: Awaitable[Any]) -> None:
    try:
        await work
    except asyncpg.PostgresError:
        # An aborted transaction refuses everything; its rollback resets the role as well.
        log.debug("statement refused in an aborted transaction")


def _set_tenant(tenant_id: UUID | None) -> str:
    return f"SET LOCAL app.tenant = '{tenant_id or ''}'"


class Database:
    """The process's pool. Raises Unavailable when the database is away."""

    def __init__(self, pool: Any, dsn: str) -> None:
        self.pool = pool
        self.dsn = dsn
        self.acquire_timeout_seconds = 2.0

    @property
    def spare(self) -> int:
        """Return how many connections wait beside the pool."""
        return 0

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Yield a pooled connection outside any transaction."""
        asked = time.perf_counter()
        try:
            conn = await self.pool.acquire(timeout=self.acquire_timeout_seconds)
        except AWAY as error:
            raise Unavailable("error.database_away") from error
        metrics.pool_wait(time.perf_counter() - asked)
        try:
            yield conn
        finally:
            await self.pool.release(conn)

    async def borrow(self) -> Any:
        """Take a connection out of the pool for long. Raises Unavailable."""
        try:
            return await self.pool.acquire(timeout=self.acquire_timeout_seconds)
        except AWAY as error:
            raise Unavailable("error.database_away") from error

    async def give_back(self, conn: Any) -> None:
        """Return a borrowed connection; one in trouble is cut."""
        if conn is None:
            return
        if not is_gone(conn):
            conn.terminate()
        await self.pool.release(conn)

    @asynccontextmanager
    async def _begin(
        self, opening: str, tenant_id: UUID | None, *, lazy: bool = False
    ) -> AsyncIterator[Tx]:
        async with self.connection() as conn:
            tx = Tx(conn, tenant_id, lazy=lazy)
            try:
                await conn.execute(opening)
                yield tx
                await tx._finish()
                await conn.execute("COMMIT")
            except BaseException as error:
                for undo in tx._undo:
                    undo()
                await _rollback(conn)
                if isinstance(error, (*AWAY, *RETRYABLE)):
                    raise Unavailable("error.database_away") from error
                raise
        for work in tx._after:
            work()

    def tenant(self, tenant_id: UUID, *, lazy: bool = False) -> Any:
        """Open a transaction for one tenant; `lazy` does not wait for the disk (results only)."""
        tail = "; SET LOCAL synchronous_commit = off" if lazy else ""
        return self._begin(f"BEGIN; {_set_tenant(tenant_id)}{tail}", tenant_id, lazy=lazy)

    def system(self, reason: str) -> Any:
        """Open a transaction that sees every tenant; `reason` says why for the reader."""
        del reason
        return self._begin(f"BEGIN; SET LOCAL ROLE {SYSTEM_ROLE}", None)

    async def notify(self, channel: str, payload: str) -> None:
        """Tell every session that listens on the channel."""
        async with self.connection() as conn:
            await conn.execute("SELECT pg_notify($1, $2)", channel, payload)

    async def retry(self, work: Callable[[], Awaitable[T]], tries: int = 3) -> T:
        """Run `work` again when the database asked for it (deadlock, serialization)."""
        for attempt in range(1, tries + 1):
            try:
                return await work()
            except (Unavailable, *RETRYABLE) as error:
                if attempt == tries or not _is_asked(error):
                    raise
                await asyncio.sleep(random.uniform(0.005, 0.05) * attempt)  # noqa: S311 - jitter
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """Close the pool; connections still busy after 5 s are cut."""
        try:
            await asyncio.wait_for(self.pool.close(), 5)
        except TimeoutError:
            self.pool.terminate()


def _is_asked(error: Exception) -> bool:
    """Say whether the database asked for the same work again."""
    return isinstance(error.__cause__ if isinstance(error, Unavailable) else error, RETRYABLE)


async def _rollback(conn: Any) -> None:
    if is_gone(conn):
        return
    try:
        await asyncio.wait_for(conn.execute("ROLLBACK"), 2)
    except (*AWAY, asyncpg.PostgresError):
        conn.terminate()


async def open_database(
    dsn: str, *, size: int = 12, plans: Mapping[str, str] | None = None
) -> Database:
    """Connect; `plans`: settings of the planner for these connections. Raises Unavailable."""
    try:
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=size,
            connection_class=Connection,
            server_settings={**SERVER_SETTINGS, **(plans or {})},
            command_timeout=20,
            timeout=3,
            max_inactive_connection_lifetime=120,
        )
    except AWAY as error:
        raise Unavailable("error.database_away") from error
    return Database(pool, dsn)
