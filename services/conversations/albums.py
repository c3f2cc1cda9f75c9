"""A member's album: several messages of Telegram, one message of ours with one mark.

Its first part is the message. The later ones are further deliveries of it and links to it, so that
a reply to any of them means the whole. A channel with albums gets them in one call; elsewhere they
go one by one, in order.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.connectors.base import Capabilities
from services.connectors.errors import Reason
from services.connectors.messages import OutboundMessage
from services.conversations.merging import Merging
from services.conversations.outgoing import Outgoing, Words
from services.conversations.values import ManagerMessage
from services.kit.db import Record, Tx
from services.outbox.models import Delivery, Go, State, Stop

HEAD = """
SELECT id FROM message
WHERE tenant_id = $1 AND bot_channel_id = $2 AND bot_chat_id = $3::text AND group_id = $4
  AND group_id <> '' AND bot_chat_id <> '' AND conversation_id = $5 AND state = 'queued'
  AND visibility = 'public' AND bot_message_id <> $6::text
ORDER BY seq LIMIT 1
"""
JOIN = """
INSERT INTO message_link (tenant_id, message_id, side, ordinal, channel_id, chat_id, remote_id)
SELECT $1, $2, 'topic', coalesce((SELECT max(o.ordinal) FROM message_link o
        WHERE o.tenant_id = $1 AND o.message_id = $2 AND o.side = 'topic'), 0) + 1,
    $3, $4::text, $5::text
WHERE NOT EXISTS (SELECT FROM message_link k WHERE k.tenant_id = $1 AND k.channel_id = $3
        AND k.chat_id = $4::text AND k.remote_id = $5::text)
  AND NOT EXISTS (SELECT FROM message m WHERE m.tenant_id = $1 AND m.bot_channel_id = $3
        AND m.bot_chat_id = $4::text AND m.bot_message_id = $5::text)
RETURNING message_id
"""


NOTED = """
SELECT 1 FROM message
WHERE tenant_id = $1 AND bot_channel_id = $2 AND bot_chat_id = $3 AND group_id = $4
  AND group_id <> '' AND bot_chat_id <> '' AND visibility = 'note' LIMIT 1
"""
INTO_NOTE = """
UPDATE message SET visibility = 'note', state = 'noted'
WHERE tenant_id = $1 AND bot_channel_id = $2 AND bot_chat_id = $3 AND group_id = $4
  AND group_id <> '' AND bot_chat_id <> '' AND visibility = 'public' AND state = 'queued'
"""
IS_NOTE = "SELECT 1 FROM message WHERE tenant_id = $1 AND id = $2 AND visibility = 'note'"
KNOWN = """
SELECT 1 FROM message_link
WHERE tenant_id = $1 AND channel_id = $2 AND chat_id = $3 AND remote_id = $4 AND side = 'topic'
"""


class Albums:
    """Joins parts of albums."""

    def __init__(self, outgoing: Outgoing, merging: Merging) -> None:
        self._outgoing = outgoing
        self._merging = merging

    async def join(self, tx: Tx, row: Record, words: Words, caps: Capabilities) -> bool | None:
        """Make this a later part of an album that waits to be sent. False: it is one already;
        None: it is the first of its album.
        """
        if not words.group_id:
            return None
        place = (words.bot_id, words.chat_id, words.message_id)
        if await tx.value(KNOWN, tx.tenant_id, *place) is not None:
            return False
        head = await self._head(tx, row, words)
        if head is None:
            return None
        if await tx.value(JOIN, tx.tenant_id, head, *place) is None:
            return False
        part = replace(words, id=head)
        self._outgoing.send(tx, row, part, caps, part=words.message_id)
        return True

    async def _head(self, tx: Tx, row: Record, words: Words) -> UUID | None:
        place = (words.bot_id, words.chat_id, words.group_id, row["id"], words.message_id)
        found: UUID | None = await tx.value(HEAD, tx.tenant_id, *place)
        return found

    async def is_note(self, tx: Tx, message: ManagerMessage) -> bool:
        """Say whether another part made this album a note."""
        if not message.group_id:
            return False
        place = (message.bot.id, message.chat_id, message.group_id)
        return await tx.value(NOTED, tx.tenant_id, *place) is not None

    async def into_note(self, tx: Tx, message: ManagerMessage) -> None:
        """A part says that the album is a note: what of it still waits to be sent stays here."""
        if message.group_id:
            place = (message.bot.id, message.chat_id, message.group_id)
            await tx.execute(INTO_NOTE, tx.tenant_id, *place)

    async def resolve(self, tx: Tx, delivery: Delivery) -> Go | Stop:
        """Say what goes in this call: the part and those right behind it, as far as the channel
        carries them together. What became a note meanwhile does not go.
        """
        action = delivery.action
        if await tx.value(IS_NOTE, tx.tenant_id, delivery.ref) is not None:
            return Stop(State.SKIPPED, Reason.DROPPED)
        if isinstance(action, OutboundMessage) and action.media:
            return Go(await self._merging.album(tx, delivery, action))
        return Go(action)
