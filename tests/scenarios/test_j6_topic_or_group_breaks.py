"""J6: a topic is deleted, a group moves, a bot is thrown out and comes back."""

from __future__ import annotations

import asyncio

from tests.scenarios.world import (
    ANNA,
    BOT,
    GROUP,
    KIDS_BIKE,
    MARINA,
    World,
    sees,
    text_of,
)

MOVED = -1002200000002


async def test_deleted_topic_is_opened_again_with_the_last_messages(world: World) -> None:
    old = await world.topic("Первое сообщение")
    answer = world.says("Наш ответ", old)
    await sees(lambda: world.mark(answer) == "👌")

    world.city.telegram.delete_topic(GROUP, old)
    world.buyer("Вы здесь?")

    shown = await sees(lambda: world.message("Вы здесь?"))
    new = shown["message_thread_id"]
    assert new != old
    restored = text_of(await sees(lambda: world.message("Тему удалили", new)))
    assert "Первое сообщение" in restored
    assert "Наш ответ" in restored
    reply = world.says("Здесь", new)
    await sees(lambda: world.mark(reply) == "👌")
    world.judged()


async def test_closed_topic_still_takes_the_buyers_words(world: World) -> None:
    thread = await world.topic("Первое")
    world.city.telegram.close_topic(GROUP, thread, ANNA)

    world.buyer("Второе")
    await sees(lambda: world.message("Второе", thread))
    world.judged()


async def test_group_with_a_new_id_goes_on(world: World) -> None:
    await world.topic("До переезда")

    world.city.telegram.migrate_group(GROUP, MOVED)
    world.buyer("После переезда")

    shown = await sees(lambda: world.message("После переезда", group=MOVED))
    thread = shown["message_thread_id"]
    world.city.telegram.user_says(ANNA, MOVED, "Отвечаем", thread=thread)
    await sees(lambda: world.sent(world.chat_id()) == ["Отвечаем"])


async def test_kicked_bot_is_told_to_the_owner_and_messages_come_in_order_on_return(
    world: World,
) -> None:
    thread = await world.topic("До")
    world.tells(ANNA, "/start")
    await world.told(ANNA, "Здравствуйте")
    world.city.telegram.kick_bot(GROUP, BOT)
    alarm = await sees(lambda: world.said(ANNA, "недоступна"))
    assert "придут по порядку: сейчас 0, потом смотрите в /health" in text_of(alarm)

    waiting = [f"Пока бота нет, {number}" for number in range(6)]
    for text in waiting:
        world.buyer(text)
    world.buyer("Новый человек", MARINA, KIDS_BIKE)
    await parked(world, 9)  # six texts; a topic, a card and a text of the new person
    world.tells(ANNA, "/health")
    health = text_of(await world.told(ANNA, "Не доставлено: 9"))
    assert "бота убрали из группы. Ждут 7 сообщений покупателей. Верните бота" in health

    world.city.telegram.return_bot(GROUP, BOT, user_id=ANNA)
    await sees(lambda: world.message(waiting[-1], thread), 5)
    await sees(lambda: world.message("Новый человек"), 5)
    assert [text for text in world.texts(thread) if text in waiting] == waiting
    await sees(lambda: world.said(ANNA, "снова на связи"), 5)
    world.judged()


async def test_words_written_in_the_moment_of_return_are_all_shown(world: World) -> None:
    thread = await world.topic("До")
    world.city.telegram.kick_bot(GROUP, BOT)
    await parked(world, 0)
    waiting = [f"В ту самую минуту, {number}" for number in range(6)]
    for text in waiting:
        world.buyer(text)
    world.buyer("Новый человек", MARINA, KIDS_BIKE)
    world.city.telegram.return_bot(GROUP, BOT, user_id=ANNA)

    await sees(lambda: world.message("Новый человек"), 6)
    await sees(lambda: set(waiting) <= set(world.texts(thread)), 6)
    assert world.city.judge().lost == 0


async def parked(world: World, count: int) -> None:
    """Wait until the group is known to be lost and this many deliveries wait for it."""
    sql = """SELECT (SELECT count(*) FROM workspace WHERE state = 'lost') AS lost,
        (SELECT count(*) FROM delivery WHERE state = 'parked' AND target_kind = 'topic') AS parked
    """
    for _ in range(300):
        [row] = await world.rows(sql)
        if (row["lost"], row["parked"]) == (1, count):
            return
        await asyncio.sleep(0.01)
    raise AssertionError(await world.rows("SELECT state, purpose, reason FROM delivery"))
