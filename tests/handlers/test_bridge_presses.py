"""S12 on the real bridge: a card's button does nothing in a stranger's hands."""

from __future__ import annotations

import pytest

from sandbox.city.demo import DEMO_GROUP
from tests.scenarios.world import BORIS, BOT, World, data_of, seeding, sees, town

STRANGER = 811009


@pytest.fixture
async def world(environ):  # type: ignore[no-untyped-def]
    async with town(environ, seeding()) as made:
        made.city.telegram.add_user(STRANGER, "Прохожий")
        yield made


async def press(world: World, who: int, message_id: int, data: str) -> str:
    query = world.city.telegram.user_presses(who, DEMO_GROUP, message_id, data)
    answer = await sees(lambda: world.city.telegram.answer_of(BOT, query))
    return str(answer["text"])


async def standing(world: World) -> list[tuple[object, ...]]:
    rows = await world.rows(
        "SELECT state, assignee_id, snoozed_until FROM conversation ORDER BY id"
    )
    return [tuple(row) for row in rows]


async def test_card_buttons_in_a_strangers_hands_do_nothing(world: World) -> None:
    thread = await world.topic("Велосипед ещё есть?")
    messages = world.city.telegram.messages
    card = await sees(lambda: next(m for m in messages(DEMO_GROUP, thread) if "reply_markup" in m))
    world.city.telegram.add_member(DEMO_GROUP, STRANGER)
    before = await standing(world)

    for label in ("Беру", "Закрыть"):
        assert await press(world, STRANGER, card["message_id"], data_of(card, label))

    assert await standing(world) == before
    assert await press(world, BORIS, card["message_id"], data_of(card, "Беру"))
    assert await standing(world) != before
