"""Inline keyboards from rows of (text, data) pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, WebAppInfo

from handlers.words import Words
from services.kit.deeplinks import Spot
from services.tenants.doors import Doors

Button = tuple[str, str]
APP = "app:"


def keyboard(*rows: Sequence[Button]) -> InlineKeyboardMarkup:
    """Return a keyboard; data that begins with https:// makes a link, with `APP` before it a
    button that opens the Mini App (private chats with the master bot only).
    """
    return InlineKeyboardMarkup(
        inline_keyboard=[[_button(text, data) for text, data in row] for row in rows if row]
    )


def column(buttons: Iterable[Button]) -> InlineKeyboardMarkup:
    """Return a keyboard with one button in a row."""
    return keyboard(*[[button] for button in buttons])


def way_in(words: Words, doors: Doors, spot: Spot) -> list[Button]:
    """Return the row that opens a page of the cabinet; empty where Telegram would not open it."""
    url = doors.private(spot)
    return [(words.plain("button.cabinet"), f"{APP}{url}")] if url else []


def _button(text: str, data: str) -> InlineKeyboardButton:
    if data.startswith(APP):
        return InlineKeyboardButton(text=text, web_app=WebAppInfo(url=data.removeprefix(APP)))
    if data.startswith("https://"):
        return InlineKeyboardButton(text=text, url=data)
    return InlineKeyboardButton(text=text, callback_data=data)
