"""Tables of permissions and suppressions."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class ConsentEventRow(Model):
    """One grant or withdrawal; append-only."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    contact_id = fields.UUIDField()
    identity_id = fields.UUIDField(null=True)
    purpose = fields.CharField(max_length=32)
    channel = fields.CharField(max_length=32)
    action = fields.CharField(max_length=16)
    text_version = fields.CharField(max_length=64, default="")
    evidence_hash = fields.BinaryField(null=True)
    source = fields.CharField(max_length=32)
    source_event_id = fields.CharField(max_length=128)
    occurred_at = fields.DatetimeField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "consent_event"


class Suppression(Model):
    """An address that gets nothing, by a hash that survives the contact; `until` None is for
    ever.
    """

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    channel = fields.CharField(max_length=32)
    address_hash = fields.BinaryField()
    reason = fields.CharField(max_length=32)
    until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "suppression"
