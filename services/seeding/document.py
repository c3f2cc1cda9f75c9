"""The seed file's shape, strictly read: an unknown or mistyped field is refused by its path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from services.kit.errors import InvalidInput

UNBUILT = ("templates", "segments", "campaigns")
"""Sections whose features do not exist yet; an empty list of them is fine."""

Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Words = Annotated[str, msgspec.Meta(max_length=200)]
TelegramId = Annotated[int, msgspec.Meta(gt=0, lt=2**52)]
Role = Literal["owner", "manager", "analyst", "billing"]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every entry."""


class AdminEntry(Section, frozen=True):
    """A person who runs the platform."""

    telegram_id: TelegramId
    name: Words = ""


class MemberEntry(Section, frozen=True):
    """A person of a tenant."""

    telegram_id: TelegramId
    role: Role
    name: Words = ""


class BotEntry(Section, frozen=True):
    """A bot with its token."""

    name: Name
    token: str
    username: Annotated[str, msgspec.Meta(max_length=64)] = ""


class ChannelEntry(Section, frozen=True):
    """Any other account."""

    name: Name
    provider: str
    account_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    credentials: Mapping[str, str]


class WorkspaceEntry(Section, frozen=True):
    """A group where managers answer; `serves` names channels of the tenant."""

    name: Name
    bot: str
    chat_id: int
    serves: tuple[str, ...] = ()


class ApiKeyEntry(Section, frozen=True):
    """A machine's key; made at random when `key` is not given."""

    name: Name
    scopes: tuple[str, ...]
    key: Annotated[str, msgspec.Meta(min_length=16, max_length=200)] | None = None


class BotAddress(Section, frozen=True):
    """A person's chat with one of the tenant's bots."""

    bot: str
    chat_id: int


class ContactEntry(Section, frozen=True):
    """A customer; `ref` is the name by which consents speak of it."""

    ref: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    name: Words = ""
    locale: str | None = None
    zone: str | None = None
    fields: Mapping[str, str | int | float | bool | None] = {}
    identities: Mapping[str, BotAddress | str] = {}


class ConsentEntry(Section, frozen=True):
    """One event of a contact's permission."""

    contact: str
    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    channel: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    action: Literal["grant", "revoke"]
    evidence: str = ""


class TenantEntry(Section, frozen=True):
    """One business and all that belongs to it."""

    slug: Slug
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    locale: Annotated[str, msgspec.Meta(max_length=8)] = "ru"
    zone: str = "Europe/Moscow"
    plan: Annotated[str, msgspec.Meta(max_length=32)] = "free"
    members: tuple[MemberEntry, ...] = ()
    bots: tuple[BotEntry, ...] = ()
    channels: tuple[ChannelEntry, ...] = ()
    workspaces: tuple[WorkspaceEntry, ...] = ()
    api_keys: tuple[ApiKeyEntry, ...] = ()
    contacts: tuple[ContactEntry, ...] = ()
    consents: tuple[ConsentEntry, ...] = ()


class Document(Section, frozen=True):
    """A whole file. `demo` marks data that must never meet real people."""

    demo: bool = False
    admins: tuple[AdminEntry, ...] = ()
    tenants: tuple[TenantEntry, ...] = ()


def read_document(raw: object) -> Document:
    """Return the document. Raises InvalidInput with the path of the first thing that is wrong."""
    if raw is None:
        return Document()
    if not isinstance(raw, Mapping):
        raise InvalidInput("seed.not_a_mapping")
    try:
        document = msgspec.convert(_without_unbuilt(raw), Document)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$")
        field = path.removesuffix("`").lstrip(".")
        raise InvalidInput("seed.shape", field=field, problem=problem) from error
    for index, tenant in enumerate(document.tenants):
        _check_tenant(tenant, f"tenants[{index}]")
    return document


def _without_unbuilt(raw: Mapping[Any, Any]) -> dict[Any, Any]:
    whole = dict(raw)
    tenants = whole.get("tenants")
    if not isinstance(tenants, list):
        return whole
    whole["tenants"] = [_built(tenant, f"tenants[{n}]") for n, tenant in enumerate(tenants)]
    return whole


def _built(tenant: object, path: str) -> object:
    if not isinstance(tenant, Mapping):
        return tenant
    for name in UNBUILT:
        if tenant.get(name):
            raise InvalidInput("seed.section_unbuilt", field=f"{path}.{name}", section=name)
    return {name: value for name, value in tenant.items() if name not in UNBUILT}


def _check_tenant(tenant: TenantEntry, path: str) -> None:
    try:
        ZoneInfo(tenant.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput("seed.zone", field=f"{path}.zone") from error
    bots = _unique([bot.name for bot in tenant.bots], f"{path}.bots")
    channels = _unique([channel.name for channel in tenant.channels], f"{path}.channels")
    if bots & channels:
        raise InvalidInput("seed.name_twice", field=f"{path}.channels", name=min(bots & channels))
    _unique([workspace.name for workspace in tenant.workspaces], f"{path}.workspaces")
    _unique([key.name for key in tenant.api_keys], f"{path}.api_keys")
    refs = _unique([contact.ref for contact in tenant.contacts], f"{path}.contacts")
    for number, consent in enumerate(tenant.consents):
        if consent.contact not in refs:
            field = f"{path}.consents[{number}].contact"
            raise InvalidInput("seed.unknown_name", field=field, name=consent.contact)


def _unique(names: list[str], path: str) -> set[str]:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            raise InvalidInput("seed.name_twice", field=f"{path}[{number}]", name=name)
        seen.add(name)
    return seen
