"""The pool's kind of connection: leaves no session state, and tells of slow statements."""

from __future__ import annotations

import hashlib
import logging
import time
from typing import Any

import asyncpg

from services.kit import metrics

log = logging.getLogger(__name__)

SLOW_SECONDS = 0.5
SHOWN = 80


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """Skips asyncpg's reset query (tenant and role are transaction-local) and times statements."""

    def get_reset_query(self) -> str:
        """Return nothing to run."""
        return ""

    async def _execute(self, query: str, *args: Any, **kwargs: Any) -> Any:
        # asyncpg's own query logger makes objects for every statement; this costs two clock reads.
        started = time.perf_counter()
        try:
            return await super()._execute(query, *args, **kwargs)
        finally:
            spent = time.perf_counter() - started
            if spent >= SLOW_SECONDS:
                _tell(query, spent)


def _tell(query: str, seconds: float) -> None:
    """Log the statement without its values: they travel apart, as parameters."""
    metrics.slow_query()
    digest = hashlib.blake2b(query.encode(), digest_size=6).hexdigest()
    words = " ".join(query.split())[:SHOWN]
    extra = {"milliseconds": int(seconds * 1000), "statement": words, "digest": digest}
    log.warning("slow statement", extra=extra)
