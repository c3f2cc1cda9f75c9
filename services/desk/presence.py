"""Who is writing an answer at this moment, so that two colleagues do not write one buyer.

A page says so while its person types; the mark is the business's, lasts ten seconds and lies in
Redis: losing it loses nothing. Names are read from the rows when shown, of active members only.
Who types in Telegram cannot be seen: bots are not told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from uuid import UUID

from services.desk.values import Viewer
from services.kit.db import Tx
from services.kit.fleeting import Fleeting

SECONDS = 10.0
NAMES = """
SELECT u.id, u.name FROM membership m JOIN users u ON u.id = m.user_id AND u.status = 'active'
WHERE m.tenant_id = $1 AND m.status = 'active' AND u.id = ANY($2::uuid[]) ORDER BY u.name, u.id
"""

Answering = Mapping[UUID, tuple[str, ...]]
"""Conversation to the names of who writes in it."""


class Presence:
    """Marks who types, and tells colleagues."""

    def __init__(self, marks: Fleeting) -> None:
        self._marks = marks

    async def begins(self, tenant_id: UUID, conversation_id: UUID, user_id: UUID) -> None:
        """Say that this member types; to be said again while they do."""
        await self._marks.mark(str(tenant_id), _member(conversation_id, user_id), SECONDS)

    async def ends(self, tenant_id: UUID, conversation_id: UUID, user_id: UUID) -> None:
        """Say that they do not any more."""
        await self._marks.unmark(str(tenant_id), _member(conversation_id, user_id))

    async def of(self, tx: Tx, viewer: Viewer, shown: Collection[UUID]) -> Answering:
        """Return who types in these conversations, the viewer left out. The caller has made sure
        that the viewer sees them.
        """
        assert tx.tenant_id is not None  # noqa: S101 - the desk works inside one business
        marks = await self._marks.marks(str(tx.tenant_id))
        pairs = [
            (conversation, user)
            for conversation, user in _pairs(marks)
            if conversation in shown and user != viewer.user_id
        ]
        return await self._named(tx, pairs) if pairs else {}

    async def _named(self, tx: Tx, pairs: Collection[tuple[UUID, UUID]]) -> Answering:
        rows = await tx.fetch(NAMES, tx.tenant_id, sorted({user for _, user in pairs}))
        found: dict[UUID, list[str]] = defaultdict(list)
        for row in rows:
            for conversation, user in pairs:
                if user == row["id"]:
                    found[conversation].append(row["name"] or "—")
        return {conversation: tuple(names) for conversation, names in found.items()}

    async def close(self) -> None:
        """Let go of the connections."""
        await self._marks.close()


def _member(conversation_id: UUID, user_id: UUID) -> str:
    return f"{conversation_id.hex}:{user_id.hex}"


def _pairs(marks: Collection[str]) -> Iterator[tuple[UUID, UUID]]:
    for mark in marks:
        conversation, _, user = mark.partition(":")
        try:
            yield UUID(conversation), UUID(user)
        except ValueError:
            continue  # nobody of ours wrote it
