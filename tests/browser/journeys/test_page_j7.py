"""J7 by page: the owner sets hours and a reply for the night; nobody answers, and the page says
who waits, until somebody does. Left out: J7.6, the weekly report comes with reports.
"""

from __future__ import annotations

from playwright.async_api import Browser

from tests.browser.journeys.hands import Hands, hands
from tests.browser.journeys.marks import MARKS
from tests.scenarios.test_j7_nobody_answers import AWAY, set_clock
from tests.scenarios.world import ANNA, BORIS, World, seeding, sees, text_of, town

pytestmark = MARKS


async def test_who_waits_is_seen_and_called_for_until_somebody_answers(
    environ: dict[str, str], browser: Browser
) -> None:
    async with town(environ, seeding(), with_worker=False) as world:
        async with hands(browser, world) as anna:
            await sets_hours(anna)
            set_clock(world, 12)
            async with world.working():
                world.tells(ANNA, "/start")
                await world.told(ANNA, "Здравствуйте")
                await nobody_answers(world, anna)
                await the_night_is_answered_once(world, anna)
        world.judged()


async def sets_hours(anna: Hands) -> None:
    """What J7 stands on, set by its page; a wrong day is told beside its field."""
    await anna.opens(ANNA)
    await anna.presses("Ещё")
    await anna.presses("Группы и часы")
    await anna.presses("Часы и сроки ответа")
    await anna.page.fill("#f-line", "каждый день до обеда")
    await anna.presses("Сохранить")
    await anna.page.wait_for_selector("#f-line-er")
    await anna.page.fill("#f-line", "пн-вс 9-18")
    await anna.page.locator("[name=is_away_on]").check()
    await anna.page.fill("#f-away_text", AWAY)
    await anna.presses("Сохранить")
    await anna.sees("Сохранено")


async def nobody_answers(world: World, anna: Hands) -> None:
    """J7.1-4."""
    thread = await world.topic("Ещё продаёте?")
    await anna.opens(BORIS)
    await anna.presses("Ответить: ")
    await anna.page.click("#act-more")
    await anna.presses("Беру себе", "#sheet")
    await anna.sees("Борис", "#main .talk-h")

    await world.later(minutes=11)
    first = await sees(lambda: world.message("ждёт ответа", thread))
    assert "Борис" in text_of(first)
    await world.later(minutes=10)
    await sees(lambda: "🔴" in world.topic_title(thread))
    await anna.opens(ANNA)
    await anna.looks_until("1 покупатель ждёт дольше цели")
    await world.later(minutes=10)
    owner = await sees(lambda: world.said(ANNA, "30 минут"))
    assert await world.presses(ANNA, owner, "Возьму сам") == "Взяли: Анна"

    await anna.opens(ANNA)
    await anna.presses("Ответить: ")
    await anna.sees("Анна", "#main .talk-h")
    await anna.answers("Да, продаём")
    await world.reaches("Да, продаём")
    await world.later(minutes=1)
    await sees(lambda: "🟢" in world.topic_title(thread))
    calls = world.texts(thread)
    await world.later(minutes=60)
    assert [one for one in world.texts(thread) if "ждёт ответа" in one] == [
        one for one in calls if "ждёт ответа" in one
    ]


async def the_night_is_answered_once(world: World, anna: Hands) -> None:
    """J7.5: the reply outside hours is in the talk, once; the clock starts in the morning."""
    set_clock(world, 23)
    world.buyer("Ночной вопрос")
    world.buyer("Есть кто?")
    await world.reaches(AWAY)
    await anna.opens(ANNA, "/app/dialogs")
    await anna.presses("Иван Петров")
    await anna.looks_until(AWAY, "#chat")
    assert (await anna.turns()).count(AWAY) == 1
    assert world.sent(world.chat_id()).count(AWAY) == 1
    set_clock(world, 9)
    await world.later(minutes=5)
    await anna.opens(ANNA)
    await anna.looks_until("1 покупатель ждёт ответа")
