"""J7: nobody answers. Assignee, group, owners, in working time; an answer stops it all."""

from datetime import UTC, datetime, timedelta

import orjson

from services.connectors.messages import TopicEdit
from tests.services.conversations.town import Town, until


async def tick(town: Town, minutes: float) -> int:
    town.clock.shift = timedelta(minutes=minutes)
    async with town.tx("cherry") as tx:
        return await town.conversations.tick(tx)


async def test_ladder_calls_the_group_then_the_owners_and_stops_at_the_answer(town: Town) -> None:
    await town.buyer("есть кто?")
    await town.calm()
    assert await tick(town, 9) == 0

    for minutes in (10.1, 10.6, 20.1, 20.6):
        await tick(town, minutes)
    await until(lambda: "Иван ждёт ответа 20 минут" in town.house.texts())
    assert town.house.texts().count("Иван ждёт ответа 10 минут") == 1
    assert town.told.rules() == []

    await tick(town, 30.1)
    await tick(town, 31)
    assert town.told.rules() == ["unanswered"]
    assert town.told.all[0][3]["quote"] == "есть кто?"

    await town.manager("здесь")
    assert await tick(town, 300) == 0


async def test_assignee_is_named_first_unless_it_is_night_for_them(town: Town) -> None:
    await town.buyer("?")
    await town.calm()
    await town.manager("/take")
    await town.calm()

    await tick(town, 10.1)
    await until(lambda: "Борис, Иван ждёт ответа 10 минут" in town.house.texts())

    await town.buyer("?", chat="u2i-2", name="Олег", person="888")
    await town.calm()
    async with town.services.database.system("test") as tx:
        await tx.execute(
            "UPDATE users SET settings = $1 WHERE telegram_user_id = 1001",
            orjson.dumps({"quiet": ["00:00", "23:59"]}).decode(),
        )
    async with town.tx("cherry") as tx:
        await tx.execute(
            "UPDATE conversation SET assignee_id = (SELECT id FROM users "
            "WHERE telegram_user_id = 1001)"
        )
    await tick(town, 21)
    await until(lambda: any("Олег ждёт ответа" in text for text in town.house.texts()))
    assert "Борис, Олег ждёт ответа 10 минут" not in town.house.texts()


async def test_title_turns_yellow_red_and_green_again(town: Town) -> None:
    await town.buyer("?")
    await town.calm()

    shown = []
    for minutes in (10.1, 20.2):
        await tick(town, minutes)
        shown.append((await town.one("SELECT title_shown FROM conversation"))["title_shown"])
    town.clock.shift = timedelta(minutes=25)
    await town.manager("отвечаю")
    shown.append((await town.one("SELECT title_shown FROM conversation"))["title_shown"])

    assert [title[0] for title in shown] == ["🟡", "🔴", "🟢"]
    await until(lambda: town.house.of(TopicEdit))


async def test_out_of_hours_one_reply_per_dialog_and_period(town: Town) -> None:
    today = datetime.now(UTC).strftime("%a").lower()[:3]
    other = next(day for day in ("mon", "tue", "wed") if day != today)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%a").lower()[:3]
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%a").lower()[:3]
    day = next(d for d in ("mon", "tue", "wed", "thu") if d not in {today, tomorrow, yesterday})
    hours = {day: [["09:00", "18:00"]], "closed": []}
    del other
    settings = orjson.dumps({"bridge": {"hours": hours, "away_text": "Ответим утром"}}).decode()
    async with town.services.database.system("test") as tx:
        await tx.execute("UPDATE tenant SET settings = $1 WHERE slug = 'cherry'", settings)
    town.conversations.policies.forget(town.tenants["cherry"])

    await town.buyer("есть?")
    await town.buyer("ау")
    await town.buyer("робот", automatic=True, chat="u2i-3")
    await town.buyer("другой", chat="u2i-2", person="9")
    await town.calm()

    assert town.market.chats == {"u2i-1": ["Ответим утром"], "u2i-2": ["Ответим утром"]}
    assert any("Ответим утром" in text for text in town.house.texts())
    assert await tick(town, 45) == 0  # the clock stands until the morning
    waiting = await town.one(
        "SELECT waiting_since FROM conversation WHERE external_chat_id = 'u2i-1'"
    )
    assert waiting["waiting_since"] is not None


async def test_journal_shows_who_waits_and_nothing_of_others(town: Town) -> None:
    await town.buyer("раз")
    await town.buyer("два", chat="u2i-2", person="9", name="Олег")
    await town.calm()
    await town.manager("ответ")
    await town.calm()
    journal = town.conversations.journal

    async with town.tx("cherry") as tx:
        waiting = [row["person_name"] for row in await journal.waiting(tx)]
        chats = await journal.chats(tx)
        stats = await journal.stats(tx)
        scoped = await journal.waiting(tx, channels=[town.channel_id("plum", "market")])
    async with town.tx("plum") as tx:
        foreign = [await journal.waiting(tx), await journal.chats(tx)]
        nothing = await journal.stats(tx)

    assert waiting == ["Олег"]
    assert (len(chats), scoped, foreign) == (2, [], [[], []])
    assert (stats.received, stats.answered, stats.waiting) == (2, 1, 1)
    assert (nothing.received, nothing.waiting, nothing.median_minutes) == (0, 0, None)


async def test_owners_hear_of_many_in_one_list_and_of_later_ones_in_the_next(town: Town) -> None:
    for number in range(12):
        await town.buyer("?", chat=f"u2i-{number}", name=f"Имя{number}", person=str(900 + number))
    await town.calm()

    await tick(town, 30.1)
    [(_, rule, subject, params)] = town.told.all
    assert (rule, subject, params["count"]) == ("unanswered_many", "many", "12")
    lines = params["list"].splitlines()
    assert len(lines) == 11
    assert lines[-1] == "и ещё 2"
    assert "30 минут" in lines[0]
    await tick(town, 31)
    assert len(town.told.all) == 1

    for number in range(20, 23):
        await town.buyer("?", chat=f"u2i-{number}", name="Олег", person=str(900 + number))
    await town.calm()
    town.told.lately = True
    await tick(town, 62)
    town.told.lately = False
    await tick(town, 63)
    assert len(town.told.all) == 1
    await tick(town, 72.5)
    assert [(one[1], one[3]["count"]) for one in town.told.all[1:]] == [("unanswered_many", "3")]


async def test_two_at_once_are_told_one_by_one(town: Town) -> None:
    for number in range(2):
        await town.buyer("?", chat=f"u2i-{number}", name=f"Имя{number}", person=str(900 + number))
    await town.calm()

    await tick(town, 30.1)

    assert town.told.rules() == ["unanswered", "unanswered"]
