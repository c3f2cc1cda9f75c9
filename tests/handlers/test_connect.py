"""J2 and J3 by talking: tokens and keys leave the chat at once and reach a worker for the right
business.
"""

from __future__ import annotations

from typing import Any

import pytest

from services.channels.jobs import (
    AddBot,
    CheckChannel,
    ConnectAccount,
    RemoveChannel,
    RenewHook,
    RotateToken,
)
from services.tenants.actor import Role
from tests.bot.dialogue import ADMIN, ANNA, BORIS, CLARA, STRANGER, World, seat

TOKEN = "4200009:AAE_a_token_for_the_tests_of_the_bots_"


async def owner(world: World) -> Any:
    await seat(world, world.cherry, ANNA, Role.OWNER)
    return world.talk(ANNA)


async def test_token_is_deleted_and_handed_to_a_worker(world: World) -> None:
    talk = await owner(world)
    bots = await talk.say("/bots")
    assert "client_1_bot" in bots[0].text
    asked = await talk.press(bots[0].data("Подключить бота"))
    assert "токен" in asked[-1].text

    said = await talk.say(TOKEN)

    assert [one.method for one in said] == ["deleteMessage"]
    [(tenant_id, job, where)] = world.extras["jobs"].asked
    assert (tenant_id, job) == (world.cherry, AddBot(token=TOKEN))
    assert (where.tenant_id, where.channel_id, where.chat_id) == (
        world.platform, world.master.id, str(ANNA.id),
    )  # fmt: skip
    assert await world.rows("SELECT 1 FROM fsm_state") == []


async def test_forwarded_word_of_botfather_is_enough(world: World) -> None:
    talk = await owner(world)

    await talk.say(f"Done! Use this token to access the HTTP API:\n{TOKEN}\nKeep it secure")

    assert [job for _, job, _ in world.extras["jobs"].asked] == [AddBot(token=TOKEN)]


async def test_something_else_is_deleted_too_and_asked_again(world: World) -> None:
    talk = await owner(world)
    await talk.press((await talk.say("/bots"))[0].data("Подключить бота"))

    said = await talk.say("123:short")

    assert said[0].method == "deleteMessage"
    assert "не похоже на токен" in said[1].text
    assert world.extras["jobs"].asked == []


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ANALYST, Role.BILLING])
async def test_only_the_owner_connects(world: World, role: Role) -> None:
    await seat(world, world.cherry, BORIS, role)

    said = await world.talk(BORIS).say(TOKEN)

    assert said[0].method == "deleteMessage"
    assert "может только владелец" in said[1].text
    assert world.extras["jobs"].asked == []


async def test_stranger_with_a_token_gets_no_job(world: World) -> None:
    said = await world.talk(STRANGER).say(TOKEN)

    assert "ни в одной компании" in said[-1].text
    assert world.extras["jobs"].asked == []


async def test_bot_of_ones_own_is_checked_rotated_revoked_and_removed(world: World) -> None:
    talk = await owner(world)
    bot = world.bots[world.cherry].id
    bots = await talk.say("/bots")
    card = await talk.press(bots[0].data("client_1_bot"))
    await talk.press(card[-1].data("Проверить"))
    await talk.press(card[-1].data("секретный адрес"))
    await talk.press(card[-1].data("Сменить токен"))
    await talk.say(TOKEN)
    sure = await talk.press(card[-1].data("Отключить"))
    assert "Новые сообщения перестанут" in sure[-1].text
    await talk.press(sure[-1].data("Отключить"))

    assert [job for _, job, _ in world.extras["jobs"].asked] == [
        CheckChannel(channel_id=bot),
        RenewHook(channel_id=bot),
        RotateToken(channel_id=bot, token=TOKEN),
        RemoveChannel(channel_id=bot),
    ]


async def test_account_is_connected_by_one_question_after_another(world: World) -> None:
    talk = await owner(world)
    chats = await talk.say("/chats")
    first = await talk.press(chats[0].data("Подключить аккаунт"))
    assert "credentials.plaza.key" in first[-1].text

    wrong = await talk.say("letters")
    assert "не похоже" in wrong[-1].text
    second = await talk.say(" 94235311 ")
    assert [one.method for one in second] == ["deleteMessage", "sendMessage"]
    assert "credentials.plaza.secret" in second[1].text
    sealed = (await world.rows("SELECT data FROM fsm_state"))[0]["data"]
    assert b"94235311" not in bytes(sealed)
    last = await talk.say("s3cret")

    assert [one.method for one in last] == ["deleteMessage"]
    wanted = {"key": "94235311", "secret": "s3cret"}
    assert [job for _, job, _ in world.extras["jobs"].asked] == [
        ConnectAccount(provider="plaza", credentials=wanted)
    ]
    assert await world.rows("SELECT 1 FROM fsm_state") == []


async def test_health_and_stats_speak_of_ones_own_business_only(world: World) -> None:
    talk = await owner(world)
    await seat(world, world.plum, CLARA, Role.OWNER)

    health = await talk.say("/health")
    stats = await world.talk(CLARA).say("/stats")

    assert "client_1_bot" in health[0].text
    assert "client_2_bot" not in health[0].text
    assert "Waiting for an answer: 0" in stats[0].text


async def test_health_and_the_card_say_which_calls_failed_and_why(world: World) -> None:
    await seat(world, world.cherry, ANNA, Role.OWNER)
    for tenant, count in ((world.cherry, 3), (world.plum, 5)):
        await world.rows(
            "INSERT INTO channel_error (tenant_id, id, channel_id, endpoint, status, code)"
            " SELECT $1, gen_random_uuid(), id, 'poll', 503, 'provider_down'"
            " FROM channel, generate_series(1, $2) WHERE tenant_id = $1 RETURNING 1",
            tenant,
            count,
        )
    talk = world.talk(ANNA)

    health = (await talk.say("/health"))[0].text
    assert "за сутки 3 сбоя, последний в" in health
    assert "площадка не отвечает (503)" in health
    assert "за сутки 5 сбоев" not in health
    card = await talk.press((await talk.say("/bots"))[0].data("client_1_bot"))
    assert "за сутки 3 сбоя" in card[-1].text


async def test_admin_sees_the_service_and_a_stranger_nothing(world: World) -> None:
    admin = await world.talk(ADMIN).say("/health")
    stranger = await world.talk(STRANGER).say("/health")

    assert "Компаний: 2" in admin[0].text
    assert "ни в одной компании" in stranger[0].text


async def test_what_speaks_of_a_thing_opens_it_in_the_cabinet(world: World) -> None:
    talk = await owner(world)
    await world.rows(
        "INSERT INTO workspace (tenant_id, id, channel_id, chat_id, name, title)"
        " SELECT $1, gen_random_uuid(), id, '-1001', 'sales', 'Продажи' FROM channel"
        " WHERE tenant_id = $1 AND kind = 'client' RETURNING 1",
        world.cherry,
    )

    async def pages() -> list[str]:
        said = [
            *await talk.say("/start"),
            *await talk.say("/health"),
            *await talk.press((await talk.say("/bots"))[0].data("client_1_bot")),
            *await talk.press((await talk.say("/chats"))[0].data("Продажи")),
        ]
        buttons = [button for one in said for button in one.buttons]
        return [button["web_app"]["url"] for button in buttons if "web_app" in button]

    assert await pages() == []  # without https Telegram would refuse the whole message
    world.extras["doors"].open("https://cabinet.example")
    found = await pages()

    bot = await world.rows("SELECT id FROM channel WHERE tenant_id = $1 AND kind = 'client'",
                           world.cherry)  # fmt: skip
    group = await world.rows("SELECT id FROM workspace WHERE tenant_id = $1", world.cherry)
    start = "https://cabinet.example/app/open?to="
    assert found == [
        f"{start}home",
        f"{start}undelivered",
        f"{start}bots-{bot[0]['id'].hex}",
        f"{start}workspaces-{group[0]['id'].hex}",
    ]
    stranger = await world.talk(STRANGER).say("/start")
    assert not any("web_app" in button for button in stranger[0].buttons)
