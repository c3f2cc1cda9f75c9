"""Gives handlers their words, in the language of whoever speaks, and sealed buttons for this very
chat.
"""

from __future__ import annotations

from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject

from bot.middlewares.log_context import Handler
from handlers.callbacks import Presses
from handlers.words import Words
from services.kit.clock import Clock
from services.kit.crypto import Keyring


class Locale(BaseMiddleware):
    """Runs after the actor is known."""

    def __init__(self, keyring: Keyring, clock: Clock) -> None:
        self._keyring = keyring
        self._clock = clock

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Add `words` and `presses`."""
        channel = data["stored"].channel
        keys = await self._keyring.of(channel.tenant_id)
        chat = data.get("event_chat")
        data["words"] = Words(data["actor"].locale)
        data["presses"] = Presses(
            keys=keys,
            channel_id=channel.id,
            chat_id=chat.id if chat else 0,
            user_id=data["actor"].telegram_id,
            now=self._clock.now(),
        )
        return await handler(event, data)
