"""Inline keyboards from rows of (text, data) pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

Button = tuple[str, str]


def keyboard(*rows: Sequence[Button]) -> InlineKeyboardMarkup:
    """Return a keyboard; data that begins with https:// makes a link."""
    return InlineKeyboardMarkup(
        inline_keyboard=[[_button(text, data) for text, data in row] for row in rows]
    )


def column(buttons: Iterable[Button]) -> InlineKeyboardMarkup:
    """Return a keyboard with one button in a row."""
    return keyboard(*[[button] for button in buttons])


def _button(text: str, data: str) -> InlineKeyboardButton:
    if data.startswith("https://"):
        return InlineKeyboardButton(text=text, url=data)
    return InlineKeyboardButton(text=text, callback_data=data)
