"""Accounts, buyers, listings, chats and messages of the fake Avito."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.city.core import Json


@dataclass(slots=True)
class Item:
    """A listing."""

    id: int
    title: str
    price_string: str
    account_id: int
    url: str
    status: str = "active"
    image_id: str = ""


@dataclass(slots=True)
class Buyer:
    """Somebody who writes to sellers."""

    id: int
    name: str


@dataclass(slots=True)
class Message:
    """One message. `read_at` is when the other side saw it."""

    seq: int
    id: str
    author_id: int
    at: float
    type: str
    content: Json
    by_api: bool = False
    is_read: bool = False
    read_at: int | None = None
    chat_id: str = ""
    media_id: str = ""


@dataclass(slots=True)
class Chat:
    """A dialogue of one buyer with one account about one listing (or none)."""

    id: str
    account_id: int
    buyer: Buyer
    item: Item | None
    created: int
    updated: float
    messages: dict[str, Message] = field(default_factory=dict)
    is_blocked: bool = False

    @property
    def kind(self) -> str:
        """`u2i` about a listing, `u2u` about the profile."""
        return self.id.split("-", 1)[0]

    @property
    def last(self) -> Message | None:
        """The newest message."""
        return next(reversed(self.messages.values()), None)


@dataclass(slots=True)
class Token:
    """An access token and how it was got."""

    value: str
    account_id: int
    issued_at: float
    expires_at: float


@dataclass(slots=True, eq=False)
class Account:
    """A seller's account."""

    id: int
    client_id: str
    client_secret: str
    name: str
    email: str = ""
    phone: str = ""
    level_paid: bool = True
    budget_per_minute: int = 0
    items: dict[int, Item] = field(default_factory=dict)
    chats: dict[str, Chat] = field(default_factory=dict)
    hooks: dict[str, str] = field(default_factory=dict)  # url -> version
    refresh: dict[str, bool] = field(default_factory=dict)  # refresh token -> still good
    codes: set[str] = field(default_factory=set)
    calls: list[float] = field(default_factory=list)
    blacklist: list[Json] = field(default_factory=list)
