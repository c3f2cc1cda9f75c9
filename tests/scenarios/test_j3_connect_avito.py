"""J3: a client connects Avito by talking; a refused key is told once, new keys catch up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.scenarios.world import ACCOUNT, ANNA, World, seeding, sees, text_of, town

CLIENT, SECRET = "city-velodvor", "city-velodvor-secret"


def without_avito() -> dict[str, Any]:
    document = seeding()
    velodvor = document["tenants"][1]
    del velodvor["channels"]
    velodvor["workspaces"][0]["serves"] = []
    return document


@pytest.fixture
async def shop(environ: dict[str, str]) -> AsyncIterator[World]:
    async with town(environ, without_avito()) as world:
        yield world


async def enter_keys(world: World, secret: str) -> None:
    """Answer both questions; what was typed must vanish."""
    await world.told(ANNA, "Client ID?")
    first = world.tells(ANNA, CLIENT)
    await world.told(ANNA, "Client Secret?")
    second = world.tells(ANNA, secret)
    await sees(lambda: not (world.is_there(ANNA, first) or world.is_there(ANNA, second)))


async def connect(world: World, secret: str = SECRET) -> None:
    world.tells(ANNA, "/chats")
    listed = await world.told(ANNA, "Аккаунты")
    await world.presses(ANNA, listed, "Подключить аккаунт")
    await enter_keys(world, secret)


async def test_keys_bring_the_account_and_its_first_buyer(shop: World) -> None:
    await connect(shop)

    done = text_of(await shop.told(ANNA, "подключён"))
    assert "ВелоДвор" in done
    assert "Объявлений: 4" in done
    assert "✅ ключ" in done
    assert "✅ вебхук" in done
    assert "заказы" in done

    shop.buyer("Здравствуйте")
    shown = await sees(lambda: shop.message("Здравствуйте"))
    assert "Иван Петров" in shop.topic_title(shown["message_thread_id"])
    shop.judged()


async def test_bad_secret_is_refused_and_nothing_is_saved(shop: World) -> None:
    await connect(shop, "not-the-secret")

    await shop.told(ANNA, "Ключ не подошёл")
    assert await shop.rows("SELECT 1 FROM channel WHERE provider = 'avito'") == []


async def test_refused_key_is_told_once_and_new_keys_fill_the_gap_in_order(shop: World) -> None:
    await connect(shop)
    await shop.told(ANNA, "подключён")
    thread = await shop.topic("До беды")

    account = shop.city.avito.world.accounts[ACCOUNT]
    account.client_secret = "changed-by-avito"
    shop.city.avito.expire_tokens(ACCOUNT)
    shop.city.faults.add("avito", "silent")
    alarm = await sees(lambda: shop.said(ANNA, "ключ не подходит"), 8)
    lost = [f"Пока не было ключа, {number}" for number in range(5)]
    for text in lost:
        shop.buyer(text)

    shop.city.faults.clear("avito")
    shop.tells(ANNA, "/chats")
    await shop.told(ANNA, "введите новые")
    await shop.presses(ANNA, alarm, "Ввести новые ключи")
    await enter_keys(shop, "changed-by-avito")

    await shop.told(ANNA, "снова работает")
    await sees(lambda: shop.message(lost[-1], thread), 5)
    seen = [text.splitlines()[-1] for text in shop.texts(thread)[1:]]
    assert seen == ["До беды", *lost]
    told = shop.city.telegram.texts("@vishenka_play_bot", user_id=ANNA)
    assert len([text for text in told if "ключ не подходит" in text]) == 1
    shop.judged()
