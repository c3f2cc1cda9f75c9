"""What owners are told in private: where to go, quiet on demand, recovery as an answer."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.scenarios.world import ANNA, BOT, GROUP, MASTER, World, buttons, sees, text_of


def labels(message: dict[str, Any]) -> list[str]:
    return [str(one["text"]) for one in buttons(message)]


async def alarm(world: World) -> dict[str, Any]:
    world.city.telegram.kick_bot(GROUP, BOT)
    return await sees(lambda: world.said(ANNA, "недоступна"))


async def test_alert_leads_to_the_group_goes_quiet_and_loud_and_is_answered_by_recovery(
    world: World,
) -> None:
    thread = await world.topic("До")
    world.tells(ANNA, "/start")
    await world.told(ANNA, "Здравствуйте")
    told = await alarm(world)
    opens, quiet = buttons(told)
    assert opens["url"] == f"https://t.me/c/{str(GROUP).removeprefix('-100')}/1"
    assert quiet["text"].startswith("Тише до ")

    said = await world.presses(ANNA, told, "Тише до")
    assert said.startswith("До ")
    await sees(lambda: "Снова сообщать" in labels(world.said(ANNA, "недоступна")))
    said = await world.presses(ANNA, world.said(ANNA, "недоступна"), "Снова сообщать")
    assert said == "Снова сообщаем об этом сразу"
    await sees(lambda: "Тише до" in str(labels(world.said(ANNA, "недоступна"))))

    world.city.telegram.return_bot(GROUP, BOT, user_id=ANNA)
    clear = await sees(lambda: world.said(ANNA, "снова на связи"), 5)
    assert clear["reply_to_message"]["message_id"] == told["message_id"]
    world.buyer("После")
    await sees(lambda: "После" in world.texts(thread), 5)


async def test_while_quiet_the_same_trouble_is_not_told_again(world: World) -> None:
    await world.topic("До")
    world.tells(ANNA, "/start")
    await world.told(ANNA, "Здравствуйте")
    await world.presses(ANNA, await alarm(world), "Тише до")
    world.city.telegram.return_bot(GROUP, BOT, user_id=ANNA)
    await sees(lambda: world.said(ANNA, "снова на связи"), 5)

    world.city.telegram.kick_bot(GROUP, BOT)
    rows = "SELECT state FROM notice_copy WHERE state = 'held'"
    for _ in range(300):
        if await world.rows(rows):
            break
        await asyncio.sleep(0.02)
    assert await world.rows(rows)
    shown = world.city.telegram.messages(MASTER, user_id=ANNA)
    assert sum("недоступна" in text_of(one) for one in shown) == 1
