"""Binds the bot, the update and the person to every log line of the event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject

from services.kit.log import bind

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class LogContext(BaseMiddleware):
    """Ids only."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Run the handler with ids bound."""
        stored = data["stored"]
        with bind(channel=str(stored.channel.id), update=stored.raw.key):
            return await handler(event, data)
