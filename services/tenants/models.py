"""Tables of businesses and people."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Tenant(Model):
    """A business, or the platform itself."""

    id = fields.UUIDField(primary_key=True)
    slug = fields.CharField(max_length=64, unique=True)
    name = fields.CharField(max_length=200)
    status = fields.CharField(max_length=16, default="active")
    zone = fields.CharField(max_length=64, default="Europe/Moscow")
    locale = fields.CharField(max_length=8, default="ru")
    currency = fields.CharField(max_length=3, default="RUB")
    plan = fields.CharField(max_length=32, default="free")
    settings: Any = fields.JSONField(default=dict)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)
    row_version = fields.IntField(default=1)

    class Meta:
        table = "tenant"


class TenantKey(Model):
    """A tenant's data key, wrapped by the master key named `key_id`."""

    tenant_id = fields.UUIDField(primary_key=True)
    key_id = fields.CharField(max_length=16)
    wrapped = fields.BinaryField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "tenant_key"


class User(Model):
    """A person, one per Telegram id. `locale` and `zone` are None until they were asked."""

    id = fields.UUIDField(primary_key=True)
    telegram_user_id = fields.BigIntField(unique=True)
    name = fields.CharField(max_length=200, default="")
    username = fields.CharField(max_length=64, default="")
    locale = fields.CharField(max_length=8, null=True)
    zone = fields.CharField(max_length=64, null=True)
    status = fields.CharField(max_length=16, default="active")
    settings: Any = fields.JSONField(default=dict)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "users"


class Membership(Model):
    """A person's role in a tenant; `status` active or removed."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    user_id = fields.UUIDField()
    role = fields.CharField(max_length=16)
    scope: Any = fields.JSONField(default=dict)
    status = fields.CharField(max_length=16, default="active")
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "membership"


class LinkToken(Model):
    """A deep link's opaque id, hashed."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    purpose = fields.CharField(max_length=32)
    token_hash = fields.BinaryField()
    payload: Any = fields.JSONField(default=dict)
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)
    used_by = fields.UUIDField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "link_token"


class LinkTry(Model):
    """A wrong link somebody tried; five in a quarter of an hour make them wait."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    telegram_user_id = fields.BigIntField()
    at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "link_try"


class FsmState(Model):
    """Where a person stands in a dialogue with a bot; `data` is encrypted and short-lived."""

    tenant_id = fields.UUIDField()
    channel_id = fields.UUIDField(primary_key=True)
    chat_id = fields.BigIntField()
    user_id = fields.BigIntField()
    state = fields.CharField(max_length=64, default="")
    data = fields.BinaryField(null=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "fsm_state"


class ApiKey(Model):
    """A machine's key: only its hash is stored."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=100)
    prefix = fields.CharField(max_length=16)
    key_hash = fields.BinaryField()
    scopes: Any = fields.JSONField(default=list)
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "api_key"
