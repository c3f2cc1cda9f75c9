"""The team, invitations, sessions and the second factor, from a phone and a wide screen."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from services.kit.settings import Settings
from services.tenants.actor import Role
from tests.browser.audit import DESKTOP, PHONES, audit, clean, layout, walk
from tests.browser.busy_city import LONG, RTL
from tests.browser.cabinet_app import Cabinet, cabinet_app
from tests.browser.conftest import Errors
from tests.webapp.auth.test_second_factor import codes, expire
from tests.webapp.people import Person, init_data

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
]
XSS = '"><img src=x onerror="document.title=\'hacked\'"><script>alert(1)</script>'
NEWCOMERS = {5001: LONG, 5002: RTL, 5003: XSS, 5004: "🍒🚲"}


@pytest_asyncio.fixture(loop_scope="session")
async def cabinet(settings: Settings, page: Page) -> AsyncIterator[Cabinet]:
    async with cabinet_app(settings) as opened:
        await opened.group()
        yield opened
        await page.goto("about:blank")  # so that nobody asks a server that is gone


async def crowd(cabinet: Cabinet) -> None:
    """A team of every role, with names of every kind; an account with such a name, too."""
    roles = (Role.MANAGER, Role.ANALYST, Role.BILLING, Role.MANAGER)
    for (number, name), role in zip(NEWCOMERS.items(), roles, strict=True):
        await cabinet.town.role(Person(cabinet.town.door, number, name), role)
    await cabinet.shop.write(
        "UPDATE channel SET title = $2 WHERE tenant_id = $1 AND kind = 'account'", LONG
    )


async def opened(cabinet: Cabinet, page: Page, who: Person, path: str) -> None:
    """Open it as anew: the same address with another hash would open nothing."""
    await page.goto("about:blank")
    await cabinet.open(page, who, path)


async def seat(cabinet: Cabinet, name: str) -> str:
    await cabinet.town.anna.enter()
    _, body = await cabinet.town.anna.call("GET", "/api/v1/members")
    found: str = next(row["id"] for row in body["items"] if row["name"] == name)
    return found


async def test_every_page_is_clean_in_both_themes_and_languages(
    cabinet: Cabinet, page: Page
) -> None:
    await crowd(cabinet)
    anna, found = cabinet.town.anna, {}
    for _ in range(3):
        await anna.enter()
    paths = ["/app/team", "/app/team/invites", f"/app/team/{await seat(cabinet, LONG)}"]
    paths += ["/app/security", "/app/security/factor", "/app/security/code?next=/app/team"]
    for theme, locale in (("light", "ru"), ("dark", "en")):
        await cabinet.speak(anna, locale)
        await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        for path in paths:
            for size in (PHONES[1], DESKTOP):
                await page.set_viewport_size(size)
                await opened(cabinet, page, anna, path)
                where = f"{theme} {path} {size['width']}"
                found[where] = await audit(page) + await walk(page)
                assert await page.locator("main img[src=x], main script").count() == 0
            await page.set_viewport_size(PHONES[0])
            found[f"{theme} {path} 320"] = await layout(page)

    clean(found)


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
