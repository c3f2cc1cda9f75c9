"""Statements of the bridge that several of its parts use; each part keeps its own beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from services.connectors.messages import Entity, Text
from services.kit.db import Record, Tx

RECEIVE = """
SELECT * FROM vishenka_receive($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12, $13,
    $14, $15, $16, $17, $18, $19)
"""

PLACE = """
SELECT c.id AS conversation_id, c.channel_id, c.person_name, c.subject_title, c.state,
    c.created_at, c.described_at,
    w.id AS workspace_id, w.channel_id AS bot_channel_id, b.provider AS bot_provider, w.chat_id,
    w.kind AS workspace_kind,
    w.state AS workspace_state, w.state_reason AS workspace_reason, t.id AS link_id, t.state AS
    link_state,
    t.thread_id, t.card_id, t.card_has_photo
FROM conversation c
LEFT JOIN workspace w ON w.tenant_id = c.tenant_id AND w.id = c.workspace_id
LEFT JOIN channel b ON b.tenant_id = c.tenant_id AND b.id = w.channel_id
LEFT JOIN topic_link t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.id AND t.is_current
WHERE c.tenant_id = $1 AND c.id = $2
"""

MESSAGE = """
SELECT m.*, c.provider, c.title AS channel_title, c.name AS channel_name FROM message m
JOIN channel c ON c.tenant_id = m.tenant_id AND c.id = m.channel_id
WHERE m.tenant_id = $1 AND m.id = $2
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation lives on the members' side. `thread_id` "" until its topic exists."""

    conversation_id: UUID
    bot_id: UUID
    provider: str
    chat_id: str
    thread_id: str
    link_state: str
    workspace_id: UUID
    workspace_state: str
    workspace_kind: str = "forum"

    @property
    def live(self) -> bool:
        """Say whether a message can go there at once."""
        return self.link_state == "live" and self.workspace_state == "live"


def place_of(row: Record) -> Place | None:
    """Return the place a row describes, None when the conversation has no workspace."""
    if row["workspace_id"] is None or row["link_state"] is None:
        return None
    live = row["link_state"] in ("live", "restoring", "closed")
    return Place(
        row["conversation_id"],
        row["bot_channel_id"],
        row["bot_provider"],
        row["chat_id"],
        row["thread_id"] if live else "",
        row["link_state"],
        row["workspace_id"],
        row["workspace_state"],
        row["workspace_kind"],
    )


async def place(tx: Tx, conversation_id: UUID) -> Place | None:
    """Return where a conversation lives, or None."""
    row = await tx.row(PLACE, tx.tenant_id, conversation_id)
    return place_of(row) if row is not None else None


async def message(tx: Tx, message_id: UUID) -> Record | None:
    """Return a message with its channel."""
    return await tx.row(MESSAGE, tx.tenant_id, message_id)


def entities_json(text: Text) -> str:
    """Return formatting as jsonb text."""
    return orjson.dumps([[e.kind, e.offset, e.length, e.url] for e in text.entities]).decode()


def text_of(row: Record) -> Text:
    """Return a stored message's text with its formatting."""
    entities = tuple(
        Entity(kind=kind, offset=offset, length=length, url=url)
        for kind, offset, length, url in orjson.loads(row["entities"])
    )
    return Text(text=row["text"], entities=entities)


def newest(*times: datetime | None) -> datetime | None:
    """Return the latest of the times that are known."""
    return max((at for at in times if at is not None), default=None)
