"""Checks of keyboards."""

from __future__ import annotations

from typing import Any

from sandbox.city.core import Json
from sandbox.city.telegram.errors import bad

MAX_CALLBACK_BYTES = 64
_KINDS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


def checked(markup: Any, *, is_private: bool = True) -> Json | None:
    """The inline keyboard to keep with a message; other keyboards are accepted and not kept.
    `is_private`: Mini App buttons are for private chats.
    """
    if not markup:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        return None
    for row in rows:
        for button in row:
            _check(button)
            if "web_app" in button:
                _check_app(button, is_private=is_private)
    return markup if rows and any(rows) else None


def _check_app(button: Json, *, is_private: bool) -> None:
    if not is_private:
        raise bad("BUTTON_TYPE_INVALID")
    url = str((button["web_app"] or {}).get("url", ""))
    if not url.startswith("https://"):
        raise bad(
            f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed"
        )


def _check(button: Json) -> None:
    if not button.get("text"):
        raise bad("can't parse inline keyboard button: Text buttons are unallowed")
    if not any(kind in button for kind in _KINDS):
        raise bad(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    data = button.get("callback_data")
    if data is not None and not 1 <= len(str(data).encode()) <= MAX_CALLBACK_BYTES:
        raise bad("BUTTON_DATA_INVALID")
