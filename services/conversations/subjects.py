"""What a chat is about, learnt after its first message: the conversation, its card and its title
follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.connectors.messages import Subject
from services.conversations import queries
from services.conversations.redraw import Redraw
from services.conversations.rules import web_link
from services.conversations.titles import Titles
from services.conversations.topics import order_key
from services.conversations.values import Post
from services.kit.db import Tx

UPDATE = """
UPDATE conversation SET described_at = now(), updated_at = now(),
    person_id = coalesce(nullif(person_id, ''), $4), person_name = coalesce(nullif($5, ''),
        person_name),
    subject_id = coalesce(nullif($6, ''), subject_id), subject_title = coalesce(nullif($7, ''),
        subject_title),
    subject_price = coalesce(nullif($8, ''), subject_price), subject_url = coalesce(nullif($9,
        ''), subject_url),
    subject_image_ref = coalesce(nullif($10, ''), subject_image_ref)
WHERE tenant_id = $1 AND channel_id = $2 AND external_chat_id = $3 RETURNING id, contact_id
"""
NAME = """
UPDATE contact SET name = $3, updated_at = now() WHERE tenant_id = $1 AND id = $2 AND name = ''
"""


@dataclass(frozen=True, slots=True)
class Described:
    """What a provider says about a chat; empty where it says nothing."""

    subject: Subject | None = None
    person_id: str = ""
    person_name: str = ""


class Subjects:
    """Learns."""

    def __init__(self, outbox: Post, redraw: Redraw, titles: Titles) -> None:
        self._outbox = outbox
        self._redraw = redraw
        self._titles = titles

    async def describe(self, tx: Tx, channel_id: UUID, chat_id: str, found: Described) -> bool:
        """Store it; False for a chat nobody knows. A topic not made yet is made with the right
        name at once.
        """
        subject = found.subject or Subject(external_id="")
        row = await tx.row(
            UPDATE,
            tx.tenant_id,
            channel_id,
            chat_id,
            found.person_id[:100],
            found.person_name[:200],
            subject.external_id[:100],
            subject.title[:300],
            subject.price[:100],
            web_link(subject.url),
            subject.image_ref[:1000],
        )
        if row is None:
            return False
        if found.person_name:
            await tx.execute(NAME, tx.tenant_id, row["contact_id"], found.person_name[:200])
        place = await tx.row(queries.PLACE, tx.tenant_id, row["id"])
        if place is None or place["workspace_id"] is None:
            return True
        self._outbox.wake(tx, place["bot_channel_id"], order_key(row["id"]))
        if place["card_id"]:
            await self._redraw.at(tx, place)
        if place["thread_id"]:
            await self._titles.refresh(tx, row["id"])
        return True
