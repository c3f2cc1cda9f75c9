"""getUpdates: the way in where nobody can call us. The cursor is the next update's id.

Asking with an offset tells Telegram to forget what lies before it, so the caller stores a page
before it asks for the next. Keys and bodies equal the webhook's. A 409 (another poller, or a
webhook) waits 35 s.
"""

from __future__ import annotations

from typing import Any

import msgspec

from services.connectors.base import Account, Page, RawEvent
from services.connectors.errors import Temporary
from services.kit.http import TooLarge
from services.providers.telegram.client import BotApi, decode
from services.providers.telegram.hooks import raw_event
from services.providers.telegram.setup import ALLOWED_UPDATES

LIMITS = (100, 10, 1)
"""An answer may not pass the client's 1 MiB; a page that does is asked again in smaller ones."""


async def pull(api: BotApi, account: Account, cursor: str, wait_seconds: float) -> Page:
    """Return the next updates. Raises Temporary, AuthExpired."""
    for limit in LIMITS:
        try:
            return await _page(api, account, cursor, wait_seconds, limit)
        except Temporary as error:
            if not isinstance(error.__cause__, TooLarge):
                raise
    raise Temporary("one update is over 1 MiB")


async def _page(
    api: BotApi, account: Account, cursor: str, wait_seconds: float, limit: int
) -> Page:
    params: dict[str, Any] = {
        "timeout": int(wait_seconds),
        "limit": limit,
        "allowed_updates": ALLOWED_UPDATES,
    }
    if cursor:
        params["offset"] = int(cursor)
    result = await api.call(account, "getUpdates", params, wait_seconds=wait_seconds)
    updates = decode("getUpdates", result, list[msgspec.Raw])
    events = tuple(raw_event(bytes(update)) for update in updates)
    return Page(events, _next(events, cursor), more=len(events) == limit)


def _next(events: tuple[RawEvent, ...], cursor: str) -> str:
    ids = [int(event.key) for event in events if event.key.isdigit()]
    return str(ids[-1] + 1) if ids else cursor
