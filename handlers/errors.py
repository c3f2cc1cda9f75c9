"""AppError -> a localised reply, once, for both bots.

A refusal is not a failure: the event is done and the person has heard why. Services therefore
check before they write (what was written before a refusal stays). What waiting helps (`retryable`)
fails the event, so that the inbox repeats it.
"""

from __future__ import annotations

from typing import Any

from aiogram import Bot, Router
from aiogram.filters import Filter
from aiogram.types import ErrorEvent

from handlers.words import Words
from services.kit.errors import AppError

MAX_ALERT = 200


class Refused(Filter):
    """Lets expected refusals through."""

    async def __call__(self, error: ErrorEvent) -> bool | dict[str, Any]:
        """Look at the exception's type."""
        found = error.exception
        return {"refusal": found} if isinstance(found, AppError) and not found.retryable else False


def router() -> Router:
    """Return the error boundary."""
    r = Router(name="errors")

    @r.errors(Refused())
    async def on_refusal(error: ErrorEvent, refusal: AppError, words: Words, bot: Bot) -> None:
        query = error.update.callback_query
        if query is not None:
            text = words.plain(refusal.key, **refusal.params)[:MAX_ALERT]
            await bot.answer_callback_query(query.id, text=text, show_alert=True)
            return
        message = error.update.message
        if message is not None:
            await message.answer(fact_first(words(refusal.key, **refusal.params)))

    return r


def fact_first(text: str) -> str:
    """Return the refusal with its first line, the fact, in bold."""
    fact, _, rest = text.partition("\n")
    return f"<b>{fact}</b>\n{rest}".strip()
