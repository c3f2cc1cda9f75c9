"""The one message model: what providers tell us (Inbound) and what we ask of them (Outbound).

Structs are tagged and encode to MessagePack, so an Outbound is stored in a delivery as it
is. Times are aware UTC. What messages are made of stands in `content` and is offered here too.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from services.connectors.content import (
    Address,
    Button,
    Entity,
    Keyboard,
    Media,
    MediaKind,
    Sender,
    Struct,
    Subject,
    Text,
)

__all__ = [
    "Address",
    "Answer",
    "Block",
    "Button",
    "Delete",
    "Deleted",
    "Edit",
    "Edited",
    "Entity",
    "Ignored",
    "Inbound",
    "Keyboard",
    "MarkRead",
    "Media",
    "MediaKind",
    "Message",
    "Native",
    "OptIn",
    "OptOut",
    "Outbound",
    "OutboundMessage",
    "Pin",
    "React",
    "Receipt",
    "ReceiptStatus",
    "Sender",
    "Struct",
    "Subject",
    "Text",
    "TopicCreate",
    "TopicEdit",
    "Typing",
    "decode_outbound",
    "encode_outbound",
]


class Message(Struct, frozen=True, kw_only=True, tag="message"):
    """A message in a chat of the account, from either side; its `external_id` is unique there."""

    external_id: str
    chat_id: str
    sender: Sender
    at: datetime
    text: Text = Text()
    media: tuple[Media, ...] = ()
    reply_to: str = ""
    subject: Subject | None = None
    group_id: str = ""
    thread_id: str = ""
    system: bool = False


class Edited(Struct, frozen=True, kw_only=True, tag="edited"):
    """The text of a known message is now this."""

    external_id: str
    chat_id: str
    at: datetime
    text: Text = Text()


class Deleted(Struct, frozen=True, kw_only=True, tag="deleted"):
    """A known message was removed by its author."""

    external_id: str
    chat_id: str
    at: datetime


class ReceiptStatus(StrEnum):
    """A provider's later word on a delivery; ranks: sent < delivered < read, bounced and
    complained outrank delivered.
    """

    DELIVERED = "delivered"
    READ = "read"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"


class Receipt(Struct, frozen=True, kw_only=True, tag="receipt"):
    """`up_to`: every own message of the chat up to `at` (or `external_id`) has this status."""

    chat_id: str
    status: ReceiptStatus
    at: datetime
    external_id: str = ""
    up_to: bool = False
    reason: str = ""


class OptIn(Struct, frozen=True, kw_only=True, tag="opt_in"):
    """A person started or re-allowed the channel. `payload` is untrusted."""

    chat_id: str
    sender: Sender
    at: datetime
    payload: str = ""


class OptOut(Struct, frozen=True, kw_only=True, tag="opt_out"):
    """A person stopped or blocked the channel. `blocked`: unreachable until they come back."""

    chat_id: str
    sender: Sender
    at: datetime
    blocked: bool = False


class Ignored(Struct, frozen=True, kw_only=True, tag="ignored"):
    """Authentic and of no interest (a type nobody needs); recorded as done."""

    kind: str = ""


Inbound = Message | Edited | Deleted | Receipt | OptIn | OptOut | Ignored


class OutboundMessage(Struct, frozen=True, kw_only=True, tag="send"):
    """One message. Several media make an album where the channel has albums. `pin`: the caller
    pins it by a further action.
    """

    to: Address
    text: Text = Text()
    media: tuple[Media, ...] = ()
    buttons: Keyboard = ()
    reply_to: str = ""
    silent: bool = False


class Edit(Struct, frozen=True, kw_only=True, tag="edit"):
    """Replace text and buttons of one of our messages. `caption`: the message carries media."""

    to: Address
    external_id: str
    text: Text = Text()
    buttons: Keyboard = ()
    caption: bool = False


class Delete(Struct, frozen=True, kw_only=True, tag="delete"):
    """Remove one message."""

    to: Address
    external_id: str


class React(Struct, frozen=True, kw_only=True, tag="react"):
    """Set our one reaction on a message; "" takes it away."""

    to: Address
    external_id: str
    emoji: str = ""


class Pin(Struct, frozen=True, kw_only=True, tag="pin"):
    """Pin a message without a notice."""

    to: Address
    external_id: str


class TopicCreate(Struct, frozen=True, kw_only=True, tag="topic_create"):
    """Open a topic; the answer's `external_id` is its thread id."""

    to: Address
    name: str
    icon: str = ""


class TopicEdit(Struct, frozen=True, kw_only=True, tag="topic_edit"):
    """Rename (`name`), close or reopen (`closed`) the topic `to.thread_id`; None leaves it."""

    to: Address
    name: str | None = None
    closed: bool | None = None


class MarkRead(Struct, frozen=True, kw_only=True, tag="mark_read"):
    """Tell the other side that its messages were read."""

    to: Address


class Typing(Struct, frozen=True, kw_only=True, tag="typing"):
    """Show that someone writes; failure is ignored."""

    to: Address


class Block(Struct, frozen=True, kw_only=True, tag="block"):
    """Put a person on the account's blacklist; `reason`: spam fraud abuse other."""

    to: Address
    user_id: str
    subject_id: str = ""
    reason: str = "other"


class Answer(Struct, frozen=True, kw_only=True, tag="answer"):
    """Answer the press of a button within its short life."""

    callback_id: str
    text: str = ""
    alert: bool = False


class Native(Struct, frozen=True, kw_only=True, tag="native"):
    """A provider's own method by name, for the bots' dialogues. `params` is the JSON object,
    encoded.
    """

    to: Address
    method: str
    params: bytes = b"{}"


Outbound = (
    OutboundMessage
    | Edit
    | Delete
    | React
    | Pin
    | TopicCreate
    | TopicEdit
    | MarkRead
    | Typing
    | Block
    | Answer
    | Native
)

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Outbound] = msgspec.msgpack.Decoder(Outbound)


def encode_outbound(action: Outbound) -> bytes:
    """Return the action as stored in a delivery."""
    return _encoder.encode(action)


def decode_outbound(body: bytes) -> Outbound:
    """Return the action a delivery holds; raises msgspec.ValidationError for foreign bytes."""
    return _decoder.decode(body)
