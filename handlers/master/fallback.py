"""What nobody else understood: answered in words, so that no one waits in silence."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from handlers.filters import Command, Private
from handlers.words import Words


def router() -> Router:
    """Return the last router."""
    r = Router(name="master.fallback")

    @r.message(Private())
    async def on_anything(message: Message, words: Words, command: Command | None = None) -> None:
        await message.answer(words("talk.unknown_command" if command else "talk.not_understood"))

    @r.callback_query()
    async def on_dead_button(query: CallbackQuery, words: Words) -> None:
        await query.answer(words.plain("talk.dead_button"), show_alert=True)

    return r
