"""What channels are given and what they answer: parts, the way to owners, results."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.channels.health import ChannelInfo
from services.channels.tokens import Tokens
from services.channels.view import ChannelCache
from services.connectors.base import Identity
from services.connectors.registry import Registry
from services.kit.crypto import Keyring
from services.kit.db import Tx
from services.kit.i18n import Texts


class Owners(Protocol):
    """Tells the owners of a tenant something, with the transaction it became true in."""

    async def channel_trouble(self, tx: Tx, channel: ChannelInfo, trouble: str) -> None:
        """Say that a channel stopped (`auth`) or lost its webhook (`webhook`), once."""
        ...

    async def channel_well(self, tx: Tx, channel: ChannelInfo, trouble: str) -> None:
        """Say that it works again."""
        ...


class Silence:
    """Owners who hear nothing (seeding, tests)."""

    async def channel_trouble(self, tx: Tx, channel: ChannelInfo, trouble: str) -> None:
        """Say nothing."""

    async def channel_well(self, tx: Tx, channel: ChannelInfo, trouble: str) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Connected:
    """What connecting came to. `is_shared`: another tenant has the same account connected;
    `is_pictured`: the bot had no picture and shows ours now.
    """

    channel: ChannelInfo
    identity: Identity
    hook_is_set: bool
    is_new: bool
    is_shared: bool = False
    is_pictured: bool = False


Resumed = Callable[[Tx, UUID], Awaitable[None]]
"""Called with the transaction in which a channel works again, and its id."""


@dataclass(frozen=True, slots=True)
class Ways:
    """What channels need of the process beside the database."""

    registry: Registry
    keyring: Keyring
    cache: ChannelCache
    tokens: Tokens
    texts: Texts
    public_url: str | None
