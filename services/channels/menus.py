"""Menus of commands by kind of bot, as data: what Telegram shows when a person types a slash.

They are set when a bot is connected; descriptions are catalogue keys `command.<kind>.<name>`.
Members of a group see the acts on a conversation, a private chat with a client bot only start and
stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.kit.i18n import Texts


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu; `scope` is who sees it, in the provider's word."""

    scope: str
    commands: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MENUS: Mapping[str, tuple[Menu, ...]] = {
    "master": (
        Menu(
            "default",
            _words(
                "start bots chats hours settings health stats team invite lang zone help cancel"
            ),
        ),
    ),
    "client": (
        Menu("default", _words("start stop help lang cancel")),
        Menu(
            "all_group_chats",
            _words(
                "note r take assign snooze close reopen delete block canned chats stats help lang"
                " cancel"
            ),
        ),
    ),
}


def described(kind: str, locale: str, texts: Texts) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return for each scope its commands with their descriptions in a language."""
    return [
        (menu.scope, [(name, texts.t(locale, f"command.{kind}.{name}")) for name in menu.commands])
        for menu in MENUS.get(kind, ())
    ]
