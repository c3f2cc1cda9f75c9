"""Rows of notices and of their copies."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

PURPOSE = "notice"
"""Purpose and target kind of the deliveries that carry copies."""


class Kind(StrEnum):
    """What a notice is."""

    ALERT = "alert"
    CLEAR = "clear"
    NEWS = "news"


class NoticeState(StrEnum):
    """Where a notice stands; `parked`: it could not be told, a person should look."""

    WAITING = "waiting"
    PARKED = "parked"
    TOLD = "told"
    DROPPED = "dropped"


class CopyState(StrEnum):
    """Where a copy stands: `held` until its person's quiet ends, `queued` in the outbox."""

    HELD = "held"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class Notice(Model):
    """Something to tell; belongs to the tenant it is about."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=8)
    rule = fields.CharField(max_length=32)
    subject = fields.CharField(max_length=80)
    params: Any = fields.JSONField(default=dict)
    audience = fields.CharField(max_length=8, default="owner")
    urgent = fields.BooleanField(default=True)
    incident_id = fields.UUIDField(null=True)
    trace = fields.CharField(max_length=32, default="")
    state = fields.CharField(max_length=8, default="waiting")
    created_at = fields.DatetimeField(auto_now_add=True)
    told_at = fields.DatetimeField(null=True)
    tries = fields.SmallIntField(default=0)
    not_before = fields.DatetimeField()
    reason = fields.CharField(max_length=80, default="")

    class Meta:
        table = "notice"


class NoticeCopy(Model):
    """One person's copy; belongs to the platform, whose bot carries it."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    notice_id = fields.UUIDField()
    incident_id = fields.UUIDField(null=True)
    kind = fields.CharField(max_length=8)
    user_id = fields.UUIDField()
    chat_id = fields.CharField(max_length=64)
    state = fields.CharField(max_length=8, default="held")
    due_at = fields.DatetimeField()
    external_id = fields.CharField(max_length=100, default="")
    tries = fields.SmallIntField(default=0)
    reason = fields.CharField(max_length=80, default="")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "notice_copy"


class NoticeMute(Model):
    """A person's wish not to hear of one thing until a moment."""

    tenant_id = fields.UUIDField(primary_key=True)
    user_id = fields.UUIDField()
    rule = fields.CharField(max_length=32)
    subject = fields.CharField(max_length=80)
    until = fields.DatetimeField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "notice_mute"
