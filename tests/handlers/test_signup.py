"""A stranger opens a business by talking."""

from __future__ import annotations

from tests.bot.dialogue import ANNA, CLARA, STRANGER, World


async def test_stranger_hears_what_this_is_and_how_to_sign_up(world: World) -> None:
    answer = await world.talk(STRANGER).say("/start")

    assert "Прохожий" in answer[0].text
    assert "тема" in answer[0].text
    assert answer[0].data("Открыть компанию")


async def test_business_opens_in_three_steps_and_its_founder_owns_it(world: World) -> None:
    talk = world.talk(ANNA)
    hello = await talk.say("/start")
    asked = await talk.press(hello[0].data("Открыть компанию"))
    assert "Как называется" in asked[-1].text
    zone = await talk.say("  Булочная <b>№1</b> ")
    assert "Булочная &lt;b&gt;№1&lt;/b&gt;" in zone[0].text
    done = await talk.press(zone[0].data("Омск"))

    assert "вы владелец" in done[1].text
    sql = """
    SELECT t.name, t.zone, m.role, u.zone AS mine FROM membership m JOIN tenant t ON t.id =
        m.tenant_id
    JOIN users u ON u.id = m.user_id WHERE u.telegram_user_id = $1
    """
    rows = await world.rows(sql, ANNA.id)
    assert [tuple(row) for row in rows] == [
        ("Булочная <b>№1</b>", "Asia/Omsk", "owner", "Asia/Omsk")
    ]


async def test_typed_zone_is_understood_and_a_wrong_one_refused_in_words(world: World) -> None:
    talk = world.talk(CLARA)
    await talk.press((await talk.say("/start"))[0].data("Open a company"))
    await talk.say("Bakery")

    refused = await talk.say("Middle-earth/Shire")
    assert "do not know this time zone" in refused[0].text
    done = await talk.say("Europe/Berlin")

    assert "you are the owner" in done[0].text


async def test_cancel_forgets_what_was_entered(world: World) -> None:
    talk = world.talk(ANNA)
    await talk.press((await talk.say("/start"))[0].data("Открыть компанию"))

    cancelled = await talk.say("/cancel")
    after = await talk.say("Булочная")

    assert "Отменено" in cancelled[0].text
    assert "понимаю команды" in after[0].text
    assert await world.rows("SELECT 1 FROM fsm_state") == []


async def test_language_and_zone_are_asked_once(world: World) -> None:
    talk = world.talk(ANNA)
    await talk.press((await talk.say("/start"))[0].data("Открыть компанию"))
    zone = await talk.say("Булочная")
    done = await talk.press(zone[0].data("Москва"))
    language = [one for one in done if "языке" in one.text]
    assert len(language) == 1

    english = await talk.press(language[0].data("English"))
    assert "We speak English" in english[1].text
    assert len(english) == 2  # the zone is known from the sign-up
    hello = await talk.say("/start")
    assert hello[0].text.startswith("<b>Hello")
