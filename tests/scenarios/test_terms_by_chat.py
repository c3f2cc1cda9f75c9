"""Hours and terms set by talking to the master bot are what the bridge then does (J7, X5, V30)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.scenarios.world import ANNA, BORIS, World, sees, text_of

MOSCOW = ZoneInfo("Europe/Moscow")
AWAY = "Мы ответим утром, после девяти."


async def ask(world: World, label: str) -> None:
    """Anna presses a button of the newest card."""
    await world.presses(ANNA, world.said(ANNA, "Часы и сроки"), label)


async def set_terms(world: World) -> None:
    world.tells(ANNA, "/hours")
    await world.told(ANNA, "Работаем: круглосуточно")
    await ask(world, "Изменить часы")
    world.tells(ANNA, "ежедневно 9-18")
    await world.told(ANNA, "пн–вс 09:00–18:00")
    await ask(world, "Ответ вне часов")
    world.tells(ANNA, AWAY)
    await world.told(ANNA, AWAY)
    await ask(world, "Кого звать")
    world.tells(ANNA, "5 группа, 15 владелец")
    await world.told(ANNA, "через 15 мин владелец")


def at_hour(world: World, hour: int) -> None:
    real = datetime.now(UTC)
    now = real + world.clock.ahead
    wanted = now.astimezone(MOSCOW).replace(hour=hour, minute=0, second=0, microsecond=0)
    wanted += timedelta(days=1) if wanted <= now else timedelta()
    world.clock.ahead = wanted.astimezone(UTC) - real


async def test_what_the_owner_set_by_chat_is_kept_at_night_and_by_day(world: World) -> None:
    await set_terms(world)
    at_hour(world, 23)
    thread = await world.topic("Ночной вопрос")
    await sees(lambda: world.sent(world.chat_id()) == [AWAY])

    at_hour(world, 9)
    await world.later(minutes=6)
    called = await sees(lambda: world.message("ждёт ответа", thread))
    assert "5 минут" in text_of(called)
    await world.later(minutes=10)
    assert "Ночной вопрос" in text_of(await world.told(ANNA, "15 минут"))
    world.judged()


async def test_a_manager_looks_at_the_terms_and_cannot_change_them(world: World) -> None:
    world.tells(BORIS, "/hours")

    seen: dict[str, Any] = await world.told(BORIS, "Меняет владелец")

    assert "reply_markup" not in seen
