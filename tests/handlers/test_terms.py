"""/hours: hours, closed dates, zone, the answer outside, who is called when, by talking."""

from __future__ import annotations

from typing import Any

import pytest

from services.tenants.actor import Role
from tests.bot.dialogue import ANNA, BORIS, CLARA, STRANGER, World, seat


async def owner(world: World) -> Any:
    await seat(world, world.cherry, ANNA, Role.OWNER)
    return world.talk(ANNA)


async def settings(world: World, tenant: str = "Вишня") -> dict[str, Any]:
    rows = await world.rows("SELECT settings::text, zone FROM tenant WHERE name = $1", tenant)
    return {"settings": rows[0]["settings"], "zone": rows[0]["zone"]}


async def test_hours_are_set_in_words_and_shown_back(world: World) -> None:
    talk = await owner(world)
    card = await talk.say("/hours")
    assert "Работаем: круглосуточно" in card[0].text
    asked = await talk.press(card[0].data("Изменить часы"))
    assert "Когда вы работаете?" in asked[-1].text

    said = await talk.say("пн-пт 9-18, сб 10:00-16:00, вс выходной")

    assert "Сохранено" in said[0].text
    assert "пн–пт 09:00–18:00, сб 10:00–16:00, вс выходной" in said[0].text
    assert await world.rows("SELECT 1 FROM fsm_state") == []


async def test_hours_are_set_by_one_press(world: World) -> None:
    talk = await owner(world)
    asked = await talk.press((await talk.say("/hours"))[0].data("Изменить часы"))

    said = await talk.press(asked[-1].data("Ежедневно 9–21"))

    assert "Работаем: пн–вс 09:00–21:00" in said[-1].text


async def test_what_is_not_understood_is_said_and_may_be_tried_again(world: World) -> None:
    talk = await owner(world)
    await talk.press((await talk.say("/hours"))[0].data("Изменить часы"))

    wrong = await talk.say("как обычно")
    right = await talk.say("пн-пт 10-19")

    assert "Не понимаю «как»" in wrong[0].text
    assert "/cancel" in wrong[0].text
    assert "пн–пт 10:00–19:00" in right[0].text


async def test_closed_dates_are_set_and_removed(world: World) -> None:
    talk = await owner(world)
    card = await talk.say("/hours")
    await talk.press(card[0].data("Нерабочие даты"))

    said = await talk.say("31.12.2036-02.01.2037")
    assert "Не работаем: 31.12.2036–02.01.2037" in said[0].text
    asked = await talk.press(said[0].data("Нерабочие даты"))
    gone = await talk.press(asked[-1].data("Убрать все даты"))

    assert "Не работаем" not in gone[-1].text


async def test_answer_outside_hours_is_set_silenced_and_brought_back(world: World) -> None:
    talk = await owner(world)
    card = await talk.say("/hours")
    assert "не отвечаем" in card[0].text
    await talk.press(card[0].data("Ответ вне часов"))
    said = await talk.say("Ответим <утром>")
    assert "не понадобится" in said[0].text  # nobody said when it is closed
    await talk.press(said[0].data("Изменить часы"))
    said = await talk.say("пн-пт 9-18")
    assert "«Ответим &lt;утром&gt;»" in said[0].text

    off = await talk.press(
        (await talk.press(said[0].data("Ответ вне часов")))[-1].data("Не отвечать")
    )
    assert "не отвечаем" in off[-1].text
    on = await talk.press((await talk.press(off[-1].data("Ответ вне часов")))[-1].data("Снова"))
    assert "Ответим" in on[-1].text


async def test_ladder_and_target_are_set_with_who_is_called(world: World) -> None:
    talk = await owner(world)
    card = await talk.say("/hours")
    assert "через 10 мин ответственный, через 20 мин группа, через 30 мин владелец" in card[0].text
    await talk.press(card[0].data("Кого звать"))

    wrong = await talk.say("20 10")
    assert "по возрастанию" in wrong[0].text
    said = await talk.say("5 группа, 15 владелец")
    assert "через 5 мин группа, через 15 мин владелец" in said[0].text
    assert "Ответить за 15 мин" in said[0].text
    asked = await talk.press(said[0].data("Срок ответа"))
    own = await talk.press(asked[-1].data("5 мин"))
    assert "Ответить за 5 мин" in own[-1].text
    asked = await talk.press(own[-1].data("Срок ответа"))
    back = await talk.press(asked[-1].data("По второму зову"))
    assert "Ответить за 15 мин" in back[-1].text


async def test_zone_of_the_business_is_not_the_persons(world: World) -> None:
    talk = await owner(world)
    asked = await talk.press((await talk.say("/hours"))[0].data("Часовой пояс"))

    said = await talk.press(asked[-1].data("Омск"))

    assert "По времени: Asia/Omsk" in said[-1].text
    assert (await settings(world))["zone"] == "Asia/Omsk"
    assert (await world.rows("SELECT zone FROM users WHERE telegram_user_id = 1001"))[0][
        "zone"
    ] is None
    await talk.press(asked[-1].data("Самара"))  # the dialogue is over: now it is the person's
    assert (await settings(world))["zone"] == "Asia/Omsk"


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ANALYST])
async def test_others_look_and_change_nothing(world: World, role: Role) -> None:
    talk = await owner(world)
    card = await talk.say("/hours")
    await seat(world, world.cherry, BORIS, role)

    seen = await world.talk(BORIS).say("/hours")
    await world.talk(BORIS).press(card[0].data("Изменить часы"))  # not his button
    said = await world.talk(BORIS).say("пн-пт 1-2")

    assert "Меняет владелец" in seen[0].text
    assert seen[0].buttons == []
    assert "Здесь я понимаю команды" in said[0].text
    assert (await settings(world))["settings"] == "{}"


async def test_owner_who_lost_the_role_amid_the_dialogue_changes_nothing(world: World) -> None:
    talk = await owner(world)
    await talk.press((await talk.say("/hours"))[0].data("Изменить часы"))
    await world.rows("UPDATE membership SET role = 'manager' WHERE role = 'owner' RETURNING 1")

    said = await talk.say("пн-пт 1-2")

    assert "может" in said[0].text
    assert (await settings(world))["settings"] == "{}"


async def test_another_business_and_strangers_are_apart(world: World) -> None:
    talk = await owner(world)
    await seat(world, world.plum, CLARA, Role.OWNER)
    await talk.press((await talk.say("/hours"))[0].data("Изменить часы"))
    await talk.say("пн-пт 9-18")

    hers = await world.talk(CLARA).say("/hours")
    nobodys = await world.talk(STRANGER).say("/hours")

    assert "Open: round the clock" in hers[0].text
    assert "ни в одной компании" in nobodys[0].text
    assert (await settings(world, "Plum"))["settings"] == "{}"
