"""Where a person finds what a notice speaks of: in Telegram a topic or a group, in the cabinet a
page.
"""

from __future__ import annotations

from uuid import UUID

from services.incidents.rules import OF_CHANNELS
from services.kit.db import Record, Tx
from services.kit.deeplinks import Page, Spot
from services.tenants.doors import Doors

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

KIND = "SELECT kind FROM channel WHERE tenant_id = $1 AND id = $2 AND status <> 'removed'"
PAGES = {"client": Page.BOTS, "account": Page.ACCOUNTS}


class Addresses:
    """Answers the notices (`services.notices.ports.Subjects`)."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

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

    async def page(self, tx: Tx, tenant_id: UUID, rule: str, subject: str) -> str:
        """Return the address that opens the thing in the cabinet, "" for what is not there."""
        spot = await self._spot(tx, tenant_id, rule, subject) if self._doors.are_open else None
        return self._doors.private(spot) if spot is not None else ""

    async def _spot(self, tx: Tx, tenant_id: UUID, rule: str, subject: str) -> Spot | None:
        if rule in STUCK_STATES:
            return Spot(Page.UNDELIVERED)
        named = _id(subject)
        if named is None:
            return None
        if rule in OF_CHANNELS:
            page = PAGES.get(await tx.value(KIND, tenant_id, named))
            return Spot(page, named) if page is not None else None
        pages = {"unanswered": Page.DIALOGS, "workspace_unreachable": Page.GROUPS}
        return Spot(pages[rule], named) if rule in pages else None

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
