"""What did not get through, from a phone: why, what is safe, again or never."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from services.kit.settings import Settings
from tests.browser.audit import PHONES, audit, clean
from tests.browser.busy_city import LONG, RTL, WORD
from tests.browser.cabinet_app import Cabinet, cabinet_app

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
]


@pytest_asyncio.fixture(loop_scope="session")
async def cabinet(settings: Settings) -> AsyncIterator[Cabinet]:
    async with cabinet_app(settings) as opened:
        await opened.group()
        for number, (person, text) in enumerate(
            [("Иван", "Да"), (LONG, WORD), (RTL, RTL), ("Пётр", "Нет"), ("Ольга", "Завтра")]
        ):
            await _stuck(opened, person, text, "provider_down" if number < 4 else "too_big")
        yield opened


async def _stuck(cabinet: Cabinet, person: str, text: str, reason: str) -> None:
    """An answer that was given up on."""
    row = await cabinet.shop.talk(person, "?")
    await cabinet.town.boris.enter()
    words = {"text": text, "key": "k"}
    await cabinet.town.boris.call("POST", f"/api/v1/dialogs/{row}/messages", words)
    async with cabinet.shop.services.database.tenant(cabinet.shop.id) as tx:
        await tx.execute(
            "UPDATE delivery SET state = 'parked', reason = $1"
            " WHERE purpose = 'to_buyer' AND conversation_id = $2",
            reason,
            row,
        )
        await tx.execute("DELETE FROM delivery_open")


async def test_heaps_are_named_retried_and_dropped(page: Page, cabinet: Cabinet) -> None:
    found = {}
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.boris, "/app/undelivered")
    await expect(page.locator("h1")).to_have_text("Не дошли 5")
    await expect(page.locator("#heap-provider_down-parked")).to_have_text("Площадка не отвечает")
    await expect(page.locator("#heap-too_big-parked")).to_have_text("Файл слишком велик")
    assert not await page.locator("#retry-too_big-parked").count()  # it would not help

    await page.click("#drop-too_big-parked")
    await page.wait_for_selector("#sheet[open]")
    found["sheet"] = await audit(page)
    await page.click("#sheet .btn.danger")
    await expect(page.locator("h1")).to_have_text("Не дошли 4")
    await page.click("text=Ещё 1 сообщение")
    await expect(page.locator("main ul .cell")).to_have_count(4)
    found["one heap"] = await audit(page)
    await page.click("main ul button.cell >> nth=1")
    await page.wait_for_selector("#sheet[open]")
    found["one message"] = await audit(page)
    await page.keyboard.press("Escape")
    await page.click("#retry-provider_down-parked")
    await expect(page.locator("main h2")).to_have_text("Всё дошло")
    found["done"] = await audit(page)

    clean(found)


async def test_other_business_sees_and_moves_nothing(page: Page, cabinet: Cabinet) -> None:
    clara = cabinet.town.clara
    await cabinet.open(page, clara, "/app/undelivered")
    await expect(page.locator("main h2")).to_have_text("Всё дошло")
    await clara.enter()
    status, _ = await clara.call(
        "POST",
        "/app/undelivered/drop",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    async with cabinet.shop.services.database.tenant(cabinet.shop.id) as tx:
        left = await tx.value("SELECT count(*) FROM delivery WHERE state = 'parked'")

    assert (status, left) == (200, 5)
