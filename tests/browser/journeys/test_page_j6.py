"""J6 by page: a topic is deleted, a group moves, a bot is thrown out; the cabinet goes on, says
what is lost and that nothing of it is.
"""

from __future__ import annotations

from playwright.async_api import Browser

from tests.browser.journeys.hands import Hands, hands
from tests.browser.journeys.marks import MARKS
from tests.scenarios.world import ANNA, BOT, GROUP, KIDS_BIKE, MARINA, World, sees, text_of

pytestmark = MARKS
MOVED = -1002200000002


async def test_topics_heal_and_a_lost_group_is_told_with_what_waits(
    world: World, browser: Browser
) -> None:
    world.tells(ANNA, "/start")
    await world.told(ANNA, "Здравствуйте")
    thread = await world.topic("Первое сообщение")
    async with hands(browser, world) as anna:
        await anna.opens(ANNA)
        await anna.presses("Ответить: ")
        await the_topic_is_deleted(world, anna, thread)
        await the_bot_is_thrown_out_and_comes_back(world, anna)
        await the_group_moves(world, anna)
    world.judged()


async def the_topic_is_deleted(world: World, anna: Hands, old: int) -> None:
    """J6.1, 2: what is answered from the page heals the topic too."""
    world.city.telegram.delete_topic(GROUP, old)
    world.buyer("Вы здесь?")
    shown = await sees(lambda: world.message("Вы здесь?"))
    new = shown["message_thread_id"]
    assert new != old
    assert "Первое сообщение" in text_of(await sees(lambda: world.message("Тему удалили", new)))
    await anna.looks_until("Вы здесь?", "#chat")
    await anna.answers("Здесь")
    await world.reaches("Здесь")
    await sees(lambda: world.message("Здесь", new))


async def the_bot_is_thrown_out_and_comes_back(world: World, anna: Hands) -> None:
    """J6.4, 5: the owner is told, the page counts what waits; all of it comes in order."""
    world.city.telegram.kick_bot(GROUP, BOT)
    await sees(lambda: world.said(ANNA, "недоступна"))
    waiting = [f"Пока бота нет, {number}" for number in range(4)]
    for text in waiting:
        world.buyer(text)
    world.buyer("Новый человек", MARINA, KIDS_BIKE)
    await anna.looks_until(waiting[-1], "#chat")  # the page still has them all

    await anna.goes("/app")
    await anna.looks_until("недоступна")
    await anna.sees("Сообщения покупателей целы")
    await anna.presses("Посмотреть")
    await anna.sees("Бот не может писать в группу")
    await anna.sees("Вернуть бота в группу")
    await anna.goes("/app/undelivered")
    await anna.sees("Бота убрали из группы")

    world.city.telegram.return_bot(GROUP, BOT, user_id=ANNA)
    await sees(lambda: world.message(waiting[-1]), 5)
    await sees(lambda: world.message("Новый человек"), 5)
    seen = [text for text in world.city.telegram.texts(GROUP, None) if text in waiting]
    assert seen == waiting
    await anna.looks_until("Всё дошло", seconds=5)


async def the_group_moves(world: World, anna: Hands) -> None:
    """J6.3: another id, the same talk."""
    world.city.telegram.migrate_group(GROUP, MOVED)
    world.buyer("После переезда")
    await sees(lambda: world.message("После переезда", group=MOVED))
    await anna.goes("/app/dialogs")
    await anna.presses("Иван Петров")
    await anna.sees("После переезда", "#chat")
    await anna.answers("Отвечаем и отсюда")
    await world.reaches("Отвечаем и отсюда")
    await sees(lambda: world.message("Отвечаем и отсюда", group=MOVED))
