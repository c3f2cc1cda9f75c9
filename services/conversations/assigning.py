"""Who leads a conversation: taken, taken over, given. The card says so, in the group everybody
sees it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.connectors.messages import Text
from services.conversations import queries
from services.conversations.members import Members, in_scope
from services.conversations.policy import Policies
from services.conversations.redraw import Redraw
from services.conversations.replies import Topic, topic_notice
from services.conversations.titles import Titles
from services.conversations.values import Author, Post
from services.kit.clock import Clock
from services.kit.db import Record, Tx
from services.kit.i18n import t

ASSIGN = """
UPDATE conversation SET assignee_id = $3, assigned_at = $4, updated_at = now(),
    row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2 AND assignee_id IS DISTINCT FROM $3
"""
TAKE = """
UPDATE conversation SET assignee_id = $3, assigned_at = $4, updated_at = now(),
    row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2 AND ($5::timestamptz IS NULL OR state NOT IN ('closed', 'spam'))
  AND (assignee_id IS NULL OR (waiting_since IS NOT NULL AND assignee_id <> $3
       AND coalesce(assigned_at, '-infinity') <= $5::timestamptz))
"""
"""Somebody else's only if they were called in vain: theirs before $5, and still waiting."""
STANDING = """
SELECT c.state, c.channel_id, c.assignee_id, coalesce(u.name, '') AS name
FROM conversation c LEFT JOIN users u ON u.id = c.assignee_id
WHERE c.tenant_id = $1 AND c.id = $2
"""
OVER = frozenset({"closed", "spam"})


class Outcome(StrEnum):
    """What a press of "I take it" came to."""

    MINE = "mine"
    HELD = "held"
    OVER = "over"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome and the name of who leads the conversation now."""

    outcome: Outcome
    name: str = ""


class Assigning:
    """Assigns. Everything may be asked twice."""

    def __init__(
        self,
        outbox: Post,
        clock: Clock,
        policies: Policies,
        members: Members,
        *,
        redraw: Redraw,
        titles: Titles,
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._policies = policies
        self._members = members
        self._redraw = redraw
        self._titles = titles

    async def take(self, tx: Tx, conversation_id: UUID, user_id: UUID) -> Taken:
        """Assign to oneself what nobody leads."""
        return await self._take(tx, conversation_id, user_id, None)

    async def take_over(
        self, tx: Tx, author: Author, conversation_id: UUID, told_at: datetime
    ) -> Taken:
        """Take what a private alert of `told_at` speaks of: an owner takes it from whoever was
        called and did not answer too. The group is told, its people were called.
        """
        member = await self._members.find(tx, author)
        row = await tx.row(STANDING, tx.tenant_id, conversation_id)
        if member is None or row is None or not in_scope(member["scope"], row["channel_id"]):
            return Taken(Outcome.UNKNOWN)
        moment = told_at if member["role"] == "owner" else None
        if row["state"] in OVER:
            return Taken(Outcome.OVER)
        before = row["assignee_id"]
        taken = await self._take(tx, conversation_id, member["id"], moment)
        if taken.outcome is Outcome.MINE and before != member["id"]:
            await self._tell_group(tx, conversation_id, taken.name)
        return taken

    async def _take(
        self, tx: Tx, conversation_id: UUID, user_id: UUID, told_at: datetime | None
    ) -> Taken:
        now = self._clock.now()
        changed = await tx.execute(TAKE, tx.tenant_id, conversation_id, user_id, now, told_at)
        row = await tx.row(STANDING, tx.tenant_id, conversation_id)
        if row is None:
            return Taken(Outcome.UNKNOWN)
        if changed:
            await self.show(tx, conversation_id)
        if row["assignee_id"] == user_id:
            return Taken(Outcome.MINE, row["name"])
        return Taken(Outcome.HELD if row["assignee_id"] else Outcome.OVER, row["name"])

    async def assign(self, tx: Tx, conversation_id: UUID, user_id: UUID | None) -> bool:
        """Assign; False when nothing changed."""
        now = self._clock.now()
        changed = bool(await tx.execute(ASSIGN, tx.tenant_id, conversation_id, user_id, now))
        if changed:
            await self.show(tx, conversation_id)
        return changed

    async def show(self, tx: Tx, conversation_id: UUID) -> None:
        """Draw card and title anew: they say who leads and how it stands."""
        await self._redraw.card(tx, conversation_id)
        await self._titles.refresh(tx, conversation_id)

    async def _tell_group(self, tx: Tx, conversation_id: UUID, name: str) -> None:
        place = await tx.row(queries.PLACE, tx.tenant_id, conversation_id)
        if place is None or place["workspace_id"] is None:
            return
        policy = await self._policies.of(tx)
        self._say(tx, place, Text(text=t(policy.locale, "bridge.taken_in_private", name=name)))

    def _say(self, tx: Tx, place: Record, text: Text) -> None:
        moment = int(self._clock.now().timestamp())
        topic = Topic(
            bot_id=place["bot_channel_id"],
            workspace_id=place["workspace_id"],
            conversation_id=place["conversation_id"],
            chat_id=place["chat_id"],
            thread_id=place["thread_id"] or "",
        )
        key = f"taken:{topic.conversation_id}:{moment}"
        self._outbox.add(tx, topic_notice(topic, key, text))
