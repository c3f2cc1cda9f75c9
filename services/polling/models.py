"""Rows of sources and of events whose proof is awaited; a leased source in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from services.kit.db import Tx


class Breaker(StrEnum):
    """Whether an account is asked at its pace, or only probed."""

    CLOSED = "closed"
    OPEN = "open"


@dataclass(slots=True, eq=False)
class Source:
    """A source this process has leased until `good_until` (monotonic seconds)."""

    id: UUID
    tenant_id: UUID
    provider: str
    fence: int
    cursor: str
    failures: int
    breaker: Breaker
    hook_state: str
    asked_at: datetime
    is_audited: bool
    """It was read once, so what its hook should have brought can be told from what was there."""
    is_awaited: bool
    """Its history has yet to show what a hook brought."""
    good_until: float
    lost: bool = False


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source does, for people."""

    channel_id: UUID
    next_poll_at: datetime
    last_poll_at: datetime | None
    last_success_at: datetime | None
    lag_seconds: float
    failures: int
    is_open: bool
    last_code: str
    misses: int


Shown = Callable[[Tx, UUID, Sequence[str]], Awaitable[int]]
"""Called with a tenant's transaction, a channel, ids of its messages; returns how many it knew."""


class SourceLease(Model):
    """Global: who asks a source, from where, when next; holds no person's data."""

    source = fields.UUIDField(primary_key=True)
    tenant_id = fields.UUIDField()
    provider = fields.CharField(max_length=32)
    next_poll_at = fields.DatetimeField(auto_now_add=True)
    owner = fields.CharField(max_length=32, null=True)
    fence = fields.BigIntField(default=0)
    lease_until = fields.DatetimeField()
    cursor = fields.TextField(default="")
    failures = fields.SmallIntField(default=0)
    breaker = fields.CharField(max_length=8, default="closed")
    last_code = fields.CharField(max_length=40, default="")
    misses = fields.BigIntField(default=0)
    last_poll_at = fields.DatetimeField(null=True)
    first_success_at = fields.DatetimeField(null=True)
    last_success_at = fields.DatetimeField(null=True)
    lag_seconds = fields.FloatField(default=0)

    class Meta:
        """Where it lives."""

        table = "source_lease"


class PollMark(Model):
    """Global: up to when something was looked through."""

    name = fields.CharField(max_length=32, primary_key=True)
    at = fields.DatetimeField()

    class Meta:
        """Where it lives."""

        table = "poll_mark"


class PollExpected(Model):
    """An event of a webhook without proof, and how many whole polls did not show it."""

    tenant_id = fields.UUIDField()
    channel_id = fields.UUIDField(primary_key=True)
    event_key = fields.CharField(max_length=200)
    received_at = fields.DatetimeField()
    polls = fields.SmallIntField(default=0)

    class Meta:
        """Where it lives."""

        table = "poll_expected"
