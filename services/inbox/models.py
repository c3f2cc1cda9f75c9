"""Rows of the inbox and what a subscriber receives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from tortoise import fields
from tortoise.models import Model

from services.channels.view import ChannelView
from services.connectors.base import RawEvent
from services.kit.db import Tx


@dataclass(frozen=True, slots=True)
class Event:
    """A stored event on its way to subscribers. `source`: hook or poll (what the auditor found
    first).
    """

    channel: ChannelView
    raw: RawEvent
    seq: int
    source: str
    received_at: datetime
    trace: str


Subscriber = Callable[[Tx, Event, Any], Awaitable[None]]
"""Called with the transaction, the event, and the translated message (the RawEvent itself for
bots).
"""


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """One event on its way into the inbox: `lane` is the number of its channel and chat `name`,
    `body` is sealed already. (A msgspec struct: one is made per request.)
    """

    channel: ChannelView
    lane: int
    name: str
    key: str
    at: float | None
    trace: str
    body: bytes


class InboxEvent(Model):
    """One stored event; `body` is encrypted and goes first (retention), the key stays at least 8
    days.
    """

    tenant_id = fields.UUIDField()
    lane = fields.BigIntField(primary_key=True)
    seq = fields.BigIntField()
    channel_id = fields.UUIDField()
    event_key = fields.CharField(max_length=200)
    lane_name = fields.CharField(max_length=200)
    source = fields.CharField(max_length=8, default="hook")
    at = fields.DatetimeField(null=True)
    received_at = fields.DatetimeField(auto_now_add=True)
    trace = fields.CharField(max_length=32, default="")
    body = fields.BinaryField(null=True)

    class Meta:
        """Where it lives."""

        table = "inbox"


class Parked(Model):
    """An event given up on."""

    tenant_id = fields.UUIDField()
    lane = fields.BigIntField()
    seq = fields.BigIntField()
    id = fields.UUIDField(primary_key=True)
    channel_id = fields.UUIDField()
    reason = fields.CharField(max_length=32)
    detail = fields.CharField(max_length=300, default="")
    attempts = fields.SmallIntField(default=0)
    at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        """Where it lives."""

        table = "parked"
