"""Delivery states and classes, what features hand in, and what they hear back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from services.connectors.base import Cost, Sent
from services.connectors.errors import ConnectorError, Reason
from services.connectors.messages import Outbound
from services.kit.db import Tx
from services.kit.ids import new_id

CLAIMED = "outbox.claimed"
"""In a claim's `tx.extra`: the conversations of its deliveries, for resolvers that look them up
together.
"""


class Class(IntEnum):
    """Who goes first."""

    BRIDGE = 0
    SERVICE = 1
    CAMPAIGN = 2
    COSMETIC = 3


class State(StrEnum):
    """Where a delivery stands."""

    DUE = "due"
    RETRY = "retry"
    CALLING = "calling"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    PARKED = "parked"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """An action to perform once.

    `order_key`: calls of one key go one at a time in order. `target_kind`/`target_id`: asks the
    resolver of that kind, just before the call, for the address and whether to go at all.
    `coalesce_key`: a newer delivery with it replaces an older one not yet called. `purpose` and
    `ref` tell subscribers of Settled what it was.
    """

    channel_id: UUID
    action: Outbound
    idempotency_key: str
    order_key: str
    purpose: str
    cls: Class = Class.BRIDGE
    direction: str = "out"
    target_kind: str = ""
    target_id: UUID | None = None
    ref: UUID | None = None
    conversation_id: UUID | None = None
    campaign_id: UUID | None = None
    contact_id: UUID | None = None
    batch_id: UUID | None = None
    coalesce_key: str | None = None
    delay_seconds: float = 0.0
    trace: str = ""
    id: UUID = field(default_factory=new_id)

    @property
    def action_recipient(self) -> str:
        """Return the other side's chat as the journal shows it."""
        return self.action.to.chat_id[:80] if hasattr(self.action, "to") else ""


def _nothing(_cost: Cost) -> int:
    return 0


def _no_wait(_costs: Sequence[Cost]) -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed delivery. `attempts` counts the call at hand; `repeat`: the earlier call may have
    arrived; `used` tells, while it is claimed, how many calls started in a limit's window, `waits`
    how many seconds a call with these costs would have to wait.
    """

    tenant_id: UUID
    id: UUID
    channel_id: UUID
    cls: Class
    seq: int
    order_key: str
    purpose: str
    direction: str
    action: Outbound
    attempts: int
    repeat: bool
    created_at: datetime
    target_kind: str = ""
    target_id: UUID | None = None
    ref: UUID | None = None
    conversation_id: UUID | None = None
    batch_id: UUID | None = None
    trace: str = ""
    used: Callable[[Cost], int] = field(default=_nothing, compare=False, repr=False)
    waits: Callable[[Sequence[Cost]], float] = field(default=_no_wait, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Settled:
    """An outcome being recorded. `state` sent, parked, unknown, skipped or retry (a first failure
    worth showing).
    """

    delivery: Delivery
    state: State
    reason: Reason | None = None
    sent: Sent | None = None
    error: ConnectorError | None = None


@dataclass(frozen=True, slots=True)
class Go:
    """Call now, with this action."""

    action: Outbound


@dataclass(frozen=True, slots=True)
class Hold:
    """Not yet: look again after so many seconds, or when the lane is rung. Keeps its place."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Stop:
    """Not at all: parked (a person may retry) or skipped."""

    state: State
    reason: Reason


Resolver = Callable[[Tx, Delivery], Awaitable[Go | Hold | Stop]]
SettledSubscriber = Callable[[Tx, Settled], Awaitable[None]]


class Batch(Model):
    """The switch of a group of deliveries: open, held(reason), closed."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    owner_type = fields.CharField(max_length=32)
    owner_id = fields.UUIDField()
    state = fields.CharField(max_length=16, default="open")
    reason = fields.CharField(max_length=64, default="")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        """Where it lives."""

        table = "batch"


class DeliveryRow(Model):
    """One delivery; no index mentions its state, so that updates stay in place (LANES.md 3)."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    lane = fields.BigIntField()
    seq = fields.BigIntField()
    channel_id = fields.UUIDField()
    idempotency_key = fields.CharField(max_length=200)
    class_ = fields.SmallIntField(source_field="class")
    direction = fields.CharField(max_length=8, default="out")
    purpose = fields.CharField(max_length=32)
    order_key = fields.CharField(max_length=80)
    coalesce_key = fields.CharField(max_length=80, null=True)
    target_kind = fields.CharField(max_length=16, default="")
    target_id = fields.UUIDField(null=True)
    ref = fields.UUIDField(null=True)
    conversation_id = fields.UUIDField(null=True)
    campaign_id = fields.UUIDField(null=True)
    contact_id = fields.UUIDField(null=True)
    batch_id = fields.UUIDField(null=True)
    recipient = fields.CharField(max_length=80, default="")
    action = fields.BinaryField()
    state = fields.CharField(max_length=12, default="due")
    reason = fields.CharField(max_length=32, default="")
    detail = fields.CharField(max_length=300, default="")
    attempts = fields.SmallIntField(default=0)
    possible_repeat = fields.BooleanField(default=False)
    external_id = fields.CharField(max_length=100, default="")
    parts: Any = fields.JSONField(default=list)
    trace = fields.CharField(max_length=32, default="")
    created_at = fields.DatetimeField(auto_now_add=True)
    called_at = fields.DatetimeField(null=True)
    sent_at = fields.DatetimeField(null=True)
    settled_at = fields.DatetimeField(null=True)

    class Meta:
        """Where it lives."""

        table = "delivery"


class DeliveryOpen(Model):
    """A delivery that is due, in retry or calling; gone once it is settled."""

    tenant_id = fields.UUIDField()
    lane = fields.BigIntField()
    class_ = fields.SmallIntField(source_field="class")
    seq = fields.BigIntField()
    delivery_id = fields.UUIDField(primary_key=True)
    order_key = fields.CharField(max_length=80)
    coalesce_key = fields.CharField(max_length=80, null=True)
    not_before = fields.DatetimeField()
    calling = fields.BooleanField(default=False)
    fence = fields.BigIntField(default=0)

    class Meta:
        """Where it lives."""

        table = "delivery_open"


class DeliveryAttempt(Model):
    """One call: written before it starts, completed with its outcome."""

    id = fields.BigIntField(primary_key=True)
    tenant_id = fields.UUIDField()
    delivery_id = fields.UUIDField()
    n = fields.SmallIntField()
    lane = fields.BigIntField()
    fence = fields.BigIntField()
    bucket = fields.CharField(max_length=80, default="")
    started_at = fields.DatetimeField(auto_now_add=True)
    ended_at = fields.DatetimeField(null=True)
    outcome = fields.CharField(max_length=16, default="")
    reason = fields.CharField(max_length=32, default="")
    status = fields.SmallIntField(default=0)
    retry_after = fields.FloatField(null=True)

    class Meta:
        """Where it lives."""

        table = "delivery_attempt"


class EarlyReceipt(Model):
    """A receipt whose delivery is not known yet; kept an hour and matched."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    channel_id = fields.UUIDField()
    external_id = fields.CharField(max_length=100)
    status = fields.CharField(max_length=16)
    at = fields.DatetimeField()
    reason = fields.CharField(max_length=32, default="")
    received_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        """Where it lives."""

        table = "early_receipt"
