"""Reads a command once. One that was said to another bot by name is not ours: the update ends
here.
"""

from __future__ import annotations

from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject, Update

from bot.middlewares.log_context import Handler
from handlers.filters import read_command


class Commands(BaseMiddleware):
    """Adds `command`."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Pass the update on unless another bot was meant."""
        message = event.message if isinstance(event, Update) else None
        command = read_command(message.text or message.caption) if message else None
        ours = data["stored"].channel.username.lower()
        if command is not None and command.mention not in ("", ours):
            return None
        data["command"] = command
        return await handler(event, data)
