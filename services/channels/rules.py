"""Addresses, keys and names of channels. Pure, but for the randomness of keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from services.channels.models import Kind
from services.connectors.base import Capabilities, Connector
from services.connectors.registry import Registry
from services.kit.errors import InvalidInput
from services.kit.ids import random_token

HOOK_KEY_BITS = 192
HOOK_SECRET_BITS = 256
TOKEN_ID = re.compile(r"^(\d{1,20}):\S{1,120}$")
MAX_NAME = 100


def hook_url(public_url: str | None, provider: str, hook_key: str) -> str | None:
    """Return where the provider calls us, or None when nobody outside can reach us."""
    return f"{public_url}/hooks/{provider}/{hook_key}" if public_url else None


def new_hook_key() -> str:
    """Return the random part of a hook address."""
    return random_token(HOOK_KEY_BITS)


def new_hook_secret(capabilities: Capabilities) -> str:
    """Return a fresh secret, "" where the provider sends none back."""
    return random_token(HOOK_SECRET_BITS) if capabilities.hook_has_secret else ""


def token_owner(token: str) -> str:
    """Return the bot id in front of a token's colon. Raises InvalidInput."""
    found = TOKEN_ID.match(token.strip())
    if found is None:
        raise InvalidInput("channels.token.shape", field="token")
    return found[1]


def bot_provider(registry: Registry) -> str:
    """Return the provider whose accounts are bots: the members' home."""
    return next(name for name in registry if registry[name].capabilities.bot)


def is_bot(kind: str) -> bool:
    """Say whether events of this kind go to the bots' dispatchers."""
    return kind in {Kind.MASTER, Kind.CLIENT}


def read_credentials(connector: Connector, values: Mapping[str, str]) -> Any:
    """Return the provider's credentials object. Raises InvalidInput naming the field."""
    known = {item.name for item in connector.fields}
    for name in values:
        if name not in known:
            raise InvalidInput("channels.credentials.unknown", field=name)
    clean: dict[str, str] = {}
    for item in connector.fields:
        value = values.get(item.name, "").strip()
        if not value:
            raise InvalidInput("channels.credentials.missing", field=item.name)
        if item.pattern and not re.fullmatch(item.pattern, value):
            raise InvalidInput("channels.credentials.shape", field=item.name)
        clean[item.name] = value
    return connector.credentials(**clean)


def free_name(wanted: str, taken: set[str]) -> str:
    """Return a name no live channel of the tenant has."""
    base = wanted.strip()[: MAX_NAME - 4] or "channel"
    name, number = base, 2
    while name in taken:
        name, number = f"{base} {number}", number + 1
    return name
