"""Notices lead to the topic or group they speak of, and only within their own business."""

from __future__ import annotations

import pytest

from services.conversations.addresses import Addresses, topic_url
from services.kit.clock import SystemClock
from services.kit.ids import new_id
from services.tenants.doors import Doors
from tests.services.conversations.town import Town

PLACES = Addresses(Doors(SystemClock(), "https://cabinet.example"))


async def link(town: Town, rule: str, subject: str, slug: str = "cherry") -> str:
    async with town.services.database.system("a test asks as the pump does") as tx:
        return await PLACES.link(tx, town.tenants[slug], rule, subject)


async def test_who_waits_is_found_in_the_topic(town: Town) -> None:
    await town.rows("UPDATE workspace SET chat_id = '-1001234567890' RETURNING 1")
    await town.buyer("?")
    await town.calm()
    found = str((await town.one("SELECT id FROM conversation"))["id"])
    (thread,) = town.house.topics

    assert await link(town, "unanswered", found) == f"https://t.me/c/1234567890/{thread}"
    assert await link(town, "unanswered", found, "plum") == ""
    assert await link(town, "unanswered", str(new_id())) == ""
    assert await link(town, "unanswered", "nonsense") == ""
    assert await link(town, "queue_depth", "in") == ""


async def test_lost_group_is_found_and_what_was_not_delivered_is_found_in_its_topic(
    town: Town,
) -> None:
    await town.rows("UPDATE workspace SET chat_id = '-1001234567890' RETURNING 1")
    await town.buyer("?")
    await town.calm()
    group = str((await town.one("SELECT id FROM workspace"))["id"])
    assert await link(town, "workspace_unreachable", group) == "https://t.me/c/1234567890/1"
    assert await link(town, "parked_deliveries", "deliveries") == ""

    await town.rows("UPDATE delivery SET state = 'parked' WHERE purpose = 'to_topic' RETURNING 1")
    (thread,) = town.house.topics
    wanted = f"https://t.me/c/1234567890/{thread}"
    assert await link(town, "parked_deliveries", "deliveries") == wanted
    assert await link(town, "outcome_unknown", "deliveries") == ""


async def test_a_note_about_who_waits_stands_until_the_answer(town: Town) -> None:
    await town.buyer("?")
    await town.calm()
    talk = str((await town.one("SELECT id FROM conversation"))["id"])

    async def stands(slug: str) -> bool:
        async with town.services.database.system("a test asks as the pump does") as tx:
            return await PLACES.stands(tx, town.tenants[slug], "unanswered", talk)

    assert await stands("cherry")
    assert not await stands("plum")
    await town.manager("Да")
    assert not await stands("cherry")


@pytest.mark.parametrize(
    ("chat", "thread", "url"),
    [
        ("-1001234567890", "55", "https://t.me/c/1234567890/55"),
        ("-1001234567890", "", "https://t.me/c/1234567890/1"),
        ("-4567", "", ""),
        ("555", "1", ""),
        ("-100abc", "1", ""),
        ("", "", ""),
    ],
)
def test_only_supergroups_have_addresses(chat: str, thread: str, url: str) -> None:
    assert topic_url(chat, thread) == url
