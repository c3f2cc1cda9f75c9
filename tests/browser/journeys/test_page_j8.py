"""J8 by page: the owner at a desktop (Telegram Login), the manager at a phone (Mini App).

Left out: the export of J8.6 comes with the page of the audit; the acts are read by the API here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser

from services import seed
from tests.browser.journeys.hands import Hands, hands
from tests.browser.journeys.marks import MARKS
from tests.scenarios.processes import point_hooks
from tests.scenarios.world import (
    ANNA,
    GROUP,
    MASTER,
    World,
    seeding,
    sees,
    town,
)

pytestmark = MARKS
SOUTH, SOUTH_BIKE, LENA = 94235312, 1768287999, 215001199
CLARA = 700100777


def two_accounts() -> dict[str, Any]:
    document = seeding()
    document["tenants"][1]["channels"].append(
        {
            "name": "avito-south", "provider": "avito", "account_id": str(SOUTH),
            "credentials": {"client_id": "south", "client_secret": "south-secret"},
        }
    )  # fmt: skip
    document["tenants"][1]["workspaces"][0]["serves"].append("avito-south")
    return document


@pytest_asyncio.fixture(loop_scope="session")
async def shops(environ: dict[str, str]) -> AsyncIterator[World]:
    """Two accounts, a buyer at each."""
    async with town(environ, seeding()) as world:
        avito = world.city.avito
        avito.add_account(SOUTH, client_id="south", client_secret="south-secret", name="Юг")
        avito.add_item(SOUTH, SOUTH_BIKE, "Шоссейный велосипед", "42 000 ₽")
        avito.add_buyer(LENA, "Лена Юг")
        await seed.seed(world.web, two_accounts())
        await point_hooks(world.web)
        world.city.telegram.add_user(CLARA, "Клара")
        world.city.telegram.add_member(GROUP, CLARA)
        await world.topic("Вопрос про первый")
        avito.buyer_says(SOUTH, LENA, SOUTH_BIKE, "Вопрос про южный")
        await sees(lambda: world.message("Вопрос про южный"))
        yield world


async def test_manager_of_one_account_sees_it_alone_until_the_access_is_closed(
    shops: World, browser: Browser
) -> None:
    world = shops
    async with (
        hands(browser, world, desktop=True) as owner,
        hands(browser, world) as manager,
        hands(browser, world) as second,
    ):
        await owner.logs_in(ANNA)
        foreign = await where_is(owner, "Иван Петров")
        token = await invites(owner)
        await the_manager_sees_one_account(world, manager, token, foreign)
        await access_is_closed(world, owner, manager)
        await everywhere(owner, second)
        await audit_has_it_all(owner)
    verdict = world.city.judge()  # what was refused in words is the one that did not go
    assert [len(line.lost) for line in verdict.lines if line.lost] == [1]
    assert (verdict.doubled, verdict.out_of_order) == (0, 0)


async def where_is(owner: Hands, name: str) -> str:
    """Return the address of a dialog."""
    await owner.presses("Диалоги", "#nav")
    await owner.sees("Лена Юг")
    await owner.presses(name, "#main")
    await owner.page.wait_for_url("**/app/dialogs/*-*")
    return owner.page.url.removeprefix(owner.base)


async def invites(owner: Hands) -> str:
    """J8.1: a manager for one account; the token of the link."""
    await owner.presses("Команда", "#nav")
    await owner.presses("Пригласить")
    await owner.presses("Юг", "#main")
    await owner.presses("Создать ссылку")
    await owner.sees("Ссылка готова")
    await owner.sees("Юг", "#sees")
    return (await owner.reads("#link")).strip().rpartition("start=")[2]


async def the_manager_sees_one_account(
    world: World, manager: Hands, token: str, foreign: str
) -> None:
    """J8.2, 3: lists, search, counts, addresses: nothing of the other account."""
    world.city.telegram.start_bot(CLARA, MASTER, token)
    await world.presses(CLARA, await world.told(CLARA, "Вас зовут"), "Принять")
    await world.told(CLARA, "Вы менеджер «ВелоДвор»")
    await manager.opens(CLARA)
    await manager.sees("1 покупатель ждёт ответа")
    await manager.presses("Диалоги")
    await manager.sees("Лена Юг")
    await manager.sees_no("Иван Петров")
    await manager.page.fill("#search", "первый")
    await manager.page.press("#search", "Enter")
    await manager.sees("Нет диалогов с «первый»")
    await manager.goes("/app/accounts")
    await manager.sees("Юг")
    await manager.sees_no("94235311")
    await manager.opens(CLARA, foreign)
    await manager.sees("Такого здесь нет")


async def access_is_closed(world: World, owner: Hands, manager: Hands) -> None:
    """J8.4: the sheet says what happens; the next tap says so too; the topic takes no answers."""
    thread = world.thread("Лена")
    said = world.says("Пока я здесь", thread, who=CLARA)
    await sees(lambda: world.mark(said) == "👌")
    world.judged()
    await manager.opens(CLARA)
    await owner.presses("Команда", "#nav")
    await owner.presses("Клара")
    await owner.presses("Закрыть доступ")
    await owner.sees("Человек сразу перестанет видеть переписку", "#sheet[open]")
    await owner.presses("Закрыть доступ", "#sheet")
    await owner.sees_no("Клара")

    await manager.presses("Диалоги")
    await manager.sees("Вы пока ни в одной компании")
    world.says("А теперь?", thread, who=CLARA)
    await sees(lambda: world.message("не в команде", thread))
    south = world.city.avito.chat(SOUTH, LENA, SOUTH_BIKE).id
    assert world.city.avito.texts(SOUTH, south) == ["Пока я здесь"]


async def everywhere(owner: Hands, second: Hands) -> None:
    """J8.5: out at the desktop means out at the phone."""
    await second.opens(ANNA)
    await owner.presses("Вход и безопасность", "#nav")
    await owner.presses("Выйти везде")
    await owner.presses("Выйти везде", "#sheet")
    await owner.sees("Войдите через Telegram")
    await second.presses("Ещё")
    await second.sees("Откройте ещё раз")
    await owner.logs_in(ANNA)


async def audit_has_it_all(owner: Hands) -> None:
    """J8.6."""
    await owner.page.goto(f"{owner.base}/api/v1/audit?limit=100")
    seen = await owner.reads("body")
    for act in ("invite.create", "invite.accept", "member.remove"):
        assert act in seen, seen[:2000]
