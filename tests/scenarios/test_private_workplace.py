"""Without a group: conversations come into a private chat with the bot, and replies answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.scenarios.world import (
    ANNA,
    BIKE,
    BORIS,
    BOT,
    IVAN,
    KIDS_BIKE,
    MARINA,
    World,
    seeding,
    sees,
    text_of,
    town,
)

SHOP_BOT = "@velodvor_bot"
RIVAL_TOKEN, RIVAL_BOT, CLARA = (
    "4200555:AAErival_bot_of_the_scenarios_0000000",
    "@rival_bot",
    700100999,
)
STRANGER = 700100555


def without_group() -> dict[str, Any]:
    """The shop without a group, and a rival with a bot and nothing else."""
    platform, velodvor = seeding()["tenants"]
    rival = {
        "slug": "rival", "name": "Конкурент", "locale": "ru", "zone": "Europe/Moscow",
        "plan": "free", "members": [{"telegram_id": CLARA, "name": "Клара", "role": "owner"}],
    }  # fmt: skip
    return {"tenants": [platform, {**velodvor, "workspaces": []}, rival]}


@pytest.fixture
async def shop(environ: dict[str, str]) -> AsyncIterator[World]:
    async with town(environ, without_group()) as world:
        world.city.telegram.add_user(CLARA, "Клара")
        world.city.telegram.add_user(STRANGER, "Прохожий")
        world.city.telegram.add_bot(RIVAL_TOKEN, "rival_bot", "Конкурент")
        world.tells(CLARA, RIVAL_TOKEN)
        await world.told(CLARA, "подключён")
        yield world


async def begin(world: World) -> None:
    world.tells(ANNA, "/here", SHOP_BOT)
    await world.told(ANNA, "Диалоги будут приходить сюда", SHOP_BOT)


def answers(world: World, who: int, text: str, to: dict[str, Any]) -> int:
    """A member replies to a message in their private chat."""
    post = world.city.telegram.user_says(who, SHOP_BOT, text, reply_to=to["message_id"])
    return int(post.id)


def mark(world: World, who: int, message_id: int) -> str:
    place = world.city.telegram.chat(SHOP_BOT, who)
    given = place.posts[message_id].reactions.get(BOT, [])
    return str(given[0]["emoji"]) if given else ""


async def test_each_message_says_whose_it_is_and_a_reply_answers_it(shop: World) -> None:
    await begin(shop)
    shop.buyer("Продаёте?", IVAN, BIKE)
    shop.buyer("Какой возраст?", MARINA, KIDS_BIKE)
    await shop.told(ANNA, "Продаёте?", SHOP_BOT)
    await shop.told(ANNA, "Какой возраст?", SHOP_BOT)
    shop.buyer("Ау", IVAN, BIKE)

    named = await shop.told(ANNA, "Ау", SHOP_BOT)
    for text in ("Продаёте?", "Ау"):
        assert text_of(shop.said(ANNA, text, SHOP_BOT)).startswith(
            "Иван Петров · Горный велосипед"
        )
    await shop.told(ANNA, "18 500", SHOP_BOT)  # the card
    assert "никто не читает" not in "\n".join(shop.city.telegram.texts(SHOP_BOT, user_id=ANNA))
    first = answers(shop, ANNA, "Да, продаём", named)
    answers(shop, ANNA, "От шести лет", shop.said(ANNA, "Какой возраст?", SHOP_BOT))
    await shop.reaches("Да, продаём", shop.chat_id(IVAN, BIKE))
    await shop.reaches("От шести лет", shop.chat_id(MARINA, KIDS_BIKE))

    assert shop.sent(shop.chat_id(IVAN, BIKE)) == ["Да, продаём"]
    assert shop.sent(shop.chat_id(MARINA, KIDS_BIKE)) == ["От шести лет"]
    await sees(lambda: mark(shop, ANNA, first) in ("👌", "👀"))
    shop.judged()


async def test_what_is_no_reply_goes_to_nobody_and_says_so(shop: World) -> None:
    await begin(shop)
    shop.buyer("Продаёте?")
    asked = await shop.told(ANNA, "Продаёте?", SHOP_BOT)

    shop.tells(ANNA, "Да", SHOP_BOT)
    await shop.told(ANNA, "ответьте на сообщение покупателя", SHOP_BOT)
    answers(shop, ANNA, "// наш постоянный", asked)
    shop.city.telegram.user_says(STRANGER, SHOP_BOT, "Я тоже отвечу")
    await shop.told(STRANGER, "никто не читает", SHOP_BOT)
    answers(shop, ANNA, "Продаём", asked)
    await shop.reaches("Продаём")

    assert shop.sent(shop.chat_id()) == ["Продаём"]


async def test_strangers_and_another_business_get_no_conversations(shop: World) -> None:
    shop.tells(STRANGER, "/here", SHOP_BOT)
    await shop.told(STRANGER, "только владелец и менеджеры", SHOP_BOT)
    shop.tells(CLARA, "/here", SHOP_BOT)
    await shop.told(CLARA, "только владелец и менеджеры", SHOP_BOT)
    shop.tells(CLARA, "/here", RIVAL_BOT)
    await shop.told(CLARA, "Диалоги будут приходить сюда", RIVAL_BOT)
    await begin(shop)

    shop.buyer("Секретный вопрос")
    await shop.told(ANNA, "Секретный вопрос", SHOP_BOT)

    for who, bot in ((STRANGER, SHOP_BOT), (CLARA, SHOP_BOT), (CLARA, RIVAL_BOT)):
        assert "Секретный" not in "\n".join(shop.city.telegram.texts(bot, user_id=who))


async def test_manager_gets_conversations_when_the_owner_says_so_and_loses_them_with_the_seat(
    shop: World,
) -> None:
    shop.tells(BORIS, "/here", SHOP_BOT)
    await shop.told(BORIS, "осталось слово владельца", SHOP_BOT)
    assert await shop.rows("SELECT 1 FROM workspace_channel") == []
    shop.tells(ANNA, "/chats")
    await shop.presses(ANNA, await shop.told(ANNA, "Рабочие группы"), "Борис")
    await shop.presses(ANNA, await shop.told(ANNA, "Бот: @velodvor_bot"), "Показывать здесь")
    shop.buyer("Продаёте?")
    asked = await shop.told(BORIS, "Продаёте?", SHOP_BOT)

    shop.tells(ANNA, "/team")
    await shop.presses(ANNA, await shop.told(ANNA, "Команда"), "Борис")
    await shop.presses(ANNA, await shop.told(ANNA, "Борис, менеджер"), "Убрать")
    await shop.presses(ANNA, await shop.told(ANNA, "Убрать из компании"), "Убрать")
    await shop.told(ANNA, "больше не в компании")
    shop.buyer("Вы тут?")
    answers(shop, BORIS, "Отвечу напоследок", asked)
    await shop.told(BORIS, "никто не читает", SHOP_BOT)

    assert "Вы тут?" not in "\n".join(shop.city.telegram.texts(SHOP_BOT, user_id=BORIS))
    assert shop.sent(shop.chat_id()) == []
    shop.tells(ANNA, "/health")
    await shop.told(ANNA, "боту не хватает прав")


async def test_blocked_bot_is_told_and_what_waited_comes_after_the_block(shop: World) -> None:
    await begin(shop)
    shop.buyer("Раз")
    await shop.told(ANNA, "Раз", SHOP_BOT)
    shop.city.telegram.block_bot(ANNA, SHOP_BOT)
    await sees(lambda: "Раз" in "".join(shop.city.telegram.texts(SHOP_BOT, user_id=ANNA)))
    shop.buyer("Два")
    await lost(shop)

    shop.city.telegram.unblock_bot(ANNA, SHOP_BOT)

    await sees(lambda: shop.said(ANNA, "Два", SHOP_BOT), 6)
    shop.judged()


async def lost(world: World) -> None:
    for _ in range(300):
        rows = await world.rows("SELECT 1 FROM workspace WHERE state = 'lost'")
        if rows:
            return
        await world.rows("SELECT pg_sleep(0.01)")
    raise AssertionError("nobody noticed the block")
