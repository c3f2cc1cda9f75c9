"""Tables of contacts and their addresses."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields as columns
from tortoise.models import Model


class IdentityState(StrEnum):
    """Whether an address can be reached."""

    OK = "ok"
    UNREACHABLE = "unreachable"


class Contact(Model):
    """A tenant's customer."""

    tenant_id = columns.UUIDField()
    id = columns.UUIDField(primary_key=True)
    name = columns.CharField(max_length=200, default="")
    locale = columns.CharField(max_length=8, null=True)
    zone = columns.CharField(max_length=64, null=True)
    fields: Any = columns.JSONField(default=dict)
    status = columns.CharField(max_length=16, default="active")
    merged_into = columns.UUIDField(null=True)
    last_activity_at = columns.DatetimeField(null=True)
    created_at = columns.DatetimeField(auto_now_add=True)
    updated_at = columns.DatetimeField(auto_now=True)

    class Meta:
        table = "contact"


class Identity(Model):
    """One address; `address` is sealed, `address_hash` its blind index."""

    tenant_id = columns.UUIDField()
    id = columns.UUIDField(primary_key=True)
    contact_id = columns.UUIDField()
    provider = columns.CharField(max_length=32)
    scope_account = columns.CharField(max_length=64, default="")
    address = columns.BinaryField()
    address_hash = columns.BinaryField()
    display = columns.CharField(max_length=200, default="")
    state = columns.CharField(max_length=16, default="ok")
    state_at = columns.DatetimeField(auto_now_add=True)
    created_at = columns.DatetimeField(auto_now_add=True)

    class Meta:
        table = "identity"
