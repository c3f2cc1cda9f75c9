"""Tables of the bridge and their states."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model


class ConversationState(StrEnum):
    """Where a conversation stands; `waiting`: a person waits for our answer."""

    OPEN = "open"
    WAITING = "waiting"
    SNOOZED = "snoozed"
    CLOSED = "closed"
    SPAM = "spam"


class LinkState(StrEnum):
    """Where a conversation's current topic stands; `restoring`: made anew, its past follows."""

    CREATING = "creating"
    LIVE = "live"
    CLOSED = "closed"
    RESTORING = "restoring"
    MISSING = "missing"
    FAILED = "failed"
    REPLACED = "replaced"


class MessageState(StrEnum):
    """How far a message came. Inbound ones stay `received`."""

    RECEIVED = "received"
    NOTED = "noted"
    QUEUED = "queued"
    DROPPED = "dropped"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    BOUNCED = "bounced"


class Purpose(StrEnum):
    """What a delivery of the bridge is for; Settled brings it back."""

    TO_TOPIC = "to_topic"
    TO_BUYER = "to_buyer"
    TOPIC = "topic"
    CARD = "card"
    RESTORE = "restore"
    MARK = "mark"
    SERVICE = "bridge_service"
    NOTICE = "bridge_notice"
    TITLE = "topic_title"
    COSMETIC = "bridge_cosmetic"
    UNSEND = "unsend"


class Conversation(Model):
    """One chat of one channel."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    channel_id = fields.UUIDField()
    external_chat_id = fields.CharField(max_length=200)
    contact_id = fields.UUIDField()
    workspace_id = fields.UUIDField(null=True)
    state = fields.CharField(max_length=12, default="open")
    person_id = fields.CharField(max_length=100, default="")
    person_name = fields.CharField(max_length=200, default="")
    person_url = fields.CharField(max_length=500, default="")
    subject_id = fields.CharField(max_length=100, default="")
    subject_title = fields.CharField(max_length=300, default="")
    subject_price = fields.CharField(max_length=100, default="")
    subject_url = fields.CharField(max_length=500, default="")
    subject_image_ref = fields.CharField(max_length=1000, default="")
    described_at = fields.DatetimeField(null=True)
    assignee_id = fields.UUIDField(null=True)
    assigned_at = fields.DatetimeField(null=True)
    waiting_since = fields.DatetimeField(null=True)
    snoozed_until = fields.DatetimeField(null=True)
    next_check_at = fields.DatetimeField(null=True)
    ladder_step = fields.SmallIntField(default=0)
    away_period = fields.CharField(max_length=32, default="")
    title_shown = fields.CharField(max_length=128, default="")
    title_at = fields.DatetimeField(null=True)
    last_seq = fields.BigIntField(default=0)
    last_in_at = fields.DatetimeField(null=True)
    last_out_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)
    row_version = fields.IntField(default=1)

    class Meta:
        table = "conversation"


class TopicLink(Model):
    """A topic of a conversation; one is current, the rest is history."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    conversation_id = fields.UUIDField()
    workspace_id = fields.UUIDField()
    thread_id = fields.CharField(max_length=32, default="")
    state = fields.CharField(max_length=12, default="creating")
    is_current = fields.BooleanField(default=True)
    card_id = fields.CharField(max_length=32, default="")
    card_has_photo = fields.BooleanField(default=False)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "topic_link"


class MessageRow(Model):
    """One item of a conversation: from the person, a member, the account's own app, or a robot."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    conversation_id = fields.UUIDField()
    seq = fields.BigIntField()
    direction = fields.CharField(max_length=4)
    author_kind = fields.CharField(max_length=12)
    author_id = fields.UUIDField(null=True)
    author_name = fields.CharField(max_length=200, default="")
    visibility = fields.CharField(max_length=8, default="public")
    kind = fields.CharField(max_length=12, default="text")
    text = fields.TextField(default="")
    entities: Any = fields.JSONField(default=list)
    reply_to_id = fields.UUIDField(null=True)
    channel_id = fields.UUIDField()
    external_chat_id = fields.CharField(max_length=200)
    external_id = fields.CharField(max_length=100, default="")
    group_id = fields.CharField(max_length=100, default="")
    bot_channel_id = fields.UUIDField(null=True)
    bot_chat_id = fields.CharField(max_length=64, default="")
    bot_message_id = fields.CharField(max_length=32, default="")
    service_id = fields.CharField(max_length=32, default="")
    state = fields.CharField(max_length=12, default="received")
    reason = fields.CharField(max_length=32, default="")
    proof = fields.CharField(max_length=12, default="")
    automatic = fields.BooleanField(default=False)
    revision = fields.IntField(default=0)
    sent_at = fields.DatetimeField()
    edited_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "message"


class MessageRevision(Model):
    """What a message said before it was edited."""

    tenant_id = fields.UUIDField()
    message_id = fields.UUIDField(primary_key=True)
    number = fields.IntField()
    text = fields.TextField()
    entities: Any = fields.JSONField(default=list)
    at = fields.DatetimeField()

    class Meta:
        table = "message_revision"


class MessageLink(Model):
    """What a message became on one side (`topic` or `channel`); several messages may share one
    remote id.
    """

    tenant_id = fields.UUIDField()
    message_id = fields.UUIDField(primary_key=True)
    side = fields.CharField(max_length=8)
    ordinal = fields.IntField()
    channel_id = fields.UUIDField()
    chat_id = fields.CharField(max_length=200)
    remote_id = fields.CharField(max_length=100)
    delivery_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "message_link"


class Attachment(Model):
    """One attachment; `media` is the encoded `connectors.messages.Media`, sealed."""

    tenant_id = fields.UUIDField()
    message_id = fields.UUIDField(primary_key=True)
    ordinal = fields.IntField()
    kind = fields.CharField(max_length=12)
    media = fields.BinaryField()
    state = fields.CharField(max_length=12, default="remote")
    size = fields.BigIntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "attachment"


class CannedReply(Model):
    """A ready answer, called by its name."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=64)
    text = fields.TextField()
    author_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "canned_reply"


class OfferState(StrEnum):
    """How far "send by link" came: offered, pressed for, sent, or given up (pressed again)."""

    OFFERED = "offered"
    WANTED = "wanted"
    SENT = "sent"
    FAILED = "failed"


class LinkOffer(Model):
    """A refused message that may go by a link; `content` is its text and media, sealed."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    conversation_id = fields.UUIDField()
    bot_channel_id = fields.UUIDField()
    bot_chat_id = fields.CharField(max_length=64)
    bot_message_id = fields.CharField(max_length=32)
    thread_id = fields.CharField(max_length=32, default="")
    group_id = fields.CharField(max_length=100, default="")
    author_id = fields.UUIDField(null=True)
    author_name = fields.CharField(max_length=200, default="")
    reply_id = fields.UUIDField(null=True)
    content = fields.BinaryField()
    service_id = fields.CharField(max_length=32, default="")
    state = fields.CharField(max_length=12, default="offered")
    reason = fields.CharField(max_length=32, default="")
    tries = fields.SmallIntField(default=0)
    trace = fields.CharField(max_length=32, default="")
    lease_until = fields.DatetimeField()
    created_at = fields.DatetimeField(auto_now_add=True)
    settled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "link_offer"


class StoredFileRow(Model):
    """A file behind a link; the content is on disk, `name` is sealed."""

    tenant_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    ref = fields.UUIDField()
    ordinal = fields.SmallIntField(default=0)
    name = fields.BinaryField()
    mime = fields.CharField(max_length=100)
    size = fields.BigIntField()
    sha256 = fields.CharField(max_length=64)
    expires_at = fields.DatetimeField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "stored_file"
