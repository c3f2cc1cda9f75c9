"""Groups, hours and terms, ready answers and settings as an owner meets them in the cabinet."""

from __future__ import annotations

from uuid import UUID

import pytest
from playwright.async_api import Page, expect

from services.kit.ids import new_id
from tests.browser.audit import PHONES, audit, clean
from tests.browser.cabinet_app import Cabinet
from tests.browser.conftest import Errors

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
    pytest.mark.timeout(120),
]
XSS = '"><img src=x onerror="document.title=\'hacked\'"><script>alert(1)</script>'
WIDE = "Константинопольский" * 3
RIGHT = "متجر الدراجات والخوذات 🚲"


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
    found: dict[str, list[str]] = {}
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
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.anna, "/app/workspaces")
    await page.click(f"#g-{sales}")
    await page.check(f"#s-{shop.channels[0]}")
    await page.click("#serves-save")
    await expect(page.locator(".ban.ok b")).to_have_text("Сохранено")
    assert await page.is_checked(f"#s-{shop.channels[0]}")

    clean(found)


async def test_ready_answers_are_clean_and_kept_by_hand(page: Page, cabinet: Cabinet) -> None:
    found = {}
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
    await page.click("text=адрес")
    await page.wait_for_selector("#f-text")
    found["one"] = await audit(page)
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
    found = {}
    await page.set_viewport_size(PHONES[1])
    await page.goto("about:blank")
    await cabinet.open(page, cabinet.town.anna, "/app/settings")
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
    found = {}
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.anna, "/app/workspaces/terms")
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
