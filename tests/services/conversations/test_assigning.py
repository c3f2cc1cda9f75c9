"""Who leads a conversation: taken in the topic and from a private alert; the card says so."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import orjson
import pytest

from services.conversations.assigning import Outcome, Taken
from services.conversations.values import Author
from services.kit.ids import new_id
from tests.services.conversations.town import Town, until

ANNA, BORIS = 0, 1


async def talking(town: Town) -> UUID:
    await town.buyer("?")
    await town.calm()
    found: UUID = (await town.one("SELECT id FROM conversation"))["id"]
    return found


async def take_over(
    town: Town, talk: UUID, who: int, told_at: datetime | None = None, slug: str = "cherry"
) -> Taken:
    author = Author(town.telegram_id(slug, who), "x")
    async with town.tx(slug) as tx:
        return await town.conversations.assigning.take_over(
            tx, author, talk, told_at or town.clock.now()
        )


def card(town: Town) -> str:
    return next(post.text for post in town.house.posts if "Объявление ·" in post.text)


async def test_card_names_who_took_it_however_it_was_taken(town: Town) -> None:
    talk = await talking(town)
    assert "Ведёт" not in card(town)
    await town.press(town.house.posts[0].buttons["Беру"], who=BORIS)
    await until(lambda: "Ведёт Борис" in card(town))

    await town.manager("/assign Анна")
    await until(lambda: "Ведёт Анна" in card(town))
    async with town.tx("cherry") as tx:
        assert await town.conversations.assigning.assign(tx, talk, None)
    await until(lambda: "Ведёт" not in card(town))


async def test_owner_takes_from_the_alert_what_nobody_leads_and_the_group_reads_it(
    town: Town,
) -> None:
    talk = await talking(town)

    assert await take_over(town, talk, ANNA) == Taken(Outcome.MINE, "Анна")
    assert await take_over(town, talk, ANNA) == Taken(Outcome.MINE, "Анна")

    await until(lambda: "Ведёт Анна" in card(town))
    await town.calm()
    assert town.house.texts().count("Взяли из личного сообщения: Анна") == 1


async def test_owner_takes_over_from_who_was_called_in_vain_but_not_from_who_came_since(
    town: Town,
) -> None:
    talk = await talking(town)
    await town.press(town.house.posts[0].buttons["Беру"], who=BORIS)
    before = town.clock.now()

    early = before - timedelta(minutes=5)
    assert await take_over(town, talk, ANNA, early) == Taken(Outcome.HELD, "Борис")
    assert await take_over(town, talk, ANNA) == Taken(Outcome.MINE, "Анна")
    assert await take_over(town, talk, BORIS) == Taken(Outcome.HELD, "Анна")


async def test_owner_takes_nothing_over_once_it_was_answered_or_closed(town: Town) -> None:
    talk = await talking(town)
    await town.press(town.house.posts[0].buttons["Беру"], who=BORIS)
    await town.manager("Да")
    assert await take_over(town, talk, ANNA) == Taken(Outcome.HELD, "Борис")

    await town.manager("/close")
    assert await take_over(town, talk, ANNA) == Taken(Outcome.OVER)


@pytest.mark.parametrize("slug", ["cherry", "plum"])
async def test_strangers_and_other_tenants_find_nothing_to_take(town: Town, slug: str) -> None:
    talk = await talking(town)
    async with town.tx(slug) as tx:
        author = Author(31337, "никто")
        taken = await town.conversations.assigning.take_over(tx, author, talk, town.clock.now())
    assert taken == Taken(Outcome.UNKNOWN)
    assert await take_over(town, talk, ANNA, slug="plum") == Taken(Outcome.UNKNOWN)
    assert await take_over(town, new_id(), ANNA) == Taken(Outcome.UNKNOWN)
    assert (await town.one("SELECT assignee_id FROM conversation"))["assignee_id"] is None


async def test_owner_of_another_account_finds_nothing_to_take(town: Town) -> None:
    talk = await talking(town)
    scope = orjson.dumps({"channels": [str(new_id())]}).decode()
    await town.rows("UPDATE membership SET scope = $1 RETURNING 1", scope)
    assert await take_over(town, talk, ANNA) == Taken(Outcome.UNKNOWN)
