"""The team, invitations, sessions and the second factor, from a phone and a wide screen."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from services.kit.settings import Settings
from tests.browser.audit import PHONES, audit, clean
from tests.browser.cabinet_app import Cabinet, cabinet_app
from tests.browser.conftest import Errors
from tests.webapp.auth.test_second_factor import codes, expire
from tests.webapp.people import Person, init_data

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
]


@pytest_asyncio.fixture(loop_scope="session")
async def cabinet(settings: Settings, page: Page) -> AsyncIterator[Cabinet]:
    async with cabinet_app(settings) as opened:
        await opened.group()
        yield opened
        await page.goto("about:blank")  # so that nobody asks a server that is gone


async def opened(cabinet: Cabinet, page: Page, who: Person, path: str) -> None:
    """Open it as anew: the same address with another hash would open nothing."""
    await page.goto("about:blank")
    await cabinet.open(page, who, path)


async def test_a_manager_is_invited_joins_is_limited_and_removed(
    cabinet: Cabinet, page: Page
) -> None:
    anna, found = cabinet.town.anna, {}
    await page.set_viewport_size(PHONES[1])
    await opened(cabinet, page, anna, "/app/team")
    await page.click("#invite")
    await page.click(".bottom .btn[data-main]")
    await expect(page.locator("h1")).to_have_text("Ссылка готова")
    found["made"] = await audit(page)
    link = re.split(r"[=/]", await page.locator("#link").inner_text())[-1]

    await opened(cabinet, page, cabinet.town.dora, f"/app/join/{link}")
    await expect(page.locator("h1")).to_contain_text("Вас зовут в")
    found["join"] = await audit(page)
    await page.click("#join")
    await expect(page.locator("h1")).not_to_contain_text("Вас зовут в")

    await opened(cabinet, page, anna, "/app/team")
    await page.click("text=Dora")
    await page.locator(".sw").first.check()
    await page.click(".bottom .btn[data-main]")
    await expect(page.locator("#done")).to_contain_text("Сохранено")
    await page.click("text=Dora")
    await expect(page.locator(".sw").first).to_be_checked()
    await page.click("#remove")
    await page.wait_for_selector("#sheet[open]")
    found["remove"] = await audit(page)
    await page.click("#remove-sure")
    await expect(page.locator("#members")).not_to_contain_text("Dora")
    found["removed"] = await audit(page)

    clean(found)


async def test_the_second_factor_guards_the_team(
    cabinet: Cabinet, page: Page, errors: Errors
) -> None:
    anna, found = cabinet.town.anna, {}
    await page.set_viewport_size(PHONES[1])
    await opened(cabinet, page, anna, "/app/security")
    await page.click("#to-factor")
    await page.click("#begin")
    seed = await page.locator("#seed").inner_text()
    found["scan"] = await audit(page)
    await page.fill("#f-code", codes(seed)[0])
    await page.click(".bottom .btn[data-main]")
    await expect(page.locator("#codes li")).to_have_count(10)
    found["codes"] = await audit(page)
    recovery = await page.locator("#codes .num").first.inner_text()
    await page.click("#kept")
    await expect(page.locator("#factor")).to_contain_text("Включён")

    await expire(cabinet.town)
    await opened(cabinet, page, anna, "/app/team")
    await page.click("#invite")
    await expect(page.locator("h1")).to_have_text("Введите код")
    found["code"] = await audit(page)
    await page.fill("#f-code", "000000")
    await page.click(".bottom .btn[data-main]")
    await expect(page.locator(".er")).to_contain_text("не подошёл")
    found["wrong"] = await audit(page)
    await page.fill("#f-code", recovery)
    await page.click(".bottom .btn[data-main]")
    await expect(page.locator("h1")).to_have_text("Приглашение")
    assert re.search(r"/app/team/invites$", page.url)

    clean(found)
    errors.clear()  # Chromium says each 403 and 422 in the console


async def test_signing_out_everywhere_ends_all(
    cabinet: Cabinet, page: Page, errors: Errors
) -> None:
    anna = cabinet.town.anna
    await anna.enter(init_data(anna.token, anna.telegram_id, anna.name))
    await page.set_viewport_size(PHONES[1])
    await opened(cabinet, page, anna, "/app/security")
    await page.click("#everywhere")
    await page.wait_for_selector("#sheet[open]")
    clean({"sheet": await audit(page)})
    await page.click("#everywhere-sure")
    await page.wait_for_selector("main [data-close]")

    assert (await anna.call("GET", "/api/v1/me"))[0] == 401
    errors.clear()  # the 401 of the page after
