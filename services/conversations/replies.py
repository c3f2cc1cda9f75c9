"""Words to the members: beside their own message (refusals, questions with buttons, answers to
presses), and lines of ours in a conversation's topic.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.connectors.messages import (
    Address,
    Answer,
    Edit,
    Keyboard,
    Outbound,
    OutboundMessage,
    Text,
)
from services.conversations.models import Purpose
from services.conversations.topics import TARGET, order_key
from services.conversations.values import ManagerMessage, Post, Press
from services.kit.db import Tx
from services.kit.ids import new_id
from services.outbox.models import Class, NewDelivery


@dataclass(frozen=True, slots=True)
class Spot:
    """A message in the members' chat that words refer to."""

    bot_id: UUID
    chat_id: str
    thread_id: str
    message_id: str


def spot_of(message: ManagerMessage | Press) -> Spot:
    """Return where a message or a button stands."""
    return Spot(message.bot.id, message.chat_id, message.thread_id, message.message_id)


class Replies:
    """Says things."""

    def __init__(self, outbox: Post) -> None:
        self._outbox = outbox

    def reply(self, tx: Tx, spot: Spot, key: str, text: Text, buttons: Keyboard = ()) -> None:
        """Reply to the message; the same key says it once."""
        to = Address(chat_id=spot.chat_id, thread_id=spot.thread_id)
        action = OutboundMessage(
            to=to, text=text, buttons=buttons, reply_to=spot.message_id, silent=True
        )
        self._add(tx, spot, action, f"bridge:reply:{spot.chat_id}:{spot.message_id}:{key}")

    def edit(self, tx: Tx, spot: Spot, text: Text, buttons: Keyboard = ()) -> None:
        """Replace one of our own messages (the one a button was pressed on)."""
        to = Address(chat_id=spot.chat_id, thread_id=spot.thread_id)
        action = Edit(to=to, external_id=spot.message_id, text=text, buttons=buttons)
        self._add(tx, spot, action, f"bridge:edit:{new_id()}")

    def answer(self, tx: Tx, press: Press, text: str = "", *, alert: bool = False) -> None:
        """Answer a press, in its short life."""
        action = Answer(callback_id=press.callback_id, text=text, alert=alert)
        self._add(tx, spot_of(press), action, f"bridge:answer:{press.callback_id}")

    def _add(self, tx: Tx, spot: Spot, action: Outbound, key: str) -> None:
        self._outbox.add(
            tx,
            NewDelivery(
                channel_id=spot.bot_id,
                action=action,
                idempotency_key=key[:200],
                order_key=f"s:{spot.chat_id}:{spot.message_id}",
                purpose=Purpose.NOTICE,
                cls=Class.SERVICE,
                direction="in",
            ),
        )


@dataclass(frozen=True, slots=True)
class Topic:
    """A conversation's place in the members' chat; `thread_id` "" lets the resolver find it."""

    bot_id: UUID
    workspace_id: UUID
    conversation_id: UUID
    chat_id: str
    thread_id: str


def topic_notice(topic: Topic, key: str, text: Text, *, silent: bool = True) -> NewDelivery:
    """Return a line for the team in a conversation's topic; the same key says it once."""
    to = Address(chat_id=topic.chat_id, thread_id=topic.thread_id)
    return NewDelivery(
        channel_id=topic.bot_id,
        action=OutboundMessage(to=to, text=text, silent=silent),
        idempotency_key=f"bridge:{key}"[:200],
        order_key=order_key(topic.conversation_id),
        purpose=Purpose.NOTICE,
        cls=Class.SERVICE,
        direction="in",
        target_kind=TARGET,
        target_id=topic.workspace_id,
        conversation_id=topic.conversation_id,
    )
