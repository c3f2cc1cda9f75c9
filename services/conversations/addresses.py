"""Where in Telegram a person finds what a notice speaks of: a topic, a group."""

from __future__ import annotations

from uuid import UUID

from services.kit.db import Record, Tx

TOPIC = """
SELECT w.chat_id, w.kind, coalesce(t.thread_id, '') AS thread_id
FROM conversation c
JOIN workspace w ON w.tenant_id = c.tenant_id AND w.id = c.workspace_id AND w.state = 'live'
LEFT JOIN topic_link t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.is_current
WHERE c.tenant_id = $1 AND c.id = $2
"""
GROUP = """
SELECT chat_id, kind, '' AS thread_id FROM workspace WHERE tenant_id = $1 AND id = $2
"""
STUCK = """
SELECT d.conversation_id FROM delivery_stuck s
JOIN delivery d ON d.tenant_id = s.tenant_id AND d.id = s.delivery_id
WHERE s.tenant_id = $1 AND s.state = $2 AND s.class < 3 AND d.conversation_id IS NOT NULL
ORDER BY s.at DESC LIMIT 1
"""
STUCK_STATES = {"parked_deliveries": "parked", "outcome_unknown": "unknown"}
WAITS = """
SELECT 1 FROM conversation
WHERE tenant_id = $1 AND id = $2 AND state = 'waiting' AND waiting_since IS NOT NULL
"""
GROUP_PREFIX = "-100"


class Addresses:
    """Answers the notices (`services.notices.ports.Subjects`)."""

    async def link(self, tx: Tx, tenant_id: UUID, rule: str, subject: str) -> str:
        """Return the address of the topic or group, "" for what lives elsewhere."""
        if rule in STUCK_STATES:
            stuck = await tx.value(STUCK, tenant_id, STUCK_STATES[rule])
            return await self._of(tx, TOPIC, tenant_id, stuck)
        if rule == "unanswered":
            return await self._of(tx, TOPIC, tenant_id, _id(subject))
        if rule == "workspace_unreachable":
            return await self._of(tx, GROUP, tenant_id, _id(subject))
        return ""

    async def stands(self, tx: Tx, tenant_id: UUID, rule: str, subject: str) -> bool:
        """Say whether a held note still tells news: somebody who waits may have been answered."""
        if rule != "unanswered":
            return True
        return await tx.value(WAITS, tenant_id, _id(subject)) is not None

    async def _of(self, tx: Tx, sql: str, tenant_id: UUID, found: UUID | None) -> str:
        row: Record | None = await tx.row(sql, tenant_id, found) if found is not None else None
        return topic_url(row["chat_id"], row["thread_id"]) if row is not None else ""


def topic_url(chat_id: str, thread_id: str) -> str:
    """Return the address members of a group can open; "" for a chat that has none."""
    number = chat_id.removeprefix(GROUP_PREFIX)
    if number == chat_id or not number.isdigit():
        return ""
    return f"https://t.me/c/{number}/{thread_id or 1}"


def _id(subject: str) -> UUID | None:
    try:
        return UUID(subject)
    except ValueError:
        return None
