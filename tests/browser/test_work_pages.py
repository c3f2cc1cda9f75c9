"""Groups, hours and terms, ready answers and settings as an owner meets them in the cabinet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from services.kit.ids import new_id
from services.kit.settings import Settings
from tests.browser.audit import DESKTOP, PHONES, audit, clean, layout, walk
from tests.browser.cabinet_app import Cabinet, cabinet_app
from tests.browser.conftest import Errors

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
    pytest.mark.timeout(120),
]
THEMES = (("light", "ru"), ("dark", "en"))
XSS = '"><img src=x onerror="document.title=\'hacked\'"><script>alert(1)</script>'
WIDE = "Константинопольский" * 3
RIGHT = "متجر الدراجات والخوذات 🚲"


@pytest_asyncio.fixture(loop_scope="session")
async def cabinet(settings: Settings, page: Page) -> AsyncIterator[Cabinet]:
    async with cabinet_app(settings) as opened:
        yield opened
        await page.goto("about:blank")  # so that nobody asks a server that is gone


async def looked_at(page: Page, cabinet: Cabinet, path: str, name: str) -> dict[str, list[str]]:
    """Return what is wrong with a page in both themes and languages, at every width."""
    anna, found = cabinet.town.anna, {}
    for theme, locale in THEMES:
        await cabinet.speak(anna, locale)
        await page.goto("about:blank")  # the same address with another hash would load nothing
        await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        for size in (PHONES[1], DESKTOP):
            await page.set_viewport_size(size)
            await cabinet.open(page, anna, path)
            found[f"{name} {theme} {size['width']}"] = await audit(page)
        await page.set_viewport_size(PHONES[0])
        found[f"{name} {theme} 320"] = await layout(page)
    return found


async def group(cabinet: Cabinet, title: str, *, state: str = "live", checks: str = "[]") -> UUID:
    row = new_id()
    await cabinet.shop.write(
        "INSERT INTO workspace (tenant_id, id, name, channel_id, chat_id, title, kind, state,"
        " checks) VALUES ($1, $2, $5, $3, $4, $5, 'forum', $6, $7::jsonb)",
        row,
        cabinet.town.door.channels["telegram"],
        f"-100{row.int % 10**9}",
        title,
        state,
        checks,
    )
    return row


CHECKS = (
    '[{"name": "admin", "state": "ok", "key": "workspace.check.admin.ok", "params": {}},'
    ' {"name": "topics", "state": "bad", "key": "workspace.check.topics.bad", "params": {}},'
    ' {"name": "pin", "state": "warn", "key": "workspace.check.pin.warn", "params": {}}]'
)


async def test_groups_are_clean_and_told_whose_buyers_come(page: Page, cabinet: Cabinet) -> None:
    shop = cabinet.shop
    found = await looked_at(page, cabinet, "/app/workspaces", "none")
    await shop.write(
        "UPDATE channel SET username = 'cherry_bot' WHERE tenant_id = $1 AND id = $2",
        cabinet.town.door.channels["telegram"],
    )
    sales = await group(cabinet, WIDE, checks=CHECKS)
    await group(cabinet, RIGHT, state="lost")
    await shop.write(
        "UPDATE channel SET title = $2 WHERE tenant_id = $1 AND id = $3", WIDE, shop.channels[0]
    )
    await shop.talk("Иван", "?")
    found |= await looked_at(page, cabinet, "/app/workspaces", "list")
    found |= await looked_at(page, cabinet, f"/app/workspaces/{sales}", "one")
    await cabinet.speak(cabinet.town.anna, "ru")
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.anna, "/app/workspaces")
    await page.click(f"#g-{sales}")
    await page.check(f"#s-{shop.channels[0]}")
    await page.click("#serves-save")
    await expect(page.locator(".ban.ok b")).to_have_text("Сохранено")
    assert await page.is_checked(f"#s-{shop.channels[0]}")
    found["keyboard"] = await walk(page)

    clean(found)


async def test_ready_answers_are_clean_and_kept_by_hand(page: Page, cabinet: Cabinet) -> None:
    found = await looked_at(page, cabinet, "/app/canned", "none")
    await cabinet.speak(cabinet.town.anna, "ru")
    await page.set_viewport_size(PHONES[1])
    await page.goto("about:blank")
    await cabinet.open(page, cabinet.town.anna, "/app/canned")
    await page.click("#add")
    await page.wait_for_selector("#f-name")
    found["new"] = await audit(page)
    for name, text in ((WIDE, WIDE), (RIGHT, RIGHT), (XSS[:60], XSS), ("адрес", "Ленина, 1")):
        await cabinet.open(page, cabinet.town.anna, "/app/canned")
        await page.click("#add")
        await page.fill("#f-name", name)
        await page.fill("#f-text", text)
        await page.click("[data-main]")
        await expect(page.locator(".ban.ok b")).to_have_text("Сохранено")
    found |= await looked_at(page, cabinet, "/app/canned", "list")
    await page.click("text=адрес")
    await page.wait_for_selector("#f-text")
    found["one"] = await audit(page) + await walk(page)
    await page.click("#remove")
    await page.wait_for_selector("#sheet[open]")
    found["sheet"] = await audit(page)
    await page.click("#sheet .btn.danger")
    await page.wait_for_selector("#rows")
    assert await page.locator("#rows li").count() == 3
    assert await page.locator("main img[src=x], main script").count() == 0
    assert await page.title() != "hacked"

    clean(found)


async def test_settings_are_clean_and_kept_by_hand(
    page: Page, cabinet: Cabinet, errors: Errors
) -> None:
    found = await looked_at(page, cabinet, "/app/settings", "settings")
    await cabinet.speak(cabinet.town.anna, "ru")
    await page.set_viewport_size(PHONES[1])
    await page.goto("about:blank")
    await cabinet.open(page, cabinet.town.anna, "/app/settings")
    found["keyboard"] = await walk(page)
    await page.fill("#f-quiet_from", "22:00")
    await page.click("#me-save")
    await expect(page.locator("#f-quiet_from-er")).to_contain_text("Нужны оба времени")
    found["fault"] = await audit(page)
    await page.fill("#f-quiet_to", "08:00")
    await page.click("#me-save")
    await expect(page.locator(".ban.ok b")).to_have_text("Сохранено")
    await page.fill("#f-name", XSS)
    await page.select_option("#f-retention_days", "365")
    await page.click("#business-save")
    await page.wait_for_selector("#sure")
    found["asked"] = await audit(page)
    await page.click("#sure")
    await expect(page.locator(".ban.ok")).to_contain_text("Настройки компании изменены")
    assert await page.input_value("#f-name") == XSS
    assert await page.input_value("#f-quiet_to") == "08:00"
    assert await page.title() != "hacked"
    await page.select_option("#f-my_locale", "en")
    await page.click("#me-save")
    await expect(page.locator("h1")).to_have_text("Settings")

    clean(found)
    errors.clear()  # Chromium says each 422 in the console


async def test_terms_are_clean_and_filled_by_hand(
    page: Page, cabinet: Cabinet, errors: Errors
) -> None:
    found = await looked_at(page, cabinet, "/app/workspaces/terms", "terms")
    await cabinet.speak(cabinet.town.anna, "ru")
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.anna, "/app/workspaces/terms")
    found["keyboard"] = await walk(page)
    await page.fill("#f-mon", "с девяти")
    await page.fill("#f-closed", "31.12")
    await page.click("[data-main]")
    await expect(page.locator("#f-mon-er")).to_contain_text("Не понимаем")
    assert await page.input_value("#f-mon") == "с девяти"
    assert await page.input_value("#f-closed") == "31.12"
    found["faults"] = await audit(page)
    await page.fill("#f-mon", "9-18")
    await page.check("input[name=is_away_on]")
    await page.fill("#f-away_text", "Ответим утром")
    await page.click("[data-main]")
    await expect(page.locator(".ban.ok b")).to_have_text("Сохранено")
    assert await page.input_value("#f-mon") == "9–18"
    found["saved"] = await audit(page)

    clean(found)
    errors.clear()  # Chromium says each 422 in the console
