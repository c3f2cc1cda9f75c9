"""The values that cross the border between the pipeline and a connector. Those of every webhook
are msgspec structs: made in a third of the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from services.connectors.content import MediaKind


@dataclass(frozen=True, slots=True)
class Token:
    """A short-lived access token; `expires_at` in aware UTC."""

    value: str = field(repr=False)
    expires_at: datetime
    refresh: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """One tenant's account at a provider, opened for a call. `hook_secret` is "" where the
    provider has none.
    """

    channel_id: str
    external_id: str
    credentials: Any
    hook_secret: str = field(default="", repr=False)
    token: Token | None = None


class HookRequest(msgspec.Struct, frozen=True):
    """One webhook request. `url` is built from PUBLIC_URL, never from the Host header. Header
    names are lower case.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    peer: str = ""


class RawEvent(msgspec.Struct, frozen=True):
    """One event as the provider wrote it. `key` dedupes it inside the account; `lane` names the
    serial queue
    (the chat, for Telegram chat:thread); `at` is the provider's time or None.
    """

    key: str
    lane: str
    body: bytes
    at: datetime | None = None


class Reply(msgspec.Struct, frozen=True):
    """What the provider wants to hear."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


class Opened(msgspec.Struct, frozen=True):
    """A proven request: its events (a batch is split) and the reply."""

    events: tuple[RawEvent, ...]
    reply: Reply = Reply()


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider accepted. `external_id` is the first id, `parts` all of them (an album, a split
    text).

    `slow_down_seconds`: its rate headers ask for this pause before the channel's next call.
    """

    external_id: str = ""
    parts: tuple[str, ...] = ()
    thread_id: str = ""
    at: datetime | None = None
    slow_down_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` in any window of `seconds`; bulk may use all but `reserve` of them."""

    count: int
    seconds: float
    reserve: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """One call takes one token from this bucket ("" is the whole channel)."""

    bucket: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the channel can carry. Lengths in characters as the provider counts them, sizes in
    bytes.
    """

    initiate: bool
    max_text: int
    max_caption: int = 0
    media: frozenset[MediaKind] = frozenset()
    max_upload: Mapping[MediaKind, int] = field(default_factory=dict)
    max_album: int = 1
    formatting: bool = False
    buttons: bool = False
    reply_to: bool = False
    edit: bool = False
    delete_within_seconds: int = 0
    receipts: frozenset[str] = frozenset()
    topics: bool = False
    reactions: bool = False
    mark_read: bool = False
    block: bool = False
    typing: bool = False
    honours_idempotency_key: bool = False
    own_messages_echoed: bool = False
    hooks: bool = True
    hook_has_secret: bool = False
    hook_is_proof: bool = True
    """False: an event is shown at once and marked when the history does not confirm it."""
    bot: bool = False
    """True: events go to the bots' dispatchers instead of `parse`."""
    media_hosts: frozenset[str] = frozenset()
    """Hosts (suffixes) from which media of an event may be fetched."""


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One line of the connect form; label and hint are catalogue keys
    `credentials.<provider>.<name>[.hint]`.
    """

    name: str
    secret: bool = True
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a health check list. `state`: ok warn bad unknown idle; `key` is a catalogue key
    for the words.
    """

    name: str
    state: str
    key: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the credentials belong to."""

    external_id: str
    name: str
    username: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """What a pull brought: events in the provider's order and the position to go on from."""

    events: tuple[RawEvent, ...]
    cursor: str
    more: bool = False
