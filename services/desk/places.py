"""Groups where the team works: which bot holds them, whose buyers come there, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.audit.service import Audit, Object
from services.channels import health
from services.connectors.base import Check
from services.conversations.workspaces import Workspaces
from services.desk.rules import topic_url
from services.kit.db import Record, Tx
from services.kit.errors import InvalidInput, NotFound
from services.tenants.actor import Actor

LIST = """
SELECT w.id, w.name, w.title, w.kind, w.state, w.state_reason, w.channel_id AS bot_id, w.chat_id,
    w.checks, b.username AS bot,
    (SELECT coalesce(array_agg(s.channel_id ORDER BY s.channel_id), '{}') FROM workspace_channel s
     WHERE s.tenant_id = w.tenant_id AND s.workspace_id = w.id) AS serves,
    coalesce(n.waiting, 0) AS waiting
FROM workspace w LEFT JOIN channel b ON b.tenant_id = w.tenant_id AND b.id = w.channel_id
LEFT JOIN (SELECT c.workspace_id, count(*) AS waiting FROM conversation c
    WHERE c.tenant_id = $1 AND c.state = 'waiting' AND c.waiting_since IS NOT NULL
    GROUP BY c.workspace_id) AS n ON n.workspace_id = w.id
WHERE w.tenant_id = $1 AND ($2::uuid IS NULL OR w.id = $2) ORDER BY w.name, w.id
"""
ACCOUNTS = """
SELECT id FROM channel WHERE tenant_id = $1 AND id = ANY($2::uuid[]) AND status <> 'removed'
    AND kind NOT IN ('master', 'client')
"""
LEAVE = """
DELETE FROM workspace_channel WHERE tenant_id = $1 AND workspace_id = $2 AND
    channel_id = ANY($3::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A group. `serves`: accounts whose buyers come there; `url` opens it in Telegram."""

    id: UUID
    name: str
    title: str
    kind: str
    state: str
    reason: str
    bot_id: UUID | None
    bot: str
    serves: tuple[UUID, ...]
    waiting: int
    checks: tuple[Check, ...]
    url: str


class Places:
    """Reads groups and says which accounts they serve."""

    def __init__(self, workspaces: Workspaces, audit: Audit) -> None:
        self._workspaces = workspaces
        self._audit = audit

    async def all(self, tx: Tx) -> list[Place]:
        """Return every group of the business, by name."""
        return [_place(row) for row in await tx.fetch(LIST, tx.tenant_id, None)]

    async def one(self, tx: Tx, workspace_id: UUID) -> Place:
        """Return one. Raises NotFound."""
        row = await tx.row(LIST, tx.tenant_id, workspace_id)
        if row is None:
            raise NotFound("error.not_found")
        return _place(row)

    async def serve(
        self, tx: Tx, actor: Actor, workspace_id: UUID, channels: Sequence[UUID]
    ) -> Place:
        """Say whose buyers come to this group: exactly these accounts. Raises NotFound,
        InvalidInput.
        """
        before = set((await self.one(tx, workspace_id)).serves)
        known = {row["id"] for row in await tx.fetch(ACCOUNTS, tx.tenant_id, list(channels))}
        if known != set(channels):
            raise InvalidInput("desk.no_such_account", field="serves")
        await tx.execute(LEAVE, tx.tenant_id, workspace_id, list(before - known))
        await self._workspaces.serve(tx, workspace_id, sorted(known))
        obj = Object("workspace", workspace_id)
        await self._audit.record(tx, actor, "workspace.serves", obj, {"serves": None})
        return await self.one(tx, workspace_id)


def _place(row: Record) -> Place:
    return Place(
        id=row["id"],
        name=row["name"],
        title=row["title"],
        kind=row["kind"],
        state=row["state"],
        reason=row["state_reason"],
        bot_id=row["bot_id"],
        bot=row["bot"] or "",
        serves=tuple(row["serves"]),
        waiting=row["waiting"],
        checks=health.decode(row["checks"]),
        url=topic_url(row["chat_id"], "1"),
    )
