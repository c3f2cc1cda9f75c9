"""Pure decisions about people: who may give which role, how a business gets its slug."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from services.tenants.actor import Role

PLATFORM = "platform"
MAX_NAME = 100
MAX_TRIES = 5
LINK_SECONDS = 15 * 60
TRY_WINDOW_MINUTES = 15
INVITABLE = (Role.MANAGER, Role.OWNER, Role.ANALYST, Role.BILLING)

_LETTERS = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "h",
            "c",
            "ch",
            "sh",
            "sch",
            "_",
            "y",
            "_",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
)


class Purpose(StrEnum):
    """What a link is for; a token of one purpose is unknown to another."""

    JOIN_TENANT = "join_tenant"
    LINK_ACCOUNT = "link_account"
    INVITE = "invite"


def may_invite(actor_role: Role | None, role: Role, *, is_admin: bool, has_owner: bool) -> bool:
    """Say whether a role may be handed out: owners give every role of a business; the platform's
    admins only bring the first owner of a business that has none. Deliberately never: `admin`, and
    anything by a manager.
    """
    if role not in INVITABLE:
        return False
    if actor_role is Role.OWNER:
        return True
    return is_admin and role is Role.OWNER and not has_owner


def scope_text(role: Role, channels: Iterable[UUID]) -> str:
    """Return a membership's scope as it is stored: `{}` is everything, and only managers have
    less.
    """
    wanted = sorted({str(channel) for channel in channels}) if role is Role.MANAGER else []
    return json.dumps({"channels": wanted}) if wanted else "{}"


def slug_of(name: str) -> str:
    """Return a slug for a name: Latin letters, digits and dashes, never empty, at most 40
    characters.
    """
    latin = "".join(_LETTERS.get(letter, letter) for letter in name.lower())
    slug = re.sub(r"[^a-z0-9]+", "-", latin.replace("_", "")).strip("-")[:40].strip("-")
    return slug if slug and slug != PLATFORM else "business"


def clean_name(text: str) -> str:
    """Return a name in one line without control characters; "" when nothing is left."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line[:MAX_NAME]
