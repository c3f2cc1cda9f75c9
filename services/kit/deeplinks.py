"""Addresses of the cabinet's pages as they travel through Telegram: what a link names, written
short and read strictly.

A start parameter is `dialogs-<32 hex digits>`, or the name of a page alone: `undelivered`. It
proves nothing and holds no secret: the page it leads to asks who is there. What is written in any
other way is nobody's link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

WRITTEN = re.compile(r"([a-z]{1,16})(?:-([0-9a-f]{32}))?", re.ASCII)
OPENS = "/app/open?to="


class Page(StrEnum):
    """Pages a link may name; the value is their place under `/app/`."""

    HOME = "home"
    DIALOGS = "dialogs"
    BOTS = "bots"
    ACCOUNTS = "accounts"
    GROUPS = "workspaces"
    UNDELIVERED = "undelivered"
    CANNED = "canned"
    TEAM = "team"
    SECURITY = "security"
    SETTINGS = "settings"


OBJECTS = frozenset({Page.DIALOGS, Page.BOTS, Page.ACCOUNTS, Page.GROUPS, Page.UNDELIVERED})
"""Pages that show one thing by its id."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A page, or one thing on a page of its own."""

    page: Page
    id: UUID | None = None

    @property
    def path(self) -> str:
        """Return the address in the cabinet."""
        if self.page is Page.HOME:
            return "/app"
        return f"/app/{self.page}/{self.id}" if self.id else f"/app/{self.page}"

    @property
    def written(self) -> str:
        """Return the start parameter."""
        return f"{self.page}-{self.id.hex}" if self.id else str(self.page)


def read(text: str) -> Spot | None:
    """Return what a start parameter names; None for what none of ours is written like."""
    found = WRITTEN.fullmatch(text)
    if found is None or found[1] not in Page.__members__.values():
        return None
    page, named = Page(found[1]), found[2]
    if named and page not in OBJECTS:
        return None
    return Spot(page, UUID(named) if named else None)


def private_url(public_url: str | None, spot: Spot) -> str:
    """Return the address of a Mini App button in a private chat with the master bot; "" where
    Telegram would refuse it: it opens https only.
    """
    if not (public_url or "").startswith("https://"):
        return ""
    return f"{public_url}{OPENS}{spot.written}"


def shared_url(public_url: str | None, username: str, spot: Spot) -> str:
    """Return the link that opens the master bot's Mini App from any chat, for groups and other
    bots: only the master bot's word signs a person in. "" without https or a name.
    """
    if not username or not (public_url or "").startswith("https://"):
        return ""
    return f"https://t.me/{username}?startapp={spot.written}"
