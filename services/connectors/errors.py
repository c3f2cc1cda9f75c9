"""What a provider may answer instead of success, as a closed tree; decided on in
`services.outbox.rules` only.

ConnectorError
├─ Forged                     an incoming request is not authentic; the hook answers 401, nothing
is stored
├─ Unreadable                 an authentic event has a shape we cannot read; it is parked
├─ Temporary(retry_after)     network, 5xx: try again later, counts as an attempt
│  └─ RateLimited             429: wait exactly that long, does not count as an attempt
├─ Rejected(reason)           never by itself: parked now
│  ├─ RecipientUnreachable    the person or chat cannot be reached; the address is marked
│  ├─ Unsupported             the channel cannot carry this kind
│  └─ DestinationMoved        the chat has a new id: the caller stores it and the call is repeated
├─ OutcomeUnknown             the request left, no answer came: never repeated blindly
└─ AuthExpired(refreshable)   credentials are refused: refreshed once, then the channel is
suspended
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a delivery was parked, skipped or is unknown. A closed list: the journal, metrics and
    texts use it.
    """

    AUTH = "auth"
    BAD_REQUEST = "bad_request"
    BLOCKED = "blocked"
    CHANNEL_SUSPENDED = "channel_suspended"
    CHAT_NOT_FOUND = "chat_not_found"
    CRASHED = "crashed"
    DROPPED = "dropped"
    EXPIRED = "expired"
    HELD = "held"
    INTERNAL = "internal"
    KICKED = "kicked"
    MEDIA_GONE = "media_gone"
    NO_RIGHTS = "no_rights"
    NOT_PAID = "not_paid"
    POISON = "poison"
    PROVIDER_DOWN = "provider_down"
    RATE_LIMITED = "rate_limited"
    SUPERSEDED = "superseded"
    TIMEOUT = "timeout"
    TOO_BIG = "too_big"
    TOPIC_CLOSED = "topic_closed"
    TOPIC_MISSING = "topic_missing"
    UNREADABLE = "unreadable"
    UNSUPPORTED = "unsupported"


class ConnectorError(Exception):
    """Root. `detail` is the provider's own word, already free of secrets and personal data."""

    reason: Reason = Reason.INTERNAL

    def __init__(self, detail: str = "", *, reason: Reason | None = None, status: int = 0) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        if reason is not None:
            self.reason = reason


class Forged(ConnectorError):
    """The request does not prove that the provider sent it."""


class Unreadable(ConnectorError):
    """The event is authentic, its shape is not one we know how to read."""

    reason = Reason.UNREADABLE


class Temporary(ConnectorError):
    """Nothing was accepted and a later try may succeed. `retry_after_seconds` is the provider's
    wish, or None.
    """

    reason = Reason.PROVIDER_DOWN

    def __init__(
        self,
        detail: str = "",
        *,
        retry_after_seconds: float | None = None,
        reason: Reason | None = None,
        status: int = 0,
    ) -> None:
        super().__init__(detail, reason=reason, status=status)
        self.retry_after_seconds = retry_after_seconds


class RateLimited(Temporary):
    """Wait `retry_after_seconds`; `bucket` is the chat's bucket when only that chat is limited, ""
    for the whole channel.
    """

    reason = Reason.RATE_LIMITED

    def __init__(
        self, detail: str = "", *, retry_after_seconds: float, bucket: str = "", status: int = 429
    ) -> None:
        super().__init__(detail, retry_after_seconds=retry_after_seconds, status=status)
        self.bucket = bucket


class Rejected(ConnectorError):
    """The provider refused for good; repeating the same call cannot help. `size`: of a file that
    is too big, where it is known.
    """

    reason = Reason.BAD_REQUEST

    def __init__(
        self, detail: str = "", *, reason: Reason | None = None, status: int = 0, size: int = 0
    ) -> None:
        super().__init__(detail, reason=reason, status=status)
        self.size = size


class RecipientUnreachable(Rejected):
    """Blocked, deleted, kicked, never started: see `reason`."""

    reason = Reason.BLOCKED


class Unsupported(Rejected):
    """The channel cannot carry this kind of message. Raised before anything leaves."""

    reason = Reason.UNSUPPORTED


class DestinationMoved(Rejected):
    """The chat lives on under `new_chat_id`."""

    reason = Reason.CHAT_NOT_FOUND

    def __init__(self, new_chat_id: str, detail: str = "") -> None:
        super().__init__(detail)
        self.new_chat_id = new_chat_id


class OutcomeUnknown(ConnectorError):
    """The request left and no answer came: accepted or not, we cannot tell."""

    reason = Reason.TIMEOUT


class AuthExpired(ConnectorError):
    """Credentials refused. `refreshable`: a fresh access token may help, so ask for one and repeat
    once.
    """

    reason = Reason.AUTH

    def __init__(self, detail: str = "", *, refreshable: bool = False, status: int = 401) -> None:
        super().__init__(detail, status=status)
        self.refreshable = refreshable

    def after_refresh(self) -> ConnectorError:
        """Return what the same refusal means once the token is fresh: a missing right (403) or
        refused keys.
        """
        if self.status == 403:
            return Rejected(self.detail, reason=Reason.NO_RIGHTS, status=403)
        return AuthExpired(self.detail, status=self.status)
