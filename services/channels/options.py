"""What an owner may set of a channel: how long it may be quiet before somebody is told."""

from __future__ import annotations

from uuid import UUID

from services.channels import queries
from services.kit.db import Tx
from services.kit.errors import InvalidInput, NotFound

SHORTEST_MINUTES, LONGEST_MINUTES = 5, 7 * 24 * 60


async def set_silence(tx: Tx, channel_id: UUID, minutes: int | None) -> None:
    """Set the longest quiet time; None: what is usual decides. Raises InvalidInput, NotFound."""
    if minutes is not None and not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        raise InvalidInput("channels.silence_range", field="minutes")
    if not await tx.execute(queries.SILENCE, tx.tenant_id, channel_id, minutes):
        raise NotFound("error.not_found")
