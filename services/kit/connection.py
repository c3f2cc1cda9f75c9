"""The pool's kind of connection: leaves no session state, tells of slow statements, and makes its
plans anew as it works.

A session keeps a plan until statistics come. One made while the tables were small reads all rows
of a tenant to find one: in the first busy minutes that was most of the database's work.
"""

from __future__ import annotations

import hashlib
import logging
import time
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper

from services.kit import metrics

log = logging.getLogger(__name__)

SERVER_SETTINGS = {
    "application_name": "vishenka",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "statement_timeout": "15000",
    "idle_in_transaction_session_timeout": "30000",
}
LOOKUPS = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_bitmapscan": "off",
}
"""For connections that only look rows up by key: a plan is kept for as long as its session lives,
and one made while a table was small would read the whole of it when it has grown.
"""
FOR_VALUES = "SET LOCAL plan_cache_mode = force_custom_plan"
"""Said in a transaction before statements whose best plan hangs on their values: what came since a
moment, one account of many. A plan made for any values reads all there is.
"""
SLOW_SECONDS = 0.5
SHOWN = 80
FIRST_USES = 256
MOST_USES = 4096
RENEW = "DISCARD PLANS"


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """Skips asyncpg's reset query (tenant and role are transaction-local), times statements, and
    drops its plans after 256, 512 … and then every 4,096 uses: tables grow by being used.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._uses_left = self._uses_each = FIRST_USES

    def get_reset_query(self) -> str:
        """Return nothing to run."""
        return ""

    async def _execute(self, query: str, *args: Any, **kwargs: Any) -> Any:
        # asyncpg's own query logger makes objects for every statement; this costs two clock reads.
        self._uses_left -= 1
        if self._uses_left <= 0:
            await self._renew()
        started = time.perf_counter()
        try:
            return await super()._execute(query, *args, **kwargs)
        finally:
            spent = time.perf_counter() - started
            if spent >= SLOW_SECONDS:
                _tell(query, spent)

    async def _renew(self) -> None:
        self._uses_each = self._uses_left = min(self._uses_each * 2, MOST_USES)
        await self.execute(RENEW)


def _tell(query: str, seconds: float) -> None:
    """Log the statement without its values: they travel apart, as parameters."""
    metrics.slow_query()
    digest = hashlib.blake2b(query.encode(), digest_size=6).hexdigest()
    words = " ".join(query.split())[:SHOWN]
    extra = {"milliseconds": int(seconds * 1000), "statement": words, "digest": digest}
    log.warning("slow statement", extra=extra)


def orm_client(conn: Any) -> Any:
    """Return a Tortoise client that works inside this connection's transaction."""
    parent = AsyncpgDBClient(connection_name="default")
    parent._connection = conn
    return TransactionWrapper(parent)
