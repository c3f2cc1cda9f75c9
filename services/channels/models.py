"""Tables of connected accounts, and the words for their states."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model


class Kind(StrEnum):
    """What a channel is to the platform."""

    MASTER = "master"
    """The platform's own bot, where members connect accounts and open the cabinet."""
    CLIENT = "client"
    """A tenant's bot."""
    ACCOUNT = "account"
    """Any other account."""


class Status(StrEnum):
    """Whether a channel works."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


class HookState(StrEnum):
    """What we know of the provider's webhook."""

    UNSET = "unset"
    """To be set at the next check."""
    ASSUMED = "assumed"
    """Seeded: somebody says it is set; the next check looks."""
    SET = "set"
    NONE = "none"
    """Not wanted: the source is pulled."""
    RESET = "reset"
    """Found missing and set anew; the next check looks."""
    LOST = "lost"
    """Set anew once and missing again: an incident."""


class Channel(Model):
    """One account at a provider; `credentials` and `hook_secret` are sealed."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    provider = fields.CharField(max_length=32)
    kind = fields.CharField(max_length=16)
    name = fields.CharField(max_length=100)
    external_id = fields.CharField(max_length=64)
    username = fields.CharField(max_length=100, default="")
    title = fields.CharField(max_length=200, default="")
    status = fields.CharField(max_length=16, default="active")
    status_reason = fields.CharField(max_length=64, default="")
    credentials = fields.BinaryField(null=True)
    hook_key = fields.CharField(max_length=64, unique=True)
    hook_secret = fields.BinaryField(null=True)
    hook_state = fields.CharField(max_length=16, default="unset")
    health: Any = fields.JSONField(default=list)
    health_at = fields.DatetimeField(null=True)
    settings: Any = fields.JSONField(default=dict)
    last_event_at = fields.DatetimeField(null=True)
    last_success_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)
    row_version = fields.IntField(default=1)

    class Meta:
        """Where it lives."""

        table = "channel"


class ChannelToken(Model):
    """The access token at hand; `version` guards against a stale refresh."""

    tenant_id = fields.UUIDField()
    channel_id = fields.UUIDField(primary_key=True)
    token = fields.BinaryField()
    expires_at = fields.DatetimeField()
    version = fields.BigIntField(default=1)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        """Where it lives."""

        table = "channel_token"


class ChannelJob(Model):
    """Calls a dialogue waits for; `params` is sealed and goes when the job is done."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    for_tenant = fields.UUIDField()
    kind = fields.CharField(max_length=32)
    params = fields.BinaryField(null=True)
    reply_channel = fields.UUIDField()
    reply_chat = fields.CharField(max_length=64)
    locale = fields.CharField(max_length=8, default="ru")
    state = fields.CharField(max_length=8, default="due")
    outcome = fields.CharField(max_length=64, default="")
    tries = fields.SmallIntField(default=0)
    fence = fields.BigIntField(default=0)
    not_before = fields.DatetimeField(auto_now_add=True)
    lease_until = fields.DatetimeField()
    created_at = fields.DatetimeField(auto_now_add=True)
    done_at = fields.DatetimeField(null=True)

    class Meta:
        """Where it lives."""

        table = "channel_job"


class Workspace(Model):
    """A group (or a private chat) where a bot shows conversations to members."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=100)
    channel_id = fields.UUIDField()
    chat_id = fields.CharField(max_length=64)
    title = fields.CharField(max_length=200, default="")
    kind = fields.CharField(max_length=16, default="forum")
    state = fields.CharField(max_length=16, default="live")
    state_reason = fields.CharField(max_length=64, default="")
    checks: Any = fields.JSONField(default=list)
    settings: Any = fields.JSONField(default=dict)
    returned_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "workspace"


class WorkspaceChannel(Model):
    """Which workspace shows a channel's conversations."""

    tenant_id = fields.UUIDField()
    channel_id = fields.UUIDField(primary_key=True)
    workspace_id = fields.UUIDField()

    class Meta:
        table = "workspace_channel"
