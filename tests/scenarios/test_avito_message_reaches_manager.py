"""The one-minute trace of the architecture: a buyer's message in, a manager's answer out."""

from __future__ import annotations

import time

from tests.scenarios.world import ACCOUNT, GROUP, World, sees


async def test_avito_message_reaches_manager(world: World) -> None:
    chat_id = world.buyer("Здравствуйте, велосипед ещё в продаже?")
    shown = await sees(lambda: world.message("ещё в продаже"))
    thread = shown["message_thread_id"]

    assert "Иван Петров" in world.topic_title(thread)
    assert shown["chat"]["id"] == GROUP

    answer = world.says("Добрый день! Да, приезжайте.", thread)
    await sees(lambda: world.sent(chat_id) == ["Добрый день! Да, приезжайте."])
    await sees(lambda: world.mark(answer) == "👌")
    assert [one.author_id for one in world.city.avito.messages(ACCOUNT, chat_id)][-1] == ACCOUNT
    world.judged()


async def test_first_message_of_a_cold_chat_is_there_at_once(world: World) -> None:
    began = time.monotonic()
    world.buyer("Первое слово")
    await sees(lambda: world.message("Первое слово"))
    took = time.monotonic() - began

    assert took < 1.0, f"{took:.2f} s"  # about 0.1 s here: the bell rings, no sweep is needed
