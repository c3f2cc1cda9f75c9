"""Topic titles as the board of who waits: one edit a minute per topic, three per group, the
newest wins.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.connectors.messages import Address, TopicEdit
from services.conversations import hours, rules, words
from services.conversations.models import ConversationState, LinkState, Purpose
from services.conversations.policy import Policies, Policy
from services.conversations.topics import TARGET
from services.conversations.values import Post
from services.kit.clock import Clock
from services.kit.db import Record, Tx
from services.kit.ids import new_id
from services.outbox.models import Class, NewDelivery

FIND = """
SELECT c.id, c.state, c.person_name, c.subject_title, c.waiting_since, c.title_shown, c.title_at,
    c.workspace_id,
    w.channel_id AS bot_id, w.chat_id, w.kind, w.state AS workspace_state, t.thread_id, t.state
    AS link_state
FROM conversation c
JOIN workspace w ON w.tenant_id = c.tenant_id AND w.id = c.workspace_id
JOIN topic_link t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.is_current
WHERE c.tenant_id = $1 AND c.id = $2
"""
OTHERS = """
SELECT title_at FROM conversation
WHERE tenant_id = $1 AND workspace_id = $2 AND id <> $3 AND title_at > $4::timestamptz - interval
    '60 seconds'
"""
TAKE = "UPDATE conversation SET title_shown = $3, title_at = $4 WHERE tenant_id = $1 AND id = $2"


class Titles:
    """Renames topics, sparingly."""

    def __init__(self, outbox: Post, clock: Clock, policies: Policies) -> None:
        self._outbox = outbox
        self._clock = clock
        self._policies = policies

    async def refresh(self, tx: Tx, conversation_id: UUID) -> None:
        """Queue a new title when the shown one is no longer true."""
        row = await tx.row(FIND, tx.tenant_id, conversation_id)
        if row is None or row["kind"] != "forum" or row["workspace_state"] != "live":
            return
        policy = await self._policies.of(tx)
        now = self._clock.now()
        wanted = rules.title(
            words.ICONS[status(row, policy, now)], row["person_name"], row["subject_title"]
        )
        shown = row["title_shown"] or rules.title(
            words.ICONS["answered"], row["person_name"], row["subject_title"]
        )
        if wanted == shown or row["link_state"] != LinkState.LIVE:
            return
        taken = await tx.fetch(OTHERS, tx.tenant_id, row["workspace_id"], conversation_id, now)
        slot = rules.title_slot(now, row["title_at"], [other["title_at"] for other in taken])
        await tx.execute(TAKE, tx.tenant_id, conversation_id, wanted, slot)
        self._queue(tx, row, wanted, (slot - now).total_seconds())

    def _queue(self, tx: Tx, row: Record, wanted: str, delay: float) -> None:
        key = f"title:{row['id']}"
        to = Address(chat_id=row["chat_id"], thread_id=row["thread_id"])
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=row["bot_id"],
                action=TopicEdit(to=to, name=wanted),
                idempotency_key=f"{key}:{new_id()}",
                order_key=key,
                purpose=Purpose.TITLE,
                cls=Class.COSMETIC,
                direction="in",
                target_kind=TARGET,
                target_id=row["workspace_id"],
                conversation_id=row["id"],
                coalesce_key=key,
                delay_seconds=max(delay, 0.0),
            ),
        )


def status(row: Record, policy: Policy, now: datetime) -> str:
    """Return which mark a conversation's title bears: answered, soon, overdue, snoozed, away."""
    if row["state"] == ConversationState.SNOOZED:
        return "snoozed"
    since = row["waiting_since"]
    if row["state"] != ConversationState.WAITING or since is None:
        return "answered"
    return clock_status(policy, since, now)


def clock_status(policy: Policy, since: datetime, now: datetime) -> str:
    """Return how long somebody has waited, as a mark. Outside hours the clock stands."""
    target = timedelta(minutes=policy.target_minutes)
    if policy.calendar.always:
        return _rung(now - since, target)
    if not hours.is_open(policy.calendar, now):
        return "away"
    return _rung(hours.worked(policy.calendar, since, now), target)


def _rung(waited: timedelta, target: timedelta) -> str:
    if waited >= target:
        return "overdue"
    return "soon" if waited >= target / 2 else "answered"
