"""What both ways of an inbound message have in common: its row, and the delivery that shows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.connectors.base import Capabilities
from services.connectors.messages import Message, OutboundMessage
from services.conversations import hours, queries
from services.conversations.models import MessageState, Purpose
from services.conversations.policy import Policy
from services.conversations.queries import Place
from services.conversations.topics import TARGET, order_key
from services.inbox.models import Event
from services.outbox.models import NewDelivery


def row_of(
    caps: Capabilities, event: Event, message: Message, message_id: UUID, policy: Policy
) -> tuple[Any, ...]:
    """Return the arguments of vishenka_receive behind the tenant."""
    own = message.sender.own
    robot = message.system or message.sender.automatic
    waits = not own and not robot
    check = hours.after_work(policy.calendar, message.at, _first_look(policy)) if waits else None
    return (
        event.channel.id,
        message.chat_id,
        message.external_id,
        message_id,
        "out" if own else "in",
        "system" if robot else "app" if own else "person",
        message.sender.name[:200],
        message.media[0].kind.value if message.media else "text",
        message.text.text,
        queries.entities_json(message.text),
        message.reply_to,
        message.group_id,
        message.at,
        MessageState.SENT if own else MessageState.RECEIVED,
        "hook" if event.source == "hook" and not caps.hook_is_proof else "",
        robot,
        waits,
        check,
    )


def _first_look(policy: Policy) -> timedelta:
    return timedelta(minutes=min(policy.ladder[0], policy.target_minutes / 2))


def shown(
    place: Place, action: OutboundMessage, message_id: UUID, number: int = 0, delay: float = 0.0
) -> NewDelivery:
    """Return the delivery that shows (a piece of) the message to the members."""
    return NewDelivery(
        channel_id=place.bot_id,
        action=action,
        idempotency_key=f"bridge:{message_id}:t{number}",
        order_key=order_key(place.conversation_id),
        purpose=Purpose.TO_TOPIC,
        direction="in",
        target_kind=TARGET,
        target_id=place.workspace_id,
        ref=message_id,
        conversation_id=place.conversation_id,
        delay_seconds=delay,
    )
