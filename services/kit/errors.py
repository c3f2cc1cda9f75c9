"""Expected refusals, as a tree; `key` is a catalogue key and the edge translates it.

AppError(key, **params)
├─ NotFound          unknown id, or another tenant's: the same answer
├─ Conflict          the state forbids it
├─ Forbidden         the role forbids it
├─ InvalidInput      `field` names what to mend
├─ ConsentMissing
├─ QuotaExceeded     (`retry_after_seconds` when waiting helps)
├─ ChannelSuspended
└─ Unavailable       a part we need is away; repeating later helps
"""

from __future__ import annotations


class AppError(Exception):
    """Root of expected refusals; `params` fill the translated text."""

    retryable = False

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(key)
        self.key = key
        self.params = params


class NotFound(AppError):
    """No such row for this tenant."""


class Conflict(AppError):
    """The row's state forbids the act."""


class Forbidden(AppError):
    """The actor's role forbids the act."""


class InvalidInput(AppError):
    """A value is not acceptable; `field` is its path."""

    def __init__(self, key: str, *, field: str = "", **params: object) -> None:
        super().__init__(key, field=field, **params)
        self.field = field


class ConsentMissing(AppError):
    """The contact has not allowed this."""


class QuotaExceeded(AppError):
    """A limit is reached."""


class ChannelSuspended(AppError):
    """The channel does not work until its owner mends it."""


class Unavailable(AppError):
    """Database or provider is away; try again later."""

    retryable = True
