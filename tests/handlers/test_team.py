"""J8 by talking: who belongs, other roles, goodbye; the last owner stays."""

from __future__ import annotations

from services.tenants.actor import Role
from tests.bot.dialogue import ANNA, BORIS, CLARA, World, seat


async def test_owner_sees_the_team_and_changes_a_role(world: World) -> None:
    await seat(world, world.cherry, ANNA, Role.OWNER)
    await seat(world, world.cherry, BORIS, Role.MANAGER)
    await seat(world, world.plum, CLARA, Role.OWNER)
    talk = world.talk(ANNA)

    team = await talk.say("/team")
    assert "Борис, менеджер" in team[0].text
    assert "Clara" not in team[0].text
    card = await talk.press(team[0].data("Борис"))
    changed = await talk.press(card[-1].data("Сделать аналитиком"))

    assert "Борис, аналитик" in changed[-1].text


async def test_removed_manager_is_a_stranger_at_once(world: World) -> None:
    await seat(world, world.cherry, ANNA, Role.OWNER)
    await seat(world, world.cherry, BORIS, Role.MANAGER)
    talk = world.talk(ANNA)
    card = await talk.press((await talk.say("/team"))[0].data("Борис"))
    sure = await talk.press(card[-1].data("Убрать"))
    gone = await talk.press(sure[-1].data("Убрать"))

    assert "Борис больше не в компании" in gone[-1].text
    said = await world.talk(BORIS, world.bots[world.cherry]).say("/help")
    assert "бот компании" in said[0].text


async def test_last_owner_cannot_leave(world: World) -> None:
    await seat(world, world.cherry, ANNA, Role.OWNER)
    talk = world.talk(ANNA)
    card = await talk.press((await talk.say("/team"))[0].data("Анна"))
    sure = await talk.press(card[-1].data("Убрать"))

    refused = await talk.press(sure[-1].data("Убрать"))

    assert refused[0].method == "answerCallbackQuery"
    assert "последний владелец" in refused[0].text


async def test_manager_sees_the_team_without_levers(world: World) -> None:
    await seat(world, world.cherry, ANNA, Role.OWNER)
    await seat(world, world.cherry, BORIS, Role.MANAGER)

    team = await world.talk(BORIS).say("/team")

    assert team[0].buttons == []


async def test_manager_cannot_invite(world: World) -> None:
    await seat(world, world.cherry, BORIS, Role.MANAGER)

    said = await world.talk(BORIS).say("/invite")

    assert "Приглашает владелец" in said[0].text
