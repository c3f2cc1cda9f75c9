"""What a connector must be (Connector) and may be (the Supports… powers), with the values that
cross the border.

A connector holds no tenant state and touches no database. It raises only errors of
`services.connectors.errors`. Capabilities and limits are data: callers ask the data, never the
name.
Access tokens: the pipeline hands in `Account.token`; when a call raises
AuthExpired(refreshable=True) it
asks `SupportsOAuth.refresh` in single flight across processes and repeats the call once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol, runtime_checkable

from services.connectors.messages import (
    Inbound,
    Media,
    Message,
    Outbound,
    OutboundMessage,
    Subject,
)
from services.connectors.values import (
    Account,
    Capabilities,
    Check,
    Cost,
    CredentialField,
    HookRequest,
    Identity,
    Opened,
    Page,
    Rate,
    RawEvent,
    Reply,
    Sent,
    Token,
)

__all__ = [
    "CONNECTORS_ATTRIBUTE",
    "Account",
    "Capabilities",
    "Check",
    "Connector",
    "Cost",
    "CredentialField",
    "HookRequest",
    "Identity",
    "MediaSource",
    "Opened",
    "Page",
    "Rate",
    "RawEvent",
    "Reply",
    "Sent",
    "SupportsHistory",
    "SupportsMedia",
    "SupportsOAuth",
    "SupportsPicture",
    "SupportsPull",
    "SupportsSetup",
    "SupportsWorkspace",
    "Token",
]


class Connector(Protocol):
    """One provider's account type."""

    name: str
    capabilities: Capabilities
    credentials: type[Any]
    """A frozen dataclass of strings: what a tenant must enter."""
    fields: Sequence[CredentialField]

    def open(self, account: Account, request: HookRequest) -> Opened:
        """Prove the request and split it. Calls nobody. Raises Forged; Unreadable never
        (unreadable bodies become one event).
        """
        ...

    def parse(self, account: Account, event: RawEvent) -> Sequence[Inbound]:
        """Translate one stored event. Pure; the same event parses alike for ever. Raises
        Unreadable.
        """
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
        """Point the provider's webhook at us (None: none, for pulling); safe to repeat."""
        ...

    async def disconnect(self, account: Account, hook_url: str | None) -> None:
        """Take our webhook away; safe to repeat."""
        ...

    async def health(self, account: Account, hook_url: str | None) -> Sequence[Check]:
        """Return one Check per capability (`token`, `webhook`, …). Raises only Temporary and
        OutcomeUnknown.
        """
        ...


@runtime_checkable
class SupportsPull(Protocol):
    """A source that is asked: message history, getUpdates."""

    async def pull(self, account: Account, cursor: str, *, wait_seconds: float = 0) -> Page:
        """Return what came after `cursor` ("" = from now back to what is unread). Its keys equal
        the webhook's keys.
        """
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
        """Return one Check per thing the bridge needs there; a `bad` one stops it. Raises
        Temporary, AuthExpired.
        """
        ...


@runtime_checkable
class SupportsPicture(Protocol):
    """The account's own public picture can be set."""

    async def has_picture(self, account: Account) -> bool:
        """Say whether the account shows a picture already. Raises ConnectorError."""
        ...

    async def set_picture(self, account: Account, jpeg: bytes) -> None:
        """Show this picture. Raises ConnectorError."""
        ...


@runtime_checkable
class SupportsMedia(Protocol):
    """Content of attachments can be fetched from the provider."""

    def fetch(self, account: Account, media: Media) -> AsyncIterator[bytes]:
        """Stream the content from the provider's own hosts only. Raises Rejected(MEDIA_GONE |
        TOO_BIG), Temporary, AuthExpired.
        """
        ...


@runtime_checkable
class SupportsOAuth(Protocol):
    """Access tokens that expire."""

    async def refresh(self, account: Account) -> Token:
        """Return a fresh token. Raises AuthExpired when the grant itself is refused."""
        ...


CONNECTORS_ATTRIBUTE = "CONNECTORS"
