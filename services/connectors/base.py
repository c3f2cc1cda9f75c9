"""What a connector must be (Connector) and may be (the Supports… powers), with the values that cross the border.

A connector holds no tenant state and touches no database. It raises only errors of
`services.connectors.errors`. Capabilities and limits are data: callers ask the data, never the name.
Access tokens: the pipeline hands in `Account.token`; when a call raises AuthExpired(refreshable=True) it
asks `SupportsOAuth.refresh` in single flight across processes and repeats the call once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from services.connectors.messages import (
    Inbound,
    Media,
    MediaKind,
    Message,
    Outbound,
    OutboundMessage,
    Subject,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A short-lived access token; `expires_at` in aware UTC."""

    value: str = field(repr=False)
    expires_at: datetime
    refresh: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """One tenant's account at a provider, opened for a call. `hook_secret` is "" where the provider has none."""

    channel_id: str
    external_id: str
    credentials: Any
    hook_secret: str = field(default="", repr=False)
    token: Token | None = None


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One webhook request. `url` is built from PUBLIC_URL, never from the Host header. Header names are lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    peer: str = ""


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One event as the provider wrote it. `key` dedupes it inside the account; `lane` names the serial queue
    (the chat, for Telegram chat:thread); `at` is the provider's time or None.
    """

    key: str
    lane: str
    body: bytes
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the provider wants to hear."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Opened:
    """A proven request: its events (a batch is split) and the reply."""

    events: tuple[RawEvent, ...]
    reply: Reply = Reply()


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider accepted. `external_id` is the first id, `parts` all of them (an album, a split text).

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
    """What the channel can carry. Lengths in characters as the provider counts them, sizes in bytes."""

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
    """One line of the connect form; label and hint are catalogue keys `credentials.<provider>.<name>[.hint]`."""

    name: str
    secret: bool = True
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a health check list. `state`: ok warn bad unknown idle; `key` is a catalogue key for the words."""

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


class Connector(Protocol):
    """One provider's account type."""

    name: str
    capabilities: Capabilities
    credentials: type[Any]
    """A frozen dataclass of strings: what a tenant must enter."""
    fields: Sequence[CredentialField]

    def open(self, account: Account, request: HookRequest) -> Opened:
        """Prove the request and split it. Calls nobody. Raises Forged; Unreadable never (unreadable bodies become one event)."""
        ...

    def parse(self, account: Account, event: RawEvent) -> Sequence[Inbound]:
        """Translate one stored event. Pure; the same event parses alike for ever. Raises Unreadable."""
        ...

    async def send(self, account: Account, action: Outbound, media: MediaSource) -> Sent:
        """Perform one action with one effect. Any ConnectorError but Forged and Unreadable."""
        ...

    def costs(self, action: Outbound) -> Sequence[Cost]:
        """Name the buckets this action takes a token from, the channel's own first. Pure."""
        ...


class MediaSource(Protocol):
    """Hands bytes of an attachment to a sending connector; each stream can be opened again."""

    def open(self, media: Media) -> AsyncIterator[bytes]:
        """Yield the content. Raises Rejected(reason=MEDIA_GONE) or Temporary."""
        ...


@runtime_checkable
class SupportsSetup(Protocol):
    """Connect, check and disconnect an account."""

    async def identify(self, account: Account) -> Identity:
        """Return whose credentials these are. Raises AuthExpired for wrong ones."""
        ...

    async def connect(self, account: Account, hook_url: str | None) -> None:
        """Point the provider's webhook (None: none, so that pulling works) at us; safe to repeat."""
        ...

    async def disconnect(self, account: Account, hook_url: str | None) -> None:
        """Take our webhook away; safe to repeat."""
        ...

    async def health(self, account: Account, hook_url: str | None) -> Sequence[Check]:
        """Return one Check per capability (`token`, `webhook`, …). Raises only Temporary and OutcomeUnknown."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """What a pull brought: events in the provider's order and the position to go on from."""

    events: tuple[RawEvent, ...]
    cursor: str
    more: bool = False


@runtime_checkable
class SupportsPull(Protocol):
    """A source that is asked: message history, getUpdates."""

    async def pull(self, account: Account, cursor: str, *, wait_seconds: float = 0) -> Page:
        """Return what came after `cursor` ("" = from now back to what is unread). Its keys equal the webhook's keys."""
        ...


@runtime_checkable
class SupportsHistory(Protocol):
    """The chat can be read back, so an unknown outcome can be settled."""

    async def history(self, account: Account, chat_id: str, limit: int = 30) -> Sequence[Message]:
        """Return the last messages of a chat, oldest first, own ones included."""
        ...

    async def subject(self, account: Account, chat_id: str) -> tuple[Subject | None, str, str]:
        """Return what the chat is about, the other person's id and display name."""
        ...

    def same(self, action: OutboundMessage, message: Message) -> bool:
        """Say whether this own message of the history is what the action would have sent. Pure."""
        ...


@runtime_checkable
class SupportsWorkspace(Protocol):
    """A group of this provider can be the members' workplace."""

    async def inspect(self, account: Account, chat_id: str) -> Sequence[Check]:
        """Return one Check per thing the bridge needs there; a `bad` one stops it. Raises Temporary, AuthExpired."""
        ...


@runtime_checkable
class SupportsMedia(Protocol):
    """Content of attachments can be fetched from the provider."""

    def fetch(self, account: Account, media: Media) -> AsyncIterator[bytes]:
        """Stream the content from the provider's own hosts only. Raises Rejected(MEDIA_GONE | TOO_BIG), Temporary, AuthExpired."""
        ...


@runtime_checkable
class SupportsOAuth(Protocol):
    """Access tokens that expire."""

    async def refresh(self, account: Account) -> Token:
        """Return a fresh token. Raises AuthExpired when the grant itself is refused."""
        ...


CONNECTORS_ATTRIBUTE = "CONNECTORS"
