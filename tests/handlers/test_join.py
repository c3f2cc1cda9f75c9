"""J1: a link brings an owner; used, expired and broken ones are refused in words."""

from __future__ import annotations

import re

import pytest

from services.tenants.actor import Role
from tests.bot.dialogue import ADMIN, ANNA, BORIS, STRANGER, World, seat


async def owner_link(world: World) -> str:
    admin = world.talk(ADMIN)
    hello = await admin.say("/start")
    await admin.press(hello[0].data("Пригласить новую"))
    answer = await admin.say("Кофейня")
    found = re.search(r"https://t.me/vishenka_test_bot\?start=([\w-]+)", answer[-1].text)
    assert found, answer[-1].text
    return found[1]


async def test_invited_person_becomes_owner_and_is_greeted_by_name(world: World) -> None:
    token = await owner_link(world)

    offer = await world.talk(ANNA).say(f"/start {token}")
    assert "Анна" in offer[0].text
    assert "Кофейня" in offer[0].text
    assert "владелец" in offer[0].text
    done = await world.talk(ANNA).press(offer[0].data("Принять"))

    assert [one.method for one in done][:2] == ["answerCallbackQuery", "editMessageText"]
    assert "Вы владелец «Кофейня»" in done[1].text
    assert any("языке" in one.text for one in done)
    acts = await world.rows("SELECT action FROM audit_entry ORDER BY id")
    assert {"invite.create", "invite.accept", "member.add"} <= {row["action"] for row in acts}


async def test_second_person_hears_that_the_link_is_used(world: World) -> None:
    token = await owner_link(world)
    offer = await world.talk(ANNA).say(f"/start {token}")
    await world.talk(ANNA).press(offer[0].data("Принять"))

    second = await world.talk(BORIS).say(f"/start {token}")

    assert "уже использована" in second[0].text
    assert "/invite" in second[0].text
    assert (
        await world.rows(
            "SELECT 1 FROM membership m JOIN users u ON u.id = m.user_id "
            "WHERE u.telegram_user_id = $1",
            BORIS.id,
        )
        == []
    )


async def test_expired_link_says_so_and_how_to_get_another(world: World) -> None:
    token = await owner_link(world)
    async with world.database.system("a test lets time pass") as tx:
        await tx.execute("UPDATE link_token SET expires_at = now() - interval '1 second'")

    answer = await world.talk(ANNA).say(f"/start {token}")

    assert "Срок ссылки вышел" in answer[0].text


async def test_fifth_wrong_link_makes_wait(world: World) -> None:
    token = await owner_link(world)
    talk = world.talk(STRANGER)
    for number in range(5):
        answer = await talk.say(f"/start wrong{number}")
        assert "не подошла" in answer[0].text

    answer = await talk.say(f"/start {token}")

    assert "Слишком много" in answer[0].text


async def test_member_who_opens_another_link_keeps_the_link_whole(world: World) -> None:
    await seat(world, world.cherry, ANNA, Role.OWNER)
    invite = await world.talk(ANNA).say("/invite")
    link = await world.talk(ANNA).press(invite[0].data("менеджер"))
    token = re.search(r"start=([\w-]+)", link[-1].text)
    assert token

    offer = await world.talk(ANNA).say(f"/start {token[1]}")
    answer = await world.talk(ANNA).press(offer[0].data("Принять"))

    assert "уже в этой компании" in answer[0].params["text"]
    assert await world.rows("SELECT 1 FROM link_token WHERE used_at IS NOT NULL") == []


@pytest.mark.parametrize(
    "payload", ["owner", "tenant_cherry", "role=owner", "' OR 1=1", "../..", "admin"]
)
async def test_payload_is_never_a_right(world: World, payload: str) -> None:
    answer = await world.talk(STRANGER).say(f"/start {payload}")

    assert "не подошла" in answer[0].text
    assert await world.rows("SELECT 1 FROM membership WHERE role <> 'admin'") == []
