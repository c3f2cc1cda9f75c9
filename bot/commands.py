"""Menus of commands by kind of bot, as data: what Telegram shows when a person types a slash.

`channels` sets them when a bot is connected; descriptions are catalogue keys `command.<kind>.<name>`.
Members of a group see the acts on a conversation, a private chat with a client bot only start and stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.kit import i18n


@dataclass(frozen=True, slots=True)
class Menu:
    """One `setMyCommands`: `scope` is Telegram's, "default" or "all_group_chats"."""

    scope: str
    commands: tuple[str, ...]


MENUS: Mapping[str, tuple[Menu, ...]] = {
    "master": (
        Menu(
            "default",
            ("start", "bots", "chats", "health", "stats", "team", "invite", "lang", "zone", "help", "cancel"),
        ),
    ),
    "client": (
        Menu("default", ("start", "stop", "help", "lang", "cancel")),
        Menu(
            "all_group_chats",
            ("note", "r", "take", "assign", "snooze", "close", "reopen", "delete", "block", "canned", "chats",
             "stats", "help", "lang", "cancel"),
        ),
    ),
}  # fmt: skip


def described(kind: str, locale: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return for each scope its commands with their descriptions in a language."""
    return [
        (menu.scope, [(name, i18n.t(locale, f"command.{kind}.{name}")) for name in menu.commands])
        for menu in MENUS.get(kind, ())
    ]
