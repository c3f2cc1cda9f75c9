"""Takes a member's act back: the conversation stands as before it, and the group sees so.

Possible only while nothing was done to the conversation since. What moved by itself meanwhile (a
reminder went out) stays as it is: only what the act changed is put back.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from services.conversations.acts import Acts
from services.conversations.assigning import Assigning
from services.conversations.models import ConversationState
from services.kit.db import Record, Tx

READ = """
SELECT state, row_version, assignee_id, assigned_at, waiting_since, snoozed_until, next_check_at,
    ladder_step
FROM conversation WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE
"""
WRITE = """
UPDATE conversation SET state = $3, assignee_id = $4, assigned_at = $5, waiting_since = $6,
    snoozed_until = $7, next_check_at = $8, ladder_step = $9, updated_at = now(),
    row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2
"""


class Standing(msgspec.Struct, frozen=True):
    """Everything an act can change about a conversation."""

    state: str
    row_version: int
    assignee_id: UUID | None
    assigned_at: datetime | None
    waiting_since: datetime | None
    snoozed_until: datetime | None
    next_check_at: datetime | None
    ladder_step: int


FIELDS = tuple(name for name in Standing.__struct_fields__ if name != "row_version")


class Undoing:
    """Reads where a conversation stands and puts it back there."""

    def __init__(self, acts: Acts, assigning: Assigning) -> None:
        self._acts = acts
        self._assigning = assigning

    async def standing(self, tx: Tx, conversation_id: UUID) -> Standing:
        """Return it, and keep others from changing it until the transaction ends. The caller has
        made sure that there is such a conversation.
        """
        row = await tx.row(READ, tx.tenant_id, conversation_id)
        assert row is not None  # noqa: S101 - conversations are not deleted
        return Standing(**dict(row))

    async def restore(self, tx: Tx, row: Record, before: Standing, after: Standing) -> bool:
        """Put back what changed between the two; False when it is too late."""
        now = await self.standing(tx, row["id"])
        target = back_to(now, before, after)
        if target is None:
            return False
        await tx.execute(
            WRITE, tx.tenant_id, row["id"], *(getattr(target, name) for name in FIELDS)
        )
        await self._assigning.show(tx, row["id"])
        was_closed = before.state == ConversationState.CLOSED
        if was_closed != (after.state == ConversationState.CLOSED):
            turn = self._acts.close_topic if was_closed else self._acts.reopen_topic
            turn(tx, row)
        return True


def back_to(now: Standing, before: Standing, after: Standing) -> Standing | None:
    """Return where an undone act leads; None when somebody acted since, or there is nothing."""
    changed = [name for name in FIELDS if getattr(before, name) != getattr(after, name)]
    is_as_left = all(getattr(now, name) == getattr(after, name) for name in changed)
    if not changed or now.row_version != after.row_version or not is_as_left:
        return None
    return msgspec.structs.replace(now, **{name: getattr(before, name) for name in changed})
