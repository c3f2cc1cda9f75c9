"""Workspaces: the members' groups, what they serve, and what happens when the bot loses or
regains one.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from services.connectors.base import Check
from services.connectors.errors import Reason
from services.conversations.values import Notices, Post
from services.kit.db import Record, Tx
from services.kit.errors import Conflict
from services.kit.ids import new_id
from services.outbox.models import Delivery

INSPECTED = """
UPDATE workspace SET checks = $4::jsonb, updated_at = now(), settings = CASE WHEN $5::text IS NULL
    THEN settings ELSE settings || jsonb_build_object('trial', $5::text) END
WHERE tenant_id = $1 AND channel_id = $2 AND chat_id = $3
"""
BEGIN_TRIAL = """
UPDATE workspace SET
    settings = settings || jsonb_build_object('trial_at', extract(epoch from now()))
WHERE tenant_id = $1 AND channel_id = $2 AND chat_id = $3 AND kind = 'forum'
  AND coalesce((settings ->> 'trial_at')::float8, 0) < extract(epoch from now()) - 15
RETURNING coalesce(settings ->> 'trial', '')
"""
"""Rights often change several times in a row, each change asks for a look: one trial is enough."""
NO_REACTIONS = """
UPDATE workspace SET settings = settings || '{"reactions": false}' WHERE tenant_id = $1 AND id = $2
"""
FIND = "SELECT * FROM workspace WHERE tenant_id = $1 AND channel_id = $2 AND chat_id = $3"
MIGRATE = """
UPDATE workspace SET chat_id = $4, updated_at = now()
WHERE tenant_id = $1 AND channel_id = $2 AND chat_id = $3
  AND NOT EXISTS (SELECT FROM workspace o WHERE o.tenant_id = $1 AND o.channel_id = $2 AND
      o.chat_id = $4)
"""
LOSE = """
UPDATE workspace SET state = 'lost', state_reason = $4, updated_at = now()
WHERE tenant_id = $1 AND channel_id = $2 AND chat_id = $3 AND state = 'live'
RETURNING id, name, title
"""
RETURN = """
UPDATE workspace SET state = 'live', state_reason = '', returned_at = clock_timestamp(),
    updated_at = now()
WHERE tenant_id = $1 AND channel_id = $2 AND chat_id = $3 AND state = 'lost' RETURNING id, name,
    title
"""
BETWEEN = """
SELECT w.state, w.returned_at > (
    SELECT d.called_at FROM delivery d WHERE d.tenant_id = $1 AND d.id = $4) AS is_old
FROM workspace w WHERE w.tenant_id = $1 AND w.channel_id = $2 AND w.chat_id = $3
FOR NO KEY UPDATE OF w
"""
"""Asked under a lock, so that the bot's return either sees what was parked or is seen here."""
WAITING = """
SELECT count(*) FROM delivery WHERE tenant_id = $1 AND target_kind = 'topic' AND target_id = $2
  AND purpose = 'to_topic' AND state IN ('due', 'retry', 'calling', 'parked')
  AND created_at > now() - interval '30 days'
"""
PARKED = """
SELECT d.id, d.purpose, d.conversation_id FROM delivery d
WHERE d.tenant_id = $1 AND d.target_kind = 'topic' AND d.target_id = $2 AND d.channel_id = $3 AND
    d.state = 'parked'
  AND d.created_at > now() - interval '30 days' AND d.class <= 1
ORDER BY d.seq, d.id
"""
FAILED_LINKS = """
SELECT c.id FROM conversation c JOIN topic_link t ON t.tenant_id = c.tenant_id AND
    t.conversation_id = c.id
WHERE c.tenant_id = $1 AND c.workspace_id = $2 AND t.is_current AND (t.state = 'failed'
  OR t.state = 'creating' AND EXISTS (SELECT FROM delivery d WHERE d.tenant_id = c.tenant_id
      AND d.conversation_id = c.id AND d.purpose = 'topic' AND d.state = 'parked'))
"""
SERVE = """
INSERT INTO workspace_channel (tenant_id, channel_id, workspace_id) SELECT $1, c, $2 FROM
    unnest($3::uuid[]) AS c
ON CONFLICT (tenant_id, channel_id) DO UPDATE SET workspace_id = excluded.workspace_id
"""
IN_TURN = "SELECT 1 FROM tenant WHERE id = $1 FOR NO KEY UPDATE"
"""A group and an account that come at the same moment must see each other."""
SERVE_REST = """
INSERT INTO workspace_channel (tenant_id, channel_id, workspace_id)
SELECT $1, c.id, $2 FROM channel c
WHERE c.tenant_id = $1 AND c.status <> 'removed' AND c.kind NOT IN ('master', 'client')
ON CONFLICT (tenant_id, channel_id) DO NOTHING
"""
SERVE_ONLY = """
INSERT INTO workspace_channel (tenant_id, channel_id, workspace_id)
SELECT $1, c.id, w.id FROM channel c, (
    SELECT (array_agg(x.id))[1] AS id FROM workspace x WHERE x.tenant_id = $1 AND (x.kind = 'forum'
        OR EXISTS (SELECT FROM workspace_channel s WHERE s.tenant_id = $1
            AND s.workspace_id = x.id))
    HAVING count(*) = 1) AS w
WHERE c.tenant_id = $1 AND c.id = $2 AND c.kind NOT IN ('master', 'client')
ON CONFLICT (tenant_id, channel_id) DO NOTHING
"""
MAKE = """
INSERT INTO workspace (tenant_id, id, name, channel_id, chat_id, title, kind)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, channel_id, chat_id) DO UPDATE SET title = excluded.title, kind =
    excluded.kind,
    state = 'live', state_reason = '', returned_at = clock_timestamp(), updated_at = now()
RETURNING id
"""


class Workspaces:
    """Groups where members work."""

    def __init__(self, outbox: Post, notices: Notices) -> None:
        self._outbox = outbox
        self._notices = notices

    async def attach(
        self,
        tx: Tx,
        bot_id: UUID,
        chat_id: str,
        serves: Sequence[UUID] | None,
        *,
        name: str,
        title: str = "",
        is_forum: bool = True,
    ) -> UUID:
        """Make the group a workspace of these channels (None: of all that have none yet); safe to
        repeat. Raises Conflict for a taken name.
        """
        await tx.execute(IN_TURN, tx.tenant_id)
        kind = "forum" if is_forum else "private"
        known = await tx.row(FIND, tx.tenant_id, bot_id, chat_id)
        taken = await tx.value(
            "SELECT id FROM workspace WHERE tenant_id = $1 AND name = $2", tx.tenant_id, name
        )
        if taken is not None and (known is None or known["id"] != taken):
            raise Conflict("bridge.workspace.name_taken", name=name)
        workspace_id: UUID = await tx.value(
            MAKE, tx.tenant_id, new_id(), name, bot_id, chat_id, title, kind
        )
        if serves is None:
            await tx.execute(SERVE_REST, tx.tenant_id, workspace_id)
        else:
            await self.serve(tx, workspace_id, serves)
        return workspace_id

    async def serve(self, tx: Tx, workspace_id: UUID, channels: Sequence[UUID]) -> None:
        """Send these channels' conversations to the workspace."""
        await tx.execute(SERVE, tx.tenant_id, workspace_id, list(channels))

    async def serve_only(self, tx: Tx, channel_id: UUID) -> None:
        """A new account goes to the business's only group; with several, the owner chooses. A
        private chat counts once the owner gave it something to serve.
        """
        await tx.execute(IN_TURN, tx.tenant_id)
        await tx.execute(SERVE_ONLY, tx.tenant_id, channel_id)

    async def begin_trial(self, tx: Tx, channel_id: UUID, chat_id: str) -> str | None:
        """Return the topic of the last trial, "" without; None: no workplace, or one is on."""
        topic: str | None = await tx.value(BEGIN_TRIAL, tx.tenant_id, channel_id, chat_id)
        return topic

    async def inspected(
        self, tx: Tx, channel_id: UUID, chat_id: str, checks: Sequence[Check], topic: str | None
    ) -> None:
        """Keep what a self-test found and the topic of its trial; None leaves the old one."""
        lines = msgspec.json.encode(checks).decode()
        await tx.execute(INSPECTED, tx.tenant_id, channel_id, chat_id, lines, topic)

    async def migrated(self, tx: Tx, bot_id: UUID, old_chat: str, new_chat: str) -> None:
        """The group has a new id: everything goes there from now on."""
        if old_chat and new_chat and old_chat != new_chat:
            await tx.execute(MIGRATE, tx.tenant_id, bot_id, old_chat, new_chat)

    async def refused(self, tx: Tx, delivery: Delivery, chat_id: str, reason: Reason) -> bool:
        """A call was refused as if the bot were not there. An answer that outlived the bot's
        return is old news: its delivery goes again in its place, and this is True.
        """
        row = await tx.row(BETWEEN, tx.tenant_id, delivery.channel_id, chat_id, delivery.id)
        if row is not None and row["is_old"]:
            if row["state"] == "live":
                await self._outbox.retry(tx, [delivery.id])
            return True
        await self.lost(tx, delivery.channel_id, chat_id, reason)
        return False

    async def lost(self, tx: Tx, bot_id: UUID, chat_id: str, reason: Reason) -> None:
        """The bot cannot work in the group: messages wait, the owner is told once."""
        row = await tx.row(LOSE, tx.tenant_id, bot_id, chat_id, str(reason))
        if row is None or tx.tenant_id is None:
            return
        waiting = await tx.value(WAITING, tx.tenant_id, row["id"])
        name = row["title"] or row["name"]
        params = {"workspace": name, "reason": str(reason), "waiting": str(waiting)}
        await self._notices.tell(tx, tx.tenant_id, "workspace_lost", str(row["id"]), params)

    async def returned(self, tx: Tx, bot_id: UUID, chat_id: str) -> list[UUID]:
        """The bot is back: parked deliveries go out in their order. Returns conversations whose
        topic must be made.
        """
        row = await tx.row(RETURN, tx.tenant_id, bot_id, chat_id)
        if row is None or tx.tenant_id is None:
            return []
        failed = [found["id"] for found in await tx.fetch(FAILED_LINKS, tx.tenant_id, row["id"])]
        parked = await tx.fetch(PARKED, tx.tenant_id, row["id"], bot_id)
        replaced = [item["id"] for item in parked if _is_replaced(item, failed)]
        ids = [item["id"] for item in parked if item["id"] not in replaced]
        if ids:
            await self._outbox.retry(tx, ids)
        if replaced:  # else they are told as undelivered for ever
            await self._outbox.drop(tx, replaced)
        params = {"workspace": row["title"] or row["name"], "parked": str(len(ids))}
        await self._notices.tell(tx, tx.tenant_id, "workspace_back", str(row["id"]), params)
        return failed

    async def without_reactions(self, tx: Tx, workspace_id: UUID | None) -> None:
        """Remember that the group forbids reactions."""
        await tx.execute(
            NO_REACTIONS,
            tx.tenant_id,
            workspace_id,
        )


def _is_replaced(item: Record, failed: Sequence[UUID]) -> bool:
    """A topic that could not be made is made anew with its card; the old tries are given up."""
    return item["purpose"] in ("topic", "card", "restore") and item["conversation_id"] in failed
