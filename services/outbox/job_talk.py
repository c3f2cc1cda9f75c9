"""Writes what a job of `channels` says: a first message at once, its answer as an edit of it.

The answer waits behind the first message (one order key), so by its call the id to edit is known;
when the first message never arrived, the answer is a message of its own.
"""

from __future__ import annotations

from uuid import UUID

from services.channels.jobs import Said, Where
from services.connectors.messages import Address, Edit, Entity, OutboundMessage, Text
from services.kit.db import Tx
from services.outbox.models import Class, Delivery, Go, Hold, NewDelivery, Stop
from services.outbox.service import Outbox

TARGET = "job"
PURPOSE = "job"
FIRST = "SELECT external_id FROM delivery WHERE tenant_id = $1 AND idempotency_key = $2"


class OutboxTalk:
    """The way from jobs to chats."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        outbox.resolver(TARGET, self._address)

    def asked(self, tx: Tx, where: Where, job_id: UUID, said: Said) -> None:
        """Say that it is being worked on."""
        self._outbox.add(tx, _delivery(where, job_id, said, "asked"))

    def answered(self, tx: Tx, where: Where, job_id: UUID, said: Said) -> None:
        """Say what came of it."""
        self._outbox.add(tx, _delivery(where, job_id, said, "answered", target_kind=TARGET))

    async def _address(self, tx: Tx, delivery: Delivery) -> Go | Hold | Stop:
        action = delivery.action
        first = await tx.value(FIRST, delivery.tenant_id, _key(delivery.ref, "asked"))
        if not first or not isinstance(action, OutboundMessage):
            return Go(action)
        edit = Edit(to=action.to, external_id=first, text=action.text, buttons=action.buttons)
        return Go(edit)


def _delivery(
    where: Where, job_id: UUID, said: Said, part: str, *, target_kind: str = ""
) -> NewDelivery:
    head = said.text.split("\n", 1)[0]
    bold = (Entity(kind="bold", offset=0, length=len(head)),) if head else ()
    return NewDelivery(
        channel_id=where.channel_id,
        action=OutboundMessage(
            to=Address(chat_id=where.chat_id),
            text=Text(text=said.text, entities=bold),
            buttons=said.buttons,
        ),
        idempotency_key=_key(job_id, part),
        order_key=f"bot:{where.chat_id}:",
        purpose=PURPOSE,
        cls=Class.SERVICE,
        target_kind=target_kind,
        ref=job_id,
    )


def _key(job_id: object, part: str) -> str:
    return f"job:{job_id}:{part}"
