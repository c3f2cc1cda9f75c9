"""J1, J2 and J3 through real webhooks, workers and the fakes: what a person sees within three
seconds.
"""

from __future__ import annotations

import re

import pytest

from tests.scenarios.world import ACCOUNT, MASTER, OLGA, World, sees, town

NINA, PAUL = 811001, 811002
TOKEN = "4200777:AAE_kofe_bot_of_the_provider_city_000"  # fake on purpose
GROUP = -1009990001


@pytest.fixture
async def world(environ):  # type: ignore[no-untyped-def]
    async with town(environ) as made:
        made.city.telegram.add_user(NINA, "Нина")
        made.city.telegram.add_user(PAUL, "Пётр")
        yield made


async def nina_owns(world: World) -> None:
    """J1: an admin invites, Nina accepts."""
    world.tells(OLGA, "/invite")
    asked = await world.told(OLGA, "Кого приглашаем")
    await world.presses(OLGA, asked, "Пригласить новую компанию")
    await world.told(OLGA, "Как называется новая компания")
    world.tells(OLGA, "Кофейня")
    link = (await world.told(OLGA, "Ссылка в «Кофейня»"))["text"]
    token = re.search(r"start=([\w-]+)", link)
    assert token
    world.tells(NINA, f"/start {token[1]}")
    offer = await world.told(NINA, "Вас зовут в «Кофейня», роль: владелец")
    await world.presses(NINA, offer, "Принять")
    await world.told(NINA, "Вы владелец «Кофейня»")
    world.tells(PAUL, f"/start {token[1]}")
    await world.told(PAUL, "Ссылка уже использована")


async def nina_connects_a_bot(world: World) -> None:
    """J2: the token disappears, the bot is named; in a forum group it says it is ready."""
    world.city.telegram.add_bot(TOKEN, "kofe_bot", "Кофе", can_read_all_group_messages=True)
    world.tells(NINA, "/bots")
    await world.presses(NINA, await world.told(NINA, "Ваши боты"), "Подключить бота")
    await world.told(NINA, "Пришлите токен бота")
    secret = world.tells(NINA, TOKEN)
    await world.told(NINA, "kofe_bot")
    await sees(lambda: all(m["message_id"] != secret for m in chat_of(world, NINA)))


def chat_of(world: World, who: int) -> list[dict]:  # type: ignore[type-arg]
    return world.city.telegram.messages(MASTER, user_id=who)


async def test_owner_joins_connects_a_bot_a_group_and_an_account_by_talking(world: World) -> None:
    await nina_owns(world)
    await nina_connects_a_bot(world)
    telegram = world.city.telegram
    telegram.add_group(GROUP, "Кофейня · Продажи")
    telegram.add_member(GROUP, NINA, "creator")
    telegram.start_in_group(NINA, "@kofe_bot", GROUP, "vishenka")
    await sees(lambda: telegram.texts(GROUP))

    world.tells(NINA, "/chats")
    await world.presses(NINA, await world.told(NINA, "Аккаунты"), "Подключить аккаунт")
    await world.told(NINA, "Client ID")
    account = world.city.avito.world.accounts[ACCOUNT]
    world.tells(NINA, account.client_id)
    await world.told(NINA, "Client Secret")
    secret = world.tells(NINA, account.client_secret)
    await world.told(NINA, account.name)
    await sees(lambda: all(m["message_id"] != secret for m in chat_of(world, NINA)))

    sql = "SELECT count(*) AS n FROM workspace_channel"
    assert [row["n"] for row in await world.rows(sql)] == [1]

    world.tells(NINA, "/health")
    await world.told(NINA, "Как дела у «Кофейня»")


async def test_wrong_token_and_keys_are_refused_with_a_reason(world: World) -> None:
    await nina_owns(world)
    world.tells(NINA, "4200778:AAE_nobody_has_ever_had_such_a_token_0")
    await world.told(NINA, "Ключ не подошёл")
    assert await world.rows("SELECT 1 FROM channel WHERE kind = 'client'") == []
