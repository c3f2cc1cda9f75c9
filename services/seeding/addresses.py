"""Addresses of a contact in a seed file, normalised and blinded as contacts do it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from services.kit.crypto import TenantKeys
from services.kit.errors import InvalidInput
from services.seeding.accounts import BOT_PROVIDER
from services.seeding.document import BotAddress, ContactEntry

Bots = Mapping[str, str]
"""The provider's id of each bot by its name in the tenant."""

PHONE = re.compile(r"^\+\d{7,15}$")
MAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
PHONES = frozenset({"sms", "phone", "voice", "whatsapp"})


@dataclass(frozen=True, slots=True)
class Address:
    """One address; `named` is its key in the document, `scope` the bot it can be reached by."""

    named: str
    provider: str
    scope: str
    value: str
    hash: bytes

    @property
    def key(self) -> tuple[str, str, bytes]:
        """Return what makes it unique in the tenant."""
        return self.provider, self.scope, self.hash


def read(entry: ContactEntry, path: str, keys: TenantKeys, bots: Bots) -> Iterator[Address]:
    """Yield the addresses of an entry. Raises InvalidInput with the field's path."""
    for named, written in entry.identities.items():
        field = f"{path}.identities.{named}"
        if isinstance(written, BotAddress):
            if written.bot not in bots:
                raise InvalidInput("seed.unknown_name", field=f"{field}.bot", name=written.bot)
            value, scope, provider = str(written.chat_id), bots[written.bot], BOT_PROVIDER
        else:
            value, scope, provider = normal(named, written, field), "", named
        yield Address(named, provider, scope, value, keys.blind(value))


def normal(provider: str, written: str, field: str) -> str:
    """Return the one spelling of an address. Raises InvalidInput."""
    value = written.strip()
    if provider == "email":
        value = value.lower()
        if not MAIL.match(value):
            raise InvalidInput("seed.address", field=field)
    elif provider in PHONES:
        value = re.sub(r"[\s()\-]", "", value)
        if not PHONE.match(value):
            raise InvalidInput("seed.address", field=field)
    if not value:
        raise InvalidInput("seed.address", field=field)
    return value


def seal(keys: TenantKeys, identity_id: UUID, address: Address) -> bytes:
    """Return the address bound to its row."""
    return keys.seal("identity:address", identity_id, address.value.encode())
