"""J7: nobody answers: assignee, group, owner, in working time; at night one polite reply."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from tests.scenarios.world import (
    ANNA,
    BORIS,
    GROUP,
    World,
    buttons,
    seeding,
    sees,
    text_of,
    town,
)

MOSCOW = ZoneInfo("Europe/Moscow")
AWAY = "Мы ответим утром, после девяти."
HOURS = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@pytest.fixture
async def office(environ: dict[str, str]) -> AsyncIterator[World]:
    """A business that works from nine to six; it is noon."""
    async with town(environ, seeding(), with_worker=False) as world:
        bridge = {"hours": HOURS, "away_text": AWAY}
        async with world.web.database.system("a test prepares") as tx:
            await tx.execute(
                "UPDATE tenant SET settings = $1::jsonb WHERE slug = 'velodvor'",
                orjson.dumps({"bridge": bridge}).decode(),
            )
        set_clock(world, 12)
        async with world.working():
            yield world


def labels(message: dict[str, Any]) -> list[str]:
    return [str(one["text"]) for one in buttons(message)]


def set_clock(world: World, hour: int, days: int = 0) -> None:
    """Move to this hour of Moscow, today or the next time it comes."""
    real = datetime.now(UTC)
    now = real + world.clock.ahead
    wanted = (now.astimezone(MOSCOW) + timedelta(days=days)).replace(
        hour=hour, minute=0, second=0, microsecond=0
    )
    if wanted <= now:
        wanted += timedelta(days=1)
    world.clock.ahead = wanted.astimezone(UTC) - real


async def test_assignee_group_and_owner_are_called_in_turn_until_somebody_answers(
    office: World,
) -> None:
    world = office
    world.tells(ANNA, "/start")
    await world.told(ANNA, "Здравствуйте")
    thread = await world.topic("Ещё продаёте?")
    card = await sees(lambda: world.message("18 500", thread))
    await world.presses(BORIS, card, "Беру")
    await world.later(minutes=1)
    assert "ждёт ответа" not in "\n".join(world.texts(thread))

    await world.later(minutes=10)
    first = await sees(lambda: world.message("ждёт ответа", thread))
    assert "Борис" in text_of(first)
    assert f"tg://user?id={BORIS}" in str(first["entities"])
    await sees(lambda: "🟡" in world.topic_title(thread))

    await world.later(minutes=10)
    await sees(lambda: "20 минут" in text_of(world.message("ждёт ответа", thread)))
    await sees(lambda: "🔴" in world.topic_title(thread))

    await world.later(minutes=10)
    owner = await sees(lambda: world.said(ANNA, "30 минут"))
    assert "Ещё продаёте?" in text_of(owner)
    assert "Ведёт Борис" in text_of(world.message("18 500", thread))
    assert await world.presses(ANNA, owner, "Возьму сам") == "Взяли: Анна"
    await sees(lambda: "Ведёт Анна" in text_of(world.message("18 500", thread)))
    await sees(lambda: world.message("Взяли из личного сообщения: Анна", thread))
    await sees(lambda: "Возьму сам" not in labels(world.said(ANNA, "30 минут")))

    calls = len([text for text in world.texts(thread) if "ждёт ответа" in text])
    answer = world.says("Да, продаём", thread)
    await sees(lambda: world.mark(answer) == "👌")
    await world.later(minutes=1)
    await sees(lambda: "🟢" in world.topic_title(thread))
    await world.later(minutes=60)
    assert len([text for text in world.texts(thread) if "ждёт ответа" in text]) == calls
    world.judged()


async def test_night_brings_one_reply_and_the_clock_starts_in_the_morning(
    office: World,
) -> None:
    world = office
    set_clock(world, 23)
    thread = await world.topic("Ночной вопрос")
    world.buyer("Есть кто?")
    world.buyer("Ау")
    await sees(lambda: world.sent(world.chat_id()) == [AWAY])
    await sees(lambda: world.message("Ау", thread))

    await world.later(hours=3)
    assert "ждёт ответа" not in "\n".join(world.texts(thread))
    assert world.sent(world.chat_id()) == [AWAY]

    set_clock(world, 9)
    await world.later(minutes=5)
    assert "ждёт ответа" not in "\n".join(world.texts(thread))
    await world.later(minutes=6)
    await sees(lambda: "10 минут" in text_of(world.message("ждёт ответа", thread)))
    assert world.city.telegram.topics(GROUP)[thread]
    assert world.sent(world.chat_id()) == [AWAY]
