"""Whose words may leave: active owners and managers within their scope. Others are told so, in
the topic. What they press there is kept in the audit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import orjson

from services.audit.service import Audit, Object
from services.connectors.messages import Button, Text
from services.conversations.callbacks import data
from services.conversations.policy import Policy
from services.conversations.replies import Replies, spot_of
from services.conversations.values import Author, ManagerMessage
from services.kit.db import Record, Tx
from services.kit.i18n import t
from services.kit.ids import new_id

ROLES = frozenset({"owner", "manager"})
FIND = """
SELECT u.id, u.name, m.role, m.status, m.scope FROM users u JOIN membership m ON m.user_id = u.id
WHERE m.tenant_id = $1 AND u.telegram_user_id = $2
"""
TEAM = """
SELECT u.id, u.name, u.username, u.telegram_user_id, u.settings, u.zone, m.role, m.scope FROM
    membership m
JOIN users u ON u.id = m.user_id
WHERE m.tenant_id = $1 AND m.status = 'active' AND m.role IN ('owner', 'manager') ORDER BY
    u.name, u.id
"""
HIRE = """
WITH known AS (INSERT INTO users (id, telegram_user_id, name) VALUES ($2, $3, $4)
    ON CONFLICT (telegram_user_id) DO UPDATE SET updated_at = now() RETURNING id)
INSERT INTO membership (tenant_id, id, user_id, role) SELECT $1, $5, known.id, 'manager' FROM known
ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = CASE WHEN membership.role = 'owner' THEN
    'owner' ELSE 'manager' END,
    status = 'active', updated_at = now()
RETURNING user_id
"""


@dataclass(frozen=True, slots=True)
class _Member:
    """Who acts, in the audit's words."""

    id: UUID
    kind: str = "member"


class Members:
    """The tenant's people as the bridge sees them."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._audit: Audit | None = None

    def tell(self, audit: Audit) -> None:
        """Let the audit know what members press; once, at the wiring."""
        self._audit = audit

    async def note(self, tx: Tx, member: Record, act: str, objects: Iterable[Object]) -> None:
        """Keep what a member did."""
        for thing in objects if self._audit is not None else ():
            assert self._audit is not None  # noqa: S101 - looked at above
            await self._audit.record(tx, _Member(member["id"]), act, thing)

    def may(
        self, tx: Tx, author: Author, message: ManagerMessage, row: Record, policy: Policy
    ) -> bool:
        """Say whether this message may be relayed; if not, say why where everybody sees it."""
        if not author.is_person:
            self._refuse(tx, message, policy, "bridge.refused.anonymous")
            return False
        if row["role"] not in ROLES or row["member_status"] != "active":
            hire = data("hire", row["id"], str(author.telegram_user_id))
            button = Button(text=t(policy.locale, "bridge.button.hire"), callback=hire)
            key = "bridge.refused.stranger"
            text = Text(
                text=t(policy.locale, key, name=author.name or str(author.telegram_user_id))
            )
            self._replies.reply(tx, spot_of(message), "stranger", text, ((button,),))
            return False
        if not in_scope(row["scope"], row["channel_id"]):
            self._refuse(tx, message, policy, "bridge.refused.scope")
            return False
        return True

    def _refuse(self, tx: Tx, message: ManagerMessage, policy: Policy, key: str) -> None:
        self._replies.reply(tx, spot_of(message), key, Text(text=t(policy.locale, key)))

    async def find(self, tx: Tx, author: Author) -> Record | None:
        """Return the active member who may answer, or None."""
        row = await tx.row(FIND, tx.tenant_id, author.telegram_user_id)
        return row if row and row["status"] == "active" and row["role"] in ROLES else None

    async def team(self, tx: Tx) -> list[Record]:
        """Return everybody who may answer."""
        return await tx.fetch(TEAM, tx.tenant_id)

    async def hire(self, tx: Tx, telegram_user_id: int, name: str) -> UUID:
        """Make a person a manager and return who they are; safe to repeat, an owner stays an
        owner.
        """
        found: UUID = await tx.value(
            HIRE, tx.tenant_id, new_id(), telegram_user_id, name[:200], new_id()
        )
        return found


def in_scope(scope: str | None, channel_id: UUID) -> bool:
    """Say whether a membership's scope covers the channel; none means all."""
    wanted = orjson.loads(scope or "{}").get("channels")
    return not isinstance(wanted, list) or not wanted or str(channel_id) in wanted
