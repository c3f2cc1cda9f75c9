"""Reads behind chat commands and the cabinet: who waits, what is mine, all chats, the day's
figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.conversations import hours
from services.conversations.policy import Policies
from services.kit.clock import Clock
from services.kit.connection import FOR_VALUES
from services.kit.db import Record, Tx
from services.kit.ids import id_at

PAGE = 30
COLUMNS = """c.id, c.person_name, c.subject_title, c.state, c.waiting_since, c.last_in_at,
    c.assignee_id,
    c.channel_id, ch.title AS channel_title, ch.name AS channel_name, w.chat_id, t.thread_id,
    (SELECT u.name FROM users u WHERE u.id = c.assignee_id) AS assignee_name"""
TABLES = """conversation c JOIN channel ch ON ch.tenant_id = c.tenant_id AND ch.id = c.channel_id
LEFT JOIN workspace w ON w.tenant_id = c.tenant_id AND w.id = c.workspace_id
LEFT JOIN topic_link t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND
    t.is_current"""
ACTIVE = "coalesce(greatest(c.last_in_at, c.last_out_at), c.created_at)"
"""When anybody last spoke; the index conversation_active has exactly this."""
SCOPE = "($2::uuid[] IS NULL OR c.channel_id = ANY($2::uuid[]))"
WAITING = f"""
SELECT {COLUMNS} FROM {TABLES}
WHERE c.tenant_id = $1 AND {SCOPE} AND c.state = 'waiting' AND c.waiting_since IS NOT NULL
ORDER BY c.waiting_since LIMIT $3
"""
MINE = f"""
SELECT {COLUMNS} FROM {TABLES}
WHERE c.tenant_id = $1 AND {SCOPE} AND c.assignee_id = $4 AND c.state <> 'closed'
ORDER BY c.waiting_since NULLS LAST, c.last_in_at DESC LIMIT $3
"""
CHATS = f"""
SELECT {COLUMNS} FROM {TABLES}
WHERE c.tenant_id = $1 AND {SCOPE} AND ($4::timestamptz IS NULL OR {ACTIVE} < $4)
ORDER BY {ACTIVE} DESC LIMIT $3
"""
MESSAGES = """
SELECT m.* FROM message m WHERE m.tenant_id = $1 AND m.conversation_id = $2
  AND ($3::bigint IS NULL OR m.seq < $3) ORDER BY m.seq DESC LIMIT $4
"""
FIGURES = """
SELECT count(*) FILTER (WHERE m.direction = 'in' AND NOT m.automatic) AS received,
    count(*) FILTER (WHERE m.author_kind IN ('member', 'app') AND m.visibility = 'public') AS
        answered,
    count(*) FILTER (WHERE m.state IN ('failed', 'bounced')) AS failed,
    count(DISTINCT m.conversation_id) AS conversations
FROM message m WHERE m.tenant_id = $1 AND m.id >= $3 AND m.sent_at >= $2
"""
# Ids are sorted by time: $3 is the least one of the moment $2, so only what came since is read.
FIRST = """
WITH day AS MATERIALIZED (
    SELECT m.conversation_id, m.seq, m.sent_at, m.direction, m.visibility FROM message m
    WHERE m.tenant_id = $1 AND m.id >= $3 AND m.sent_at >= $2 AND NOT m.automatic
), asked AS (
    SELECT DISTINCT ON (conversation_id) conversation_id, seq, sent_at FROM day
    WHERE direction = 'in' ORDER BY conversation_id, seq
)
SELECT DISTINCT ON (d.conversation_id) q.sent_at AS asked_at, d.sent_at AS answered_at
FROM day d JOIN asked q ON q.conversation_id = d.conversation_id AND q.seq < d.seq
WHERE d.direction = 'out' AND d.visibility = 'public' ORDER BY d.conversation_id, d.seq LIMIT 5000
"""
WAITS = (
    "FROM conversation WHERE tenant_id = $1 AND state = 'waiting' AND waiting_since IS NOT NULL"
)
NOW = f"""
SELECT (SELECT count(*) {WAITS}) AS waiting,
    (SELECT waiting_since {WAITS} ORDER BY waiting_since LIMIT 1) AS oldest,
    (SELECT count(*) FROM conversation WHERE tenant_id = $1 AND state = 'snoozed') AS snoozed
"""
SKEW = timedelta(hours=1)
"""By how much a provider's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Stats:
    """Figures since a moment. `median_minutes` of working time to the first answer, None without
    one.
    """

    received: int
    answered: int
    failed: int
    conversations: int
    waiting: int
    snoozed: int
    oldest_since: datetime | None
    median_minutes: float | None


class Journal:
    """Reads."""

    def __init__(self, clock: Clock, policies: Policies) -> None:
        self._clock = clock
        self._policies = policies

    async def waiting(
        self, tx: Tx, *, channels: list[UUID] | None = None, limit: int = PAGE
    ) -> list[Record]:
        """Return whose people wait, longest first; `channels` is a member's scope."""
        return await tx.fetch(WAITING, tx.tenant_id, channels, min(limit, 100))

    async def mine(
        self, tx: Tx, user_id: UUID, *, channels: list[UUID] | None = None, limit: int = PAGE
    ) -> list[Record]:
        """Return a member's open conversations, those that wait first."""
        return await tx.fetch(MINE, tx.tenant_id, channels, min(limit, 100), user_id)

    async def chats(
        self,
        tx: Tx,
        *,
        channels: list[UUID] | None = None,
        before: datetime | None = None,
        limit: int = PAGE,
    ) -> list[Record]:
        """Return a page of conversations, the last to write first."""
        return await tx.fetch(CHATS, tx.tenant_id, channels, min(limit, 100), before)

    async def messages(
        self, tx: Tx, conversation_id: UUID, *, before: int | None = None, limit: int = 50
    ) -> list[Record]:
        """Return a page of a conversation's messages, newest first; notes are among them."""
        return await tx.fetch(MESSAGES, tx.tenant_id, conversation_id, before, min(limit, 200))

    async def stats(self, tx: Tx, *, days: int = 1) -> Stats:
        """Return the figures of the last days."""
        since = self._clock.now() - timedelta(days=days)
        await tx.execute(FOR_VALUES)
        figures = await tx.row(FIGURES, tx.tenant_id, since, id_at(since - SKEW))
        now = await tx.row(NOW, tx.tenant_id)
        assert figures is not None  # noqa: S101 - aggregates always give a row
        assert now is not None  # noqa: S101
        return Stats(
            figures["received"],
            figures["answered"],
            figures["failed"],
            figures["conversations"],
            now["waiting"],
            now["snoozed"],
            now["oldest"],
            await self.median(tx, days=days),
        )

    async def median(self, tx: Tx, *, days: int = 1) -> float | None:
        """Return the middle of the working minutes to the first answer in the last days."""
        since = self._clock.now() - timedelta(days=days)
        policy = await self._policies.of(tx)
        await tx.execute(FOR_VALUES)
        pairs = await tx.fetch(FIRST, tx.tenant_id, since, id_at(since - SKEW))
        return median_minutes(
            [hours.worked(policy.calendar, p["asked_at"], p["answered_at"]) for p in pairs]
        )


def median_minutes(spans: list[timedelta]) -> float | None:
    """Return the middle of the spans in minutes."""
    if not spans:
        return None
    ordered = sorted(spans)
    middle = len(ordered) // 2
    pair = ordered[middle - (len(ordered) % 2 == 0) : middle + 1]
    return sum(span.total_seconds() for span in pair) / len(pair) / 60
