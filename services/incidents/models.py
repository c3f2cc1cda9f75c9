"""Rows of incidents, of failed calls and of processes' pulses; and what subscribers hear."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from services.kit.db import Tx

Params = Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Reading:
    """How things stand for one rule and subject; what is not read stands at 0."""

    rule: str
    tenant_id: UUID
    subject: str
    value: float
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """An incident opened (`closed_at` None) or closed."""

    incident_id: UUID
    tenant_id: UUID
    rule: str
    subject: str
    params: Params
    opened_at: datetime
    closed_at: datetime | None = None
    trace: str = ""


Listener = Callable[[Tx, Change], Awaitable[None]]


class Incident(Model):
    """One thing gone wrong; `state` pending (not long enough yet), open or closed."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    rule = fields.CharField(max_length=32)
    subject = fields.CharField(max_length=80)
    state = fields.CharField(max_length=8, default="open")
    value = fields.FloatField(default=0)
    params: Any = fields.JSONField(default=dict)
    trace = fields.CharField(max_length=32, default="")
    since = fields.DatetimeField(auto_now_add=True)
    calm_since = fields.DatetimeField(null=True)
    opened_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "incident"


class ChannelError(Model):
    """A failed call: which method, how it failed, at which try. No address, no text, no URL."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    channel_id = fields.UUIDField()
    endpoint = fields.CharField(max_length=64)
    status = fields.SmallIntField(default=0)
    attempt = fields.SmallIntField(default=1)
    code = fields.CharField(max_length=40)
    at = fields.DatetimeField(auto_now_add=True)
    trace = fields.CharField(max_length=32, default="")

    class Meta:
        table = "channel_error"


class ChannelHour(Model):
    """How many events a channel got in one hour, and how many of them the poller found first."""

    tenant_id = fields.UUIDField()
    channel_id = fields.UUIDField(primary_key=True)
    hour = fields.DatetimeField()
    events = fields.IntField(default=0)
    misses = fields.IntField(default=0)

    class Meta:
        table = "channel_hour"


class DeliveryStuck(Model):
    """A delivery that waits for a person; kept by a trigger on `delivery`. `account_id`: the
    channel of its dialog, where `channel_id` is the bot that shows it.
    """

    tenant_id = fields.UUIDField()
    delivery_id = fields.UUIDField(primary_key=True)
    channel_id = fields.UUIDField()
    account_id = fields.UUIDField()
    direction = fields.CharField(max_length=8, default="out")
    class_ = fields.SmallIntField(source_field="class")
    state = fields.CharField(max_length=12)
    reason = fields.CharField(max_length=32, default="")
    at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "delivery_stuck"


class ProcessMinute(Model):
    """Global: one process's minute (requests, server errors, stalls of its loop) and its pulse."""

    minute = fields.DatetimeField(primary_key=True)
    process = fields.CharField(max_length=32)
    role = fields.CharField(max_length=16)
    requests = fields.IntField(default=0)
    failures = fields.IntField(default=0)
    stalls = fields.IntField(default=0)
    worst_stall_seconds = fields.FloatField(default=0)
    seen_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "process_minute"
