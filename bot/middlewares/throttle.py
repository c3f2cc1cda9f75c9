"""A brake for private chats: nobody makes a bot answer faster than people talk.

Groups are not braked: a manager's words are never dropped. Neither are ways out (/stop, /cancel,
blocking the bot). The count is this process's own, which is enough for a brake.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject, Update

from bot.middlewares.log_context import Handler
from services.kit.clock import Clock

MOST = 20
WINDOW_SECONDS = 10.0
MAX_PEOPLE = 10_000
ALWAYS = ("/stop", "/cancel")


class Throttle(BaseMiddleware):
    """Drops what comes too fast; says so once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: OrderedDict[tuple[object, int], deque[float]] = OrderedDict()

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Pass the update on unless its sender goes too fast."""
        chat = data.get("event_chat")
        if chat is None or chat.type != "private" or _must_pass(event):
            return await handler(event, data)
        times = self._times((data["stored"].channel.id, chat.id))
        now = self._clock.monotonic()
        while times and times[0] < now - WINDOW_SECONDS:
            times.popleft()
        times.append(now)
        if len(times) <= MOST:
            return await handler(event, data)
        if len(times) == MOST + 1:
            await _say_so(event, chat.id, data)
        return None

    def _times(self, who: tuple[object, int]) -> deque[float]:
        times = self._seen.setdefault(who, deque(maxlen=MOST * 2))
        self._seen.move_to_end(who)
        if len(self._seen) > MAX_PEOPLE:
            self._seen.popitem(last=False)
        return times


async def _say_so(event: TelegramObject, chat_id: int, data: dict[str, Any]) -> None:
    bot, words = data["bot"], data["words"]
    query = event.callback_query if isinstance(event, Update) else None
    if query is not None:
        await bot.answer_callback_query(query.id, text=words.plain("bots.too_fast.short"))
    else:
        await bot.send_message(chat_id, words("bots.too_fast"))


def _must_pass(event: TelegramObject) -> bool:
    if not isinstance(event, Update):
        return True
    if event.my_chat_member is not None:
        return True
    text = (event.message.text if event.message else None) or ""
    return text.startswith(ALWAYS)
