"""The cabinet opened from Telegram: sign-in, the first page, tabs, back, what is not there."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from services.tenants.actor import Role
from tests.browser.audit import DESKTOP, PHONES, audit, clean, walk
from tests.browser.busy_city import LONG, RTL
from tests.browser.cabinet_app import Cabinet

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
]


async def test_newcomer_is_led_through_three_steps(page: Page, cabinet: Cabinet) -> None:
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.clara)

    await expect(page.locator("h1")).to_have_text("Три шага до первого ответа")
    clean({"first run": await audit(page), "keyboard": await walk(page)})


async def test_who_waits_longest_stands_first(page: Page, cabinet: Cabinet) -> None:
    await cabinet.group()
    await cabinet.shop.talk(LONG, "Ещё продаёте?", minutes=90, subject=LONG)
    await cabinet.shop.talk(RTL, RTL, minutes=3)
    found = {}
    await page.set_viewport_size(PHONES[0])
    await cabinet.open(page, cabinet.town.anna)
    await expect(page.locator("article h3").first).to_contain_text("дольше цели")
    await expect(page.locator("article .sub").first).to_contain_text("Константин")
    found["home, narrow"] = await audit(page)
    await page.click("article a.btn >> nth=0")
    await page.wait_for_selector("main.chatv")  # answered in one tap
    await page.go_back()
    await page.click("#tab-more")
    await expect(page.locator("h1")).to_have_text("Ещё")
    found["more, narrow"] = await audit(page)
    await page.set_viewport_size(DESKTOP)
    found["more, wide"] = await audit(page)
    await page.go_back()
    await expect(page.locator("#tab-now")).to_have_attribute("aria-current", "page")
    found["home, wide"] = await audit(page)

    clean(found)


async def test_person_of_two_businesses_moves_between_them(page: Page, cabinet: Cabinet) -> None:
    town = cabinet.town
    await cabinet.group()
    await town.role(town.anna, Role.MANAGER, town.plum)
    await page.set_viewport_size(PHONES[0])
    await cabinet.open(page, town.anna)
    here = await page.inner_text("#business b")
    there = "Plum" if here == "cherry" else "cherry"
    await page.click("#business")
    await page.wait_for_selector("#sheet[open] .cell")
    clean({"sheet": await audit(page), "keyboard": await walk(page)})
    await page.click(f"#sheet .cell:has-text('{there}')")

    await expect(page.locator("#business b")).to_have_text(there)
    assert not await page.locator("#sheet[open]").count()
    clean({"home": await audit(page)})


async def test_new_trouble_comes_by_itself_and_moves_no_focus(
    page: Page, cabinet: Cabinet
) -> None:
    await cabinet.group()
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.anna)
    await expect(page.locator(".empty h2")).to_have_text("Никто не ждёт")
    await page.wait_for_selector("main h1:focus", state="attached")  # the page has arrived
    await page.focus("#tab-more")
    await cabinet.shop.talk("Иван", "Здравствуйте", minutes=90)
    await page.evaluate("document.body.dispatchEvent(new CustomEvent('tick'))")

    await expect(page.locator("article h3")).to_contain_text("1 покупатель ждёт дольше цели")
    assert await page.evaluate("document.activeElement.id") == "tab-more"


async def test_page_that_is_not_there_is_said_in_place(
    page: Page, cabinet: Cabinet, errors: list[str]
) -> None:
    await cabinet.open(page, cabinet.town.anna, "/app/nothing")

    await expect(page.locator("main h1")).to_have_text("Такого здесь нет")
    clean({"gone": await audit(page)})
    errors.clear()  # the browser itself notes a 404


async def test_stale_token_is_renewed_on_the_way_and_back(page: Page, cabinet: Cabinet) -> None:
    renewed: list[str] = []
    page.on("request", lambda one: renewed.append(one.url) if "auth/refresh" in one.url else None)
    await page.clock.install()
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.anna)
    await page.clock.fast_forward("01:00:00")
    await page.click("#tab-more")
    await expect(page.locator("h1")).to_have_text("Ещё")
    await page.clock.fast_forward("01:00:00")
    await page.go_back()
    await expect(page.locator("#tab-now")).to_have_attribute("aria-current", "page")

    assert len(renewed) == 2


async def test_slow_page_shows_the_shape_of_rows_then_a_way_to_ask_again(
    page: Page, cabinet: Cabinet, errors: list[str]
) -> None:
    go = asyncio.Event()

    async def late(route: Route) -> None:
        await go.wait()
        await route.abort("timedout")

    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.anna)
    await page.route("**/app/more", late)
    await page.click("#tab-more")
    await expect(page.locator("main .sk").first).to_be_visible()
    clean({"skeleton": await audit(page)})
    go.set()
    await expect(page.locator("main h1:visible")).to_have_text("Страница не загрузилась")
    clean({"error": await audit(page)})
    await page.unroute("**/app/more")
    await page.click("main [data-retry]")

    await expect(page.locator("h1")).to_have_text("Ещё")
    errors.clear()  # the browser itself notes the broken request


async def test_slow_link_inside_a_page_brings_its_whole_page_at_its_newest_message(
    page: Page, cabinet: Cabinet
) -> None:
    async def late(route: Route) -> None:
        await asyncio.sleep(0.6)  # longer than the skeleton waits
        await route.continue_()

    await cabinet.group()
    row = await cabinet.shop.talk("Иван", "Первое", minutes=9)
    for seq in range(2, 24):
        await cabinet.shop.say(row, seq, f"И ещё {seq}")
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.anna)
    await page.route("**/app/dialogs/*", late)
    await page.click("article a.btn >> nth=0")
    await expect(page.locator("main .sk").first).to_be_visible()

    await expect(page.locator("main.chatv")).to_be_visible()
    await expect(page.locator("main")).to_have_count(1)
    await expect(page.locator("#nav")).to_be_hidden()
    await expect(page.locator(".turn").last).to_be_in_viewport()


async def test_refused_start_is_asked_to_open_again(
    page: Page, cabinet: Cabinet, errors: list[str]
) -> None:
    await cabinet.open(page, cabinet.town.anna, data="auth_date=1&hash=00")

    await expect(page.locator("main h1")).to_have_text("Откройте ещё раз")
    clean({"over": await audit(page)})
    errors.clear()  # the browser itself notes a 401


async def test_browser_without_a_session_is_shown_the_way_in(page: Page, cabinet: Cabinet) -> None:
    await page.goto(cabinet.town.door.url("/app"), wait_until="domcontentloaded")

    await expect(page.locator("main a.btn")).to_have_attribute("href", "/app/login")
    clean({"way in": await audit(page)})
