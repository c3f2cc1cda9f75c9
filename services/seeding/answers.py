"""What seeding prints: the document's shape with ids; credentials are left out."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from services.seeding.document import BotAddress


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every answer."""

    id: UUID


class PersonMade(Made, frozen=True):
    """An admin."""

    telegram_id: int
    name: str


class MemberMade(PersonMade, frozen=True):
    """A member of a tenant."""

    user_id: UUID
    role: str


class ChannelMade(Made, frozen=True):
    """A bot or another account, with the address its provider calls and the secret it shows."""

    name: str
    provider: str
    account_id: str
    username: str
    hook_url: str | None
    hook_secret: str | None


class WorkspaceMade(Made, frozen=True):
    """A group and whom it serves."""

    name: str
    bot: str
    chat_id: int
    serves: tuple[str, ...]


class ApiKeyMade(Made, frozen=True):
    """`key` is null unless it was given or made in this very run."""

    name: str
    scopes: tuple[str, ...]
    key: str | None


class ContactMade(Made, frozen=True):
    """A customer; `identity_ids` by the document's own names of addresses."""

    ref: str
    name: str
    fields: Mapping[str, str | int | float | bool | None]
    identities: Mapping[str, BotAddress | str]
    identity_ids: Mapping[str, UUID]


class ConsentMade(Made, frozen=True):
    """One stored permission event."""

    contact: str
    purpose: str
    channel: str
    action: str


class TenantMade(Made, frozen=True):
    """Everything of one tenant."""

    slug: str
    name: str
    locale: str
    zone: str
    plan: str
    members: tuple[MemberMade, ...]
    bots: tuple[ChannelMade, ...]
    channels: tuple[ChannelMade, ...]
    workspaces: tuple[WorkspaceMade, ...]
    api_keys: tuple[ApiKeyMade, ...]
    contacts: tuple[ContactMade, ...]
    consents: tuple[ConsentMade, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer."""

    admins: tuple[PersonMade, ...]
    tenants: tuple[TenantMade, ...]
