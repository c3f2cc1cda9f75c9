"""Tables of the desk."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Draft(Model):
    """An answer a member has begun; one for each member and conversation."""

    tenant_id = fields.UUIDField()
    conversation_id = fields.UUIDField(primary_key=True)
    user_id = fields.UUIDField()
    text = fields.TextField()
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "draft"
