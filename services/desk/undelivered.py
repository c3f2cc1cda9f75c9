"""What did not get through and waits for a person: by reason, one by one; again, or never."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.audit.service import Audit, Object
from services.conversations.models import MessageState
from services.desk import queries, rules
from services.desk.values import Stuck, StuckFilter, StuckGroup, StuckShare, Viewer
from services.kit.db import Record, Tx
from services.kit.errors import NotFound
from services.outbox.service import Outbox
from services.tenants.actor import Actor

AT_ONCE = 1000
"""Moved by one press; whoever has more presses again."""
MAX_PAGE = 100
EVERYTHING = StuckFilter()


class Undelivered:
    """Parked deliveries and those with an unknown outcome, within the caller's scope."""

    def __init__(self, outbox: Outbox, audit: Audit) -> None:
        self._outbox = outbox
        self._audit = audit

    async def groups(self, tx: Tx, viewer: Viewer) -> list[StuckGroup]:
        """Return how many wait for which reason, the most first."""
        rows = await tx.fetch(queries.STUCK_GROUPS, tx.tenant_id, viewer.scope)
        return [StuckGroup(row["reason"], row["state"], row["n"], row["oldest"]) for row in rows]

    async def shares(self, tx: Tx, viewer: Viewer) -> list[StuckShare]:
        """Return the same sums apart by channel and direction, the most first."""
        rows = await tx.fetch(queries.STUCK_SHARES, tx.tenant_id, viewer.scope)
        return [
            StuckShare(
                row["reason"],
                row["state"],
                row["direction"],
                row["channel_id"],
                row["provider"],
                row["channel"],
                row["n"],
                row["oldest"],
            )
            for row in rows
        ]

    async def one(self, tx: Tx, viewer: Viewer, delivery_id: UUID) -> Stuck:
        """Return one that waits. Raises NotFound, for one that got through or is hidden too."""
        row = await tx.row(queries.STUCK_ONE, tx.tenant_id, viewer.scope, delivery_id)
        if row is None:
            raise NotFound("error.not_found")
        return _stuck(row)

    async def page(
        self, tx: Tx, viewer: Viewer, wanted: StuckFilter, *, cursor: str = "", limit: int = 30
    ) -> tuple[list[Stuck], str]:
        """Return a page, the last to get stuck first, and the next cursor ("" at the end).
        Raises InvalidInput.
        """
        at, row_id = rules.unpack(cursor)
        size = min(max(limit, 1), MAX_PAGE)
        rows = await tx.fetch(
            queries.STUCK,
            tx.tenant_id,
            viewer.scope,
            wanted.reason,
            wanted.state,
            wanted.channel_id,
            at,
            row_id,
            size,
        )
        items = [_stuck(row) for row in rows]
        more = rules.pack(items[-1].stuck_at, items[-1].id) if len(items) == size else ""
        return items, more

    async def retry(
        self,
        tx: Tx,
        viewer: Viewer,
        actor: Actor,
        wanted: StuckFilter = EVERYTHING,
        ids: Sequence[UUID] | None = None,
    ) -> int:
        """Send again those of `ids` (None: all) that the filter and the scope let through; return
        how many moved. What was unknown goes out marked as a possible repeat.
        """
        found = await self._found(tx, viewer, wanted, ids)
        moved = await self._outbox.retry(tx, [row["id"] for row in found])
        await self._note(tx, actor, "delivery.retried", found, MessageState.QUEUED)
        return moved

    async def drop(
        self,
        tx: Tx,
        viewer: Viewer,
        actor: Actor,
        wanted: StuckFilter = EVERYTHING,
        ids: Sequence[UUID] | None = None,
    ) -> int:
        """Give them up for good; return how many moved."""
        found = await self._found(tx, viewer, wanted, ids)
        moved = await self._outbox.drop(tx, [row["id"] for row in found])
        await self._note(tx, actor, "delivery.dropped", found, MessageState.DROPPED)
        return moved

    async def _found(
        self, tx: Tx, viewer: Viewer, wanted: StuckFilter, ids: Sequence[UUID] | None
    ) -> list[Record]:
        return await tx.fetch(
            queries.STUCK_IDS,
            tx.tenant_id,
            viewer.scope,
            wanted.reason,
            wanted.state,
            wanted.channel_id,
            list(ids) if ids is not None else None,
            AT_ONCE,
        )

    async def _note(
        self, tx: Tx, actor: Actor, act: str, found: list[Record], state: MessageState
    ) -> None:
        answers = [row["ref"] for row in found if row["ref"] and row["purpose"] == "to_buyer"]
        await tx.execute(queries.MESSAGES_TO, tx.tenant_id, answers, state)
        for row in found:
            await self._audit.record(tx, actor, act, Object("delivery", row["id"]))


def _stuck(row: Record) -> Stuck:
    return Stuck(**{name: row[name] for name in Stuck.__slots__})
