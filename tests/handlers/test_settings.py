"""/settings: a person's language, zone and quiet hours; a channel's longest silence."""

from __future__ import annotations

from typing import Any

import orjson

from services.kit.ids import new_id
from services.tenants.actor import Role
from tests.bot.dialogue import ANNA, BORIS, CLARA, STRANGER, World, seat

QUIET = "SELECT settings::text FROM users WHERE telegram_user_id = $1"


async def wish(world: World, who: Any) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((await world.rows(QUIET, who.id))[0]["settings"])
    return found


async def test_quiet_hours_are_set_shown_and_taken_back(world: World) -> None:
    await seat(world, world.cherry, ANNA, Role.MANAGER)
    talk = world.talk(ANNA)
    card = await talk.say("/settings")
    assert "Тихих часов нет" in card[0].text
    asked = await talk.press(card[0].data("Не беспокоить"))

    wrong = await talk.say("ночью")
    said = await talk.say("23:30-7")

    assert "Не вижу времени" in wrong[0].text
    assert "Тихие часы: 23:30–07:00" in said[0].text
    assert (await wish(world, ANNA))["quiet"] == ["23:30", "07:00"]
    assert "Тихие часы: 23:30–07:00" in (await talk.say("/settings"))[0].text
    hour = await talk.press(asked[-1].data("Тише на час"))
    assert "Не беспокоим до" in hour[-1].text
    none = await talk.press(asked[-1].data("Слышать всё"))
    assert "Тихих часов нет" in none[-1].text
    assert await wish(world, ANNA) == {}


async def test_language_and_zone_have_their_buttons(world: World) -> None:
    talk = world.talk(STRANGER)
    card = await talk.say("/settings")
    languages = await talk.press(card[0].data("Язык"))
    english = await talk.press(languages[-1].data("English"))
    zones = await talk.press(card[0].data("Часовой пояс"))
    await talk.press(zones[-1].data("Samara"))

    now = await talk.say("/settings")

    assert "What time do you live by?" in english[-1].text  # never asked before
    assert "Language: English" in now[0].text
    assert "Time zone: Europe/Samara" in now[0].text
    assert not [b for b in now[0].buttons if "company" in b["text"]]  # belongs to none


async def test_longest_silence_of_an_account_is_the_owners_to_set(world: World) -> None:
    await seat(world, world.cherry, ANNA, Role.OWNER)
    await seat(world, world.cherry, BORIS, Role.MANAGER)
    await seat(world, world.plum, CLARA, Role.OWNER)
    account = new_id()
    async with world.database.tenant(world.cherry) as tx:
        await tx.execute(
            "INSERT INTO channel (tenant_id, id, provider, kind, name, external_id, hook_key)"
            " VALUES ($1, $2, 'plaza', 'account', 'лавка', '9', 'k9')",
            world.cherry, account,
        )  # fmt: skip
    talk = world.talk(ANNA)
    card = await talk.press((await talk.say("/chats"))[0].data("лавка"))
    asked = await talk.press(card[-1].data("Тишина"))
    assert "может не быть сообщений" in asked[-1].text

    wrong = await talk.say("две минуты")
    few = await talk.say("1")
    said = await talk.say("90 мин")

    assert "Не вижу числа минут" in wrong[0].text
    assert "от 5 минут" in few[0].text
    assert "90 мин" in said[0].text
    rows = await world.rows("SELECT settings::text AS s FROM channel WHERE id = $1", account)
    assert orjson.loads(rows[0]["s"]) == {"silence_minutes": 90}
    usual = await talk.press(asked[-1].data("Как обычно"))
    assert "обычн" in usual[-1].text
    rows = await world.rows("SELECT settings::text AS s FROM channel WHERE id = $1", account)
    assert orjson.loads(rows[0]["s"]) == {}
    audited = await world.rows("SELECT 1 FROM audit_entry WHERE action = 'channel.silence'")
    assert len(audited) == 2
