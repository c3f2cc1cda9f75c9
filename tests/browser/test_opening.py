"""The Mini App opened by a link of a message, in another language, and when a script breaks."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from services.kit.deeplinks import Page as Place
from services.kit.deeplinks import Spot
from tests.browser.audit import PHONES, audit, clean
from tests.browser.cabinet_app import Cabinet
from tests.browser.conftest import Errors
from tests.webapp.people import init_data

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
]


async def launch(cabinet: Cabinet, page: Page, start_param: str) -> None:
    """Open the app by `t.me/<bot>?startapp=…`."""
    boris = cabinet.town.boris
    data = init_data(boris.token, boris.telegram_id, boris.name, start_param=start_param)
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, boris, data=data)


async def test_a_start_parameter_opens_its_page_with_home_beneath(
    cabinet: Cabinet, page: Page
) -> None:
    await cabinet.group()
    row = await cabinet.shop.talk("Иван", "?")
    await launch(cabinet, page, Spot(Place.DIALOGS, row).written)

    await expect(page.locator("h1")).to_have_text("Иван")
    assert page.url.endswith(f"/app/dialogs/{row}")
    await page.go_back()
    await expect(page.locator("#tab-now")).to_have_attribute("aria-current", "page")
    assert page.url.endswith("/app")
    await page.reload()
    await expect(page.locator("#tab-now")).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize("odd", ["dialogs-" + "0a1b" * 8, "dialogs-1", "<script>", "../admin"])
async def test_an_unknown_start_parameter_opens_home_and_says_so(
    cabinet: Cabinet, page: Page, odd: str
) -> None:
    await cabinet.group()
    await launch(cabinet, page, odd)

    await expect(page.locator(".toast")).to_contain_text("здесь нет")
    await expect(page.locator("#tab-now")).to_have_attribute("aria-current", "page")
    assert page.url.endswith("/app")
    clean({"home": await audit(page)})


async def test_a_button_in_a_private_chat_opens_its_page_with_home_beneath(
    cabinet: Cabinet, page: Page
) -> None:
    row = await cabinet.shop.talk("Иван", "?")
    path = f"/app/open?to={Spot(Place.DIALOGS, row).written}"
    await cabinet.open(page, cabinet.town.boris, path)

    await expect(page.locator("h1")).to_have_text("Иван")
    await page.go_back()
    await expect(page.locator("#tab-now")).to_have_attribute("aria-current", "page")


async def test_a_chosen_language_is_spoken_at_once_and_everywhere(
    cabinet: Cabinet, page: Page
) -> None:
    await cabinet.open(page, cabinet.town.boris, "/app/settings")
    assert await page.evaluate("document.documentElement.lang") == "ru"
    await page.select_option("select[name=my_locale]", "en")
    await page.click("form[action$='/me'] button[type=submit]")

    await expect(page.locator("#tab-now")).to_contain_text("Now")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    assert "Try" in await page.evaluate("document.getElementById('words').dataset.failed")
    label = await page.evaluate("document.getElementById('tpl-gone').content.textContent")
    assert not any("а" <= letter <= "я" for letter in label.lower())


async def test_a_broken_script_is_told_to_us_without_a_word(
    cabinet: Cabinet, page: Page, errors: Errors
) -> None:
    await cabinet.open(page, cabinet.town.boris, "/app/dialogs")
    async with page.expect_request("**/app/errors") as told:
        await page.evaluate("void setTimeout(() => { throw new TypeError('секрет Ивана') })")
    request = await told.value
    answer = await request.response()

    assert answer is not None
    assert answer.status == 204
    assert request.post_data_json["name"] == "TypeError"
    assert "секрет" not in (request.post_data or "")
    errors.clear()  # it was thrown on purpose
