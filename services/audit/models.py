"""The audit table."""

from __future__ import annotations

from typing import Any

from tortoise import fields as columns
from tortoise.models import Model


class AuditEntry(Model):
    """One act. `fields` maps a field's name to the keyed digest of its new value, or to ""."""

    tenant_id = columns.UUIDField()
    id = columns.UUIDField(primary_key=True)
    at = columns.DatetimeField(auto_now_add=True)
    actor_kind = columns.CharField(max_length=16)
    actor_id = columns.UUIDField(null=True)
    action = columns.CharField(max_length=64)
    object_kind = columns.CharField(max_length=32, default="")
    object_id = columns.CharField(max_length=64, default="")
    fields: Any = columns.JSONField(default=dict)
    trace = columns.CharField(max_length=32, default="")

    class Meta:
        table = "audit_entry"
