"""What an owner may set of a channel: how long it may be quiet before somebody is told."""

from __future__ import annotations

from uuid import UUID

from services.audit.service import Audit, Object
from services.channels import queries
from services.kit.db import Tx
from services.kit.errors import InvalidInput, NotFound
from services.tenants.actor import Actor, Role

SHORTEST_MINUTES, LONGEST_MINUTES = 5, 7 * 24 * 60


async def set_silence(
    tx: Tx, actor: Actor, channel_id: UUID, minutes: int | None, *, audit: Audit
) -> None:
    """Set the longest quiet time; None: what is usual decides.

    Raises InvalidInput, Forbidden, NotFound.
    """
    actor.need(Role.OWNER)
    if minutes is not None and not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        raise InvalidInput("channels.silence_range", field="minutes")
    if not await tx.execute(queries.SILENCE, tx.tenant_id, channel_id, minutes):
        raise NotFound("error.not_found")
    silence = {"silence_minutes": str(minutes) if minutes else None}
    await audit.record(tx, actor, "channel.silence", Object("channel", channel_id), silence)
