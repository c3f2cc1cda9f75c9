"""A city in the middle of a day, without the product: long names, right-to-left, emoji, faults."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.city import City
from sandbox.city.demo import (
    DEMO_ACCOUNT,
    DEMO_ANNA,
    DEMO_BORIS,
    DEMO_BUYERS,
    DEMO_CLIENT_TOKEN,
    DEMO_GROUP,
    DEMO_ITEMS,
    build,
)

IVAN, MARINA = DEMO_BUYERS[0][0], DEMO_BUYERS[1][0]
BIKE = DEMO_ITEMS[0][0]
LONG = "Константин Константинопольский-Задунайский, магазин «Всё для вело»"
RTL = "مرحبا، هل الدراجة متاحة؟ 👋🏽"
WORD = "Длиннющееслововкоторомнетниодногопробела" * 3
BUTTONS = [
    [{"text": "Беру", "callback_data": "take"}, {"text": "Назначить", "callback_data": "give"}],
    [{"text": "Отложить до завтра, до девяти утра", "callback_data": "snooze"}],
]


@asynccontextmanager
async def busy_city(folder: Path) -> AsyncIterator[City]:
    """The demo's world with three talks, marks, a fault that stands and a supervisor's socket."""
    socket = folder / "supervisor.sock"
    socket.touch()
    async with City(seed=1, control_socket=socket) as city:
        build(city)
        city.avito.add_buyer(700, LONG)
        async with aiohttp.ClientSession() as session:
            await _talks(city, session)
        city.faults.add("avito", "rate_limit", retry_after=30, seconds=600)
        yield city


async def _talks(city: City, session: aiohttp.ClientSession) -> None:
    city.avito.buyer_says(DEMO_ACCOUNT, 700, BIKE, WORD)
    chat = city.avito.buyer_says(DEMO_ACCOUNT, IVAN, BIKE, "Здравствуйте! Этот в наличии?").chat_id
    city.avito.seller_types_in_app(DEMO_ACCOUNT, chat, "Да, можно посмотреть сегодня до 20:00.")
    for text in (RTL, WORD):
        city.avito.buyer_says(DEMO_ACCOUNT, IVAN, BIKE, text)
    city.avito.buyer_sends_image(DEMO_ACCOUNT, IVAN, BIKE)
    city.avito.buyer_sends_voice(DEMO_ACCOUNT, IVAN, BIKE)
    await _topic(city, session, f"🔴 {LONG} · Горный велосипед")
    thread = await _topic(city, session, "🟢 Иван Петров · Горный велосипед 27,5″")
    answer = city.telegram.user_says(DEMO_BORIS, DEMO_GROUP, "Отдам за 17 900.", thread=thread)
    city.telegram.user_says(DEMO_ANNA, DEMO_GROUP, f"{RTL} {WORD}", thread=thread)
    reaction = [{"type": "emoji", "emoji": "👌"}]
    await _bot(
        city, session, "setMessageReaction",
        chat_id=DEMO_GROUP, message_id=answer.id, reaction=reaction,
    )  # fmt: skip


async def _topic(city: City, session: aiohttp.ClientSession, name: str) -> int:
    made = await _bot(city, session, "createForumTopic", chat_id=DEMO_GROUP, name=name[:128])
    thread: int = made["message_thread_id"]
    card = await _bot(
        city, session, "sendMessage", chat_id=DEMO_GROUP, message_thread_id=thread,
        text=f"<b>{LONG}</b>\nГорный велосипед — 18 500 ₽\n<code>{WORD}</code>",
        parse_mode="HTML", reply_markup={"inline_keyboard": BUTTONS},
    )  # fmt: skip
    pin = {"chat_id": DEMO_GROUP, "message_id": card["message_id"]}
    await _bot(city, session, "pinChatMessage", **pin)
    return thread


async def _bot(city: City, session: aiohttp.ClientSession, method: str, **body: Any) -> Any:
    url = f"{city.telegram_url}/bot{DEMO_CLIENT_TOKEN}/{method}"
    async with session.post(url, json=body) as response:
        answer = await response.json()
    assert answer["ok"], answer
    return answer["result"]
