"""Every failed call of a channel, kept thirty days: which method, how it failed, at which try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from services.connectors.errors import ConnectorError, RateLimited
from services.kit import metrics
from services.kit.db import Record, Tx
from services.kit.ids import new_id
from services.kit.log import current_trace

INSERT = """
INSERT INTO channel_error (tenant_id, id, channel_id, endpoint, status, attempt, code, trace)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
LIST = """
SELECT id, endpoint, status, attempt, code, at, trace FROM channel_error
WHERE tenant_id = $1 AND channel_id = $2 AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC LIMIT $4
"""
COUNTS = """
SELECT code, count(*) AS n, max(at) AS last_at FROM channel_error
WHERE tenant_id = $1 AND channel_id = $2 AND at > now() - $3 * interval '1 hour'
GROUP BY code ORDER BY n DESC
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """How often one code came in the asked time."""

    code: str
    count: int
    last_at: datetime


class FailedCall(Protocol):
    """What a settled delivery shows of itself: `services.outbox.models.Settled` fits."""

    @property
    def error(self) -> ConnectorError | None:
        """Return what went wrong, None when nothing did."""
        ...

    @property
    def delivery(self) -> Any:
        """Return the delivery: channel_id, action, attempts, trace."""
        ...


class ChannelErrors:
    """The error journal of channels."""

    async def record(
        self, tx: Tx, channel_id: UUID, endpoint: str, error: ConnectorError, *, attempt: int = 1
    ) -> None:
        """Write one failed call with this transaction; `endpoint`: a method's name, no URL."""
        metrics.channel_error(str(channel_id), str(error.reason))
        what = (endpoint[:64], error.status, attempt, str(error.reason))
        await tx.execute(INSERT, tx.tenant_id, new_id(), channel_id, *what, current_trace())

    async def settle(self, tx: Tx, settled: FailedCall) -> None:
        """Subscribe to the outbox: keep the failed call. Being told to wait is no failure."""
        error, delivery = settled.error, settled.delivery
        if error is None or isinstance(error, RateLimited):
            return
        endpoint = str(type(delivery.action).__struct_config__.tag)
        what = (endpoint[:64], error.status, delivery.attempts, str(error.reason))
        args = (tx.tenant_id, new_id(), delivery.channel_id, *what, delivery.trace)
        await tx.execute(INSERT, *args)

    async def page(
        self, tx: Tx, channel_id: UUID, *, limit: int = 50, before: UUID | None = None
    ) -> list[Record]:
        """Return the newest failed calls of a channel."""
        return await tx.fetch(LIST, tx.tenant_id, channel_id, before, min(limit, 100))

    async def tally(self, tx: Tx, channel_id: UUID, *, hours: float = 24) -> list[Tally]:
        """Return how often each code came in the last hours, the most frequent first."""
        rows = await tx.fetch(COUNTS, tx.tenant_id, channel_id, hours)
        return [Tally(row["code"], row["n"], row["last_at"]) for row in rows]
