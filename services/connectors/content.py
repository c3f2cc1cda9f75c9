"""What messages are made of: formatted text, attachments, people, buttons, addresses.

Structs are immutable. Offsets and lengths of entities count Unicode code points; connectors
translate. Ids of the other side are opaque strings.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every value here."""


class Entity(Struct, frozen=True, kw_only=True):
    """A run of formatted text. `kind`: bold italic underline strike code pre quote link spoiler;
    `url` for link.
    """

    kind: str
    offset: int
    length: int
    url: str = ""


class Text(Struct, frozen=True, kw_only=True):
    """Text with portable formatting."""

    text: str = ""
    entities: tuple[Entity, ...] = ()


class MediaKind(StrEnum):
    """What an attachment is for a person."""

    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    AUDIO = "audio"
    ANIMATION = "animation"
    FILE = "file"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    LINK = "link"
    ITEM = "item"
    CALL = "call"
    POLL = "poll"
    OTHER = "other"


class Media(Struct, frozen=True, kw_only=True):
    """One attachment.

    `ref` names it at the provider it came from (file id, voice id, URL on the provider's own
    host);
    `file_id` names it in our file store once kept. `unavailable` says why there is only a
    placeholder
    (`too_big`, `empty`: the provider sends the type without content). `origin` is the channel
    whose
    connector can fetch `ref`. Sizes in bytes.
    """

    kind: MediaKind
    ref: str = ""
    file_id: str = ""
    mime: str = ""
    name: str = ""
    size: int = 0
    duration_seconds: int = 0
    latitude: float | None = None
    longitude: float | None = None
    title: str = ""
    url: str = ""
    preview_ref: str = ""
    unavailable: str = ""
    origin: str = ""


class Subject(Struct, frozen=True, kw_only=True):
    """What the talk is about (a listing). `price` is a display string as the provider wrote it."""

    external_id: str
    title: str = ""
    price: str = ""
    url: str = ""
    image_ref: str = ""


class Sender(Struct, frozen=True, kw_only=True):
    """Who wrote. `own`: the account itself (the seller), whichever app was used. `automatic`: a
    provider's robot.
    """

    external_id: str = ""
    name: str = ""
    url: str = ""
    own: bool = False
    automatic: bool = False


class Button(Struct, frozen=True, kw_only=True):
    """An inline button: exactly one of `callback` (1–64 bytes), `url`, `web_app` is set."""

    text: str
    callback: str = ""
    url: str = ""
    web_app: str = ""


Keyboard = tuple[tuple[Button, ...], ...]


class Address(Struct, frozen=True, kw_only=True):
    """Where a message goes: a chat and, in a forum, its topic ("" = General)."""

    chat_id: str = ""
    thread_id: str = ""
