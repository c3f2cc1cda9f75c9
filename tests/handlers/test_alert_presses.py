"""S12 on alerts: buttons made up, mutated or pressed by others do nothing, and are answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.kit.ids import new_id
from tests.scenarios.world import (
    ANNA,
    BORIS,
    BOT,
    GROUP,
    MASTER,
    OLGA,
    World,
    buttons,
    seeding,
    sees,
    town,
)


@pytest.fixture
async def world(environ: dict[str, str]) -> AsyncIterator[World]:
    async with town(environ, seeding()) as made:
        for who in (ANNA, BORIS, OLGA):
            made.tells(who, "/start")
            await made.told(who, "Здравствуйте")
        yield made


async def press(world: World, who: int, message: dict[str, Any], data: str) -> str:
    bot = message["from"]["id"]
    post = world.city.telegram.chat((bot, who), who).posts[message["message_id"]]
    markup = post.body.setdefault("reply_markup", {}).setdefault("inline_keyboard", [])
    markup.append([{"text": data, "callback_data": data}])  # a client can press what it likes
    query = world.city.telegram.user_presses(who, (bot, who), message["message_id"], data)
    return str((await sees(lambda: world.city.telegram.answer_of(bot, query)))["text"])


def last(world: World, who: int) -> dict[str, Any]:
    return list(world.city.telegram.messages(MASTER, user_id=who))[-1]


async def standing(world: World) -> list[Any]:
    rows = await world.rows("SELECT assignee_id FROM conversation ORDER BY id")
    mutes = await world.rows("SELECT * FROM notice_mute")
    return [[tuple(row) for row in rows], [tuple(row) for row in mutes]]


async def test_made_up_and_mutated_buttons_change_nothing(world: World) -> None:
    await world.topic("Велосипед ещё есть?")
    talk = (await world.rows("SELECT id FROM conversation"))[0]["id"]
    world.city.telegram.kick_bot(GROUP, BOT)
    told = await sees(lambda: world.said(ANNA, "недоступна"))
    quiet = next(b["callback_data"] for b in buttons(told) if "callback_data" in b)
    copy, moment = quiet.split(":")[2:]
    before = await standing(world)

    made_up = [
        (OLGA, f"n:take:{talk}"),  # the platform's admin has no seat in this business
        (ANNA, f"n:take:{new_id()}"),
        (ANNA, "n:take:nonsense"),
        (BORIS, quiet),  # another person's copy
        (ANNA, f"n:quiet:{new_id()}:{moment}"),
        (ANNA, f"n:quiet:{copy}:1"),
        (ANNA, f"n:quiet:{copy}:99999999999999"),
        (ANNA, f"n:quiet:{copy}"),
        (ANNA, f"n:quiet:{copy}:-5"),
        (BORIS, f"n:loud:{copy}"),
        (ANNA, "n:retell:notices"),  # the platform's admins only
        (ANNA, "n:"),
    ]
    for who, data in made_up:
        assert await press(world, who, last(world, who), data), data
    assert await standing(world) == before

    assert (await press(world, ANNA, told, quiet)).startswith("До ")
    assert (await standing(world))[1] != before[1]
