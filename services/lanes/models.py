"""The lane row, what kinds there are, and the lease a process holds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

STALE_LOOK_SECONDS = 0.2
"""How soon a drain looks again that ended only because its lease was not renewed in time: what is
left is not done, so the lane must not be let go as if it were.
"""


class LaneKind(IntEnum):
    """Which work drains the lane."""

    BOT = 0
    """Updates of a bot: drained where the dispatchers are."""
    IN = 1
    """Events of any other channel."""
    OUT = 2
    """Deliveries of one channel."""


@dataclass(slots=True, eq=False)
class Lease:
    """The right to work on a lane until `good_until` (monotonic seconds); `state` belongs to the
    lane's work, `retry_at` (monotonic) is when a failed head may be tried again, `crashed` says
    that an earlier owner did not let go.
    """

    lane: int
    kind: LaneKind
    tenant_id: UUID
    channel_id: UUID
    fence: int
    done_seq: int
    head_attempts: int
    head_crashes: int
    crashed: bool
    good_until: float
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    rung: bool = True
    closing: bool = False
    lost: bool = False
    retry_at: float = 0.0
    state: Any = None


class Lane(Model):
    """Global: lanes of every tenant, without row-level security; holds no person's data."""

    id = fields.BigIntField(primary_key=True)
    kind = fields.SmallIntField()
    tenant_id = fields.UUIDField()
    channel_id = fields.UUIDField()
    due_at = fields.DatetimeField(null=True)
    last_seq = fields.BigIntField(default=0)
    last_n = fields.BigIntField(default=0)
    done_seq = fields.BigIntField(default=0)
    head_attempts = fields.SmallIntField(default=0)
    head_crashes = fields.SmallIntField(default=0)
    owner = fields.CharField(max_length=32, null=True)
    fence = fields.BigIntField(default=0)
    lease_until = fields.DatetimeField()
    rung_at = fields.DatetimeField(null=True)

    class Meta:
        """Where it lives."""

        table = "lane"


class ScheduleFire(Model):
    """Global: one row per schedule and minute, so that several schedulers fire each minute
    once.
    """

    schedule = fields.CharField(max_length=64, primary_key=True)
    minute = fields.DatetimeField()
    fired_at = fields.DatetimeField()

    class Meta:
        """Where it lives."""

        table = "schedule_fire"
