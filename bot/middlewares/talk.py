"""Opens the dialogue of a private chat; groups have none, so that secrets are asked in private
only.
"""

from __future__ import annotations

from typing import Any

from aiogram import BaseMiddleware
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.base import StorageKey
from aiogram.types import TelegramObject

from bot.middlewares.log_context import Handler
from bot.storage import TxStorage
from services.kit.crypto import Keyring


class Talk(BaseMiddleware):
    """Adds `state` and `raw_state` in private chats."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Run the handler with the dialogue at hand."""
        chat, speaker = data.get("event_chat"), data.get("event_from_user")
        if chat is not None and chat.type == "private" and speaker is not None:
            storage = TxStorage(data["tx"], self._keyring, data["stored"].channel)
            key = StorageKey(bot_id=data["bot"].id, chat_id=chat.id, user_id=speaker.id)
            state = FSMContext(storage=storage, key=key)
            data["state"], data["raw_state"] = state, await state.get_state()
        return await handler(event, data)
