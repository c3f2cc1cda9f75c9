"""Puts what every handler of the master bot needs into one parameter."""

from __future__ import annotations

from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject

from bot.middlewares.log_context import Handler
from handlers.master.access import Dialogue


class DialogueOfMaster(BaseMiddleware):
    """Runs last: the person, their words and the transaction are known."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Add `dialogue`."""
        parts = (data[name] for name in ("person", "words", "presses", "tx", "stored"))
        data["dialogue"] = Dialogue(*parts)
        return await handler(event, data)
