"""Small moves every dialogue makes."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from handlers.filters import Said
from handlers.words import Words

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


def cancels(r: Router) -> None:
    """Let /cancel end whatever dialogue stands open, everywhere."""

    @r.message(Said("cancel"))
    async def on_cancel(
        message: Message,
        words: Words,
        raw_state: str | None = None,
        state: FSMContext | None = None,
    ) -> None:
        if state is not None:
            await state.clear()
        await message.answer(words("talk.cancelled" if raw_state else "talk.nothing"))
