"""Where the conversations of one claim live, looked up together.

Only a place that may take a message at once is answered from here: for any other one the newest
word counts, because what waits for it is woken once.
"""

from __future__ import annotations

from uuid import UUID

from services.conversations import queries
from services.kit.db import Record, Tx
from services.outbox.models import CLAIMED, Delivery

PLACES = queries.PLACE.replace("c.id = $2", "c.id = ANY($2::uuid[])")
EXTRA = "conversations.places"


async def place_row(tx: Tx, delivery: Delivery) -> Record | None:
    """Return the place (queries.PLACE) of a claimed delivery's conversation, or None."""
    conversation_id = delivery.conversation_id
    claimed: frozenset[UUID] = tx.extra.get(CLAIMED, frozenset())
    if len(claimed) > 1 and conversation_id in claimed:
        row = (await _together(tx, claimed)).get(conversation_id)
        if row is not None and _is_live(row):
            return row
    return await tx.row(queries.PLACE, tx.tenant_id, conversation_id)


def forget(tx: Tx) -> None:
    """Look again: a delivery that is stopped may change places within its claim."""
    tx.extra.pop(EXTRA, None)


async def _together(tx: Tx, claimed: frozenset[UUID]) -> dict[UUID, Record]:
    found: dict[UUID, Record] | None = tx.extra.get(EXTRA)
    if found is None:
        rows = await tx.fetch(PLACES, tx.tenant_id, list(claimed))
        found = tx.extra[EXTRA] = {row["conversation_id"]: row for row in rows}
    return found


def _is_live(row: Record) -> bool:
    return bool(row["workspace_state"] == "live" and row["link_state"] == "live")
