"""The cabinet's first page in its three forms, and what surrounds it."""

from __future__ import annotations

import gzip

import pytest

from services.desk.dialogs import Dialogs
from services.tenants.actor import Role
from tests.services.desk.shops import Shop
from tests.webapp.people import Person, Town
from webapp.cabinet.policy import HEADERS

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
async def shop(town: Town) -> Shop:
    services = town.door.services
    dialogs = Dialogs(services.clock, services.features.conversations.policies)
    opened = Shop(services, dialogs, id=town.cherry)
    opened.channels = [await opened.channel("avito-1")]
    for person in (town.anna, town.boris, town.clara, town.dora):
        await person.enter()
    return opened


async def page(
    person: Person, path: str = "/app", **headers: str
) -> tuple[int, str, dict[str, str]]:
    url = person.door.url(path)
    auth = {"Authorization": f"Bearer {person.access}"} if person.access else {}
    async with person.door.http.get(url, headers=auth | headers) as answer:
        return answer.status, await answer.text(), dict(answer.headers)


async def test_signed_out_gets_a_document_without_data(town: Town) -> None:
    status, text, headers = await page(town.anna)

    assert status == 200
    assert "data-shell" in text
    assert headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


async def test_htmx_gets_main_and_tabs_a_browser_the_whole_page(town: Town, shop: Shop) -> None:
    _, fragment, _ = await page(town.anna, **FRAGMENT)
    _, whole, _ = await page(town.anna)

    assert "<html" not in fragment
    assert fragment.count('<main class="page') == 1
    assert 'hx-swap-oob="true"' in fragment
    assert whole.count('<main class="page') == 1
    assert "hx-swap-oob" not in whole
    assert "data-shell" not in whole


async def test_first_view_is_light(town: Town, shop: Shop) -> None:
    for number in range(30):
        await shop.talk(f"Покупатель {number}", "Ещё продаёте?", minutes=number)
    _, whole, _ = await page(town.anna)

    assert len(gzip.compress(whole.encode(), 6)) <= 6 * 1024


async def test_newcomer_sees_the_next_of_three_steps(town: Town) -> None:
    await town.clara.enter()
    _, text, _ = await page(town.clara, **FRAGMENT)

    assert 'aria-current="step"' in text
    assert "Создайте бота" in text


async def test_who_waits_is_shown_to_the_business_and_to_no_other(town: Town, shop: Shop) -> None:
    await shop.talk("Иван <b>Петров</b>", "Ещё продаёте?")
    await town.role(town.dora, Role.MANAGER)
    _, cherry, _ = await page(town.dora, **FRAGMENT)
    _, plum, _ = await page(town.clara, **FRAGMENT)

    assert "Петров" not in plum
    assert "<b>Петров" not in cherry


async def test_same_page_again_is_204(town: Town, shop: Shop) -> None:
    _, _, headers = await page(town.anna, "/app/more", **FRAGMENT)
    version = headers["X-Version"]
    again, _, _ = await page(town.anna, "/app/more", **FRAGMENT, **{"X-Version": version})
    await town.role(town.anna, Role.BILLING)
    other, _, _ = await page(town.anna, "/app/more", **FRAGMENT, **{"X-Version": version})

    assert (again, other) == (204, 200)


async def test_page_that_is_not_there_says_so(town: Town, shop: Shop) -> None:
    whole, text, _ = await page(town.anna, "/app/nothing/here")
    fragment, problem, _ = await page(town.anna, "/app/nothing/here", **FRAGMENT)

    assert (whole, fragment) == (404, 404)
    assert "Такого здесь нет" in text
    assert "error.not_found" in problem


async def test_who_has_no_seat_is_told_so_in_words(town: Town, shop: Shop) -> None:
    status, text, _ = await page(town.dora)

    assert status == 403
    assert "Нет доступа" in text
    assert "auth." not in text
