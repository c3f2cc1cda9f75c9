"""Small moves every dialogue makes."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

MOSCOW = "Europe/Moscow"
LANGUAGES = (("Русский", "ru"), ("English", "en"))


async def show(
    query: CallbackQuery, text: str, markup: InlineKeyboardMarkup | None = None
) -> None:
    """Put the outcome of a press where the button was, and end its waiting."""
    await query.answer()
    if isinstance(query.message, Message):
        await query.message.edit_text(text, reply_markup=markup)
    elif query.bot is not None:
        await query.bot.send_message(query.from_user.id, text, reply_markup=markup)


async def say(query: CallbackQuery, text: str, markup: InlineKeyboardMarkup | None = None) -> None:
    """Say something below the button, and end its waiting."""
    await query.answer()
    if query.bot is not None:
        await query.bot.send_message(query.from_user.id, text, reply_markup=markup)


def at(moment: datetime, zone: str | None) -> str:
    """Return hours and minutes as the person's clock shows them."""
    return moment.astimezone(ZoneInfo(zone or MOSCOW)).strftime("%H:%M")
