"""What goes to the other side: the deliveries of a member's words. A part of an album waits a
moment for the others, so that they travel together where the channel can.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.connectors.base import Capabilities
from services.connectors.messages import Address, Media, OutboundMessage, Text
from services.conversations import carrying
from services.conversations.models import Purpose
from services.conversations.topics import order_key
from services.conversations.values import Post
from services.kit.db import Record, Tx
from services.outbox.models import NewDelivery

ALBUM = "album"
"""Target kind of an album's parts: they are joined just before the call."""
ALBUM_SECONDS = 0.7


@dataclass(frozen=True, slots=True)
class Words:
    """What is to be stored and sent. `spot`: the original's place in the members' chat, empty for
    the cabinet.
    """

    id: UUID
    author_id: UUID | None
    author_name: str
    text: Text
    media: tuple[Media, ...]
    at: datetime
    bot_id: UUID | None = None
    chat_id: str = ""
    message_id: str = ""
    group_id: str = ""
    reply_id: UUID | None = None
    reply_to: str = ""


class Outgoing:
    """Queues."""

    def __init__(self, outbox: Post) -> None:
        self._outbox = outbox

    def send(
        self, tx: Tx, row: Record, words: Words, caps: Capabilities, *, part: str = ""
    ) -> None:
        """Queue the message in the pieces its channel needs. `part`: which later part of the
        album this is.
        """
        key = f"bridge:{words.id}" + (f":g{part}" if part else "")
        in_album = bool(words.group_id)
        for number, piece in enumerate(carrying.pieces(words.text, words.media, caps)):
            is_first = number == 0 and not part
            action = OutboundMessage(
                to=Address(chat_id=row["external_chat_id"]),
                text=piece.text,
                media=piece.media,
                reply_to=words.reply_to if caps.reply_to and is_first else "",
            )
            self._outbox.add(
                tx,
                NewDelivery(
                    channel_id=row["channel_id"],
                    action=action,
                    idempotency_key=key + (f":{number}" if number else ""),
                    order_key=order_key(row["id"]),
                    purpose=Purpose.TO_BUYER,
                    target_kind=ALBUM if in_album else "",
                    target_id=words.id if in_album else None,
                    ref=words.id,
                    conversation_id=row["id"],
                    delay_seconds=ALBUM_SECONDS if in_album else 0.0,
                ),
            )
