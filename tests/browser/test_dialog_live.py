"""What moves by itself in dialogs: colleagues who write, news that waits, the way back."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.browser.audit import DESKTOP, PHONES, audit, clean, layout
from tests.browser.busy_city import LONG, RTL
from tests.browser.cabinet_app import Cabinet
from tests.browser.conftest import Errors
from tests.services.desk.shops import ago

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
]
XSS = "<img src=x onerror=alert(1)>"
ANNA_WRITES = "\u2068Анна\u2069 отвечает"  # the name stands apart, whatever its direction
TICK = "document.body.dispatchEvent(new CustomEvent('tick'))"
SEEN = "[...document.querySelectorAll('.turn')].find((one) => one.offsetTop > scrollY + 80).id"
TOP = "(id) => Math.round(document.getElementById(id).getBoundingClientRect().top)"


async def writes(cabinet: Cabinet, row: UUID, *, typing: bool = True) -> None:
    anna = cabinet.town.anna
    if not anna.access:
        await anna.enter()
    await anna.call("PUT", f"/api/v1/dialogs/{row}/presence", {"typing": typing})


async def long_thread(cabinet: Cabinet, page: Page, size: ViewportSize = PHONES[1]) -> UUID:
    row = await cabinet.shop.talk("Иван", *(f"сообщение {n}" for n in range(40)))
    await page.set_viewport_size(size)
    await cabinet.open(page, cabinet.town.boris, f"/app/dialogs/{row}")
    return row


# ---- who writes ----


async def test_a_colleague_who_writes_is_shown_and_gone_again(
    cabinet: Cabinet, page: Page
) -> None:
    row = await cabinet.shop.talk("Иван", "?")
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.boris, f"/app/dialogs/{row}")
    await writes(cabinet, row)

    await expect(page.locator("#answering")).to_contain_text(ANNA_WRITES)  # by the tick
    clean({"thread": await audit(page)})
    await writes(cabinet, row, typing=False)
    await expect(page.locator("#answering")).to_be_empty()
    await writes(cabinet, row)
    for size, theme in ((PHONES[0], "light"), (DESKTOP, "dark")):
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        await cabinet.open(page, cabinet.town.boris, "/app/dialogs")
        await expect(page.locator("#rows .busy")).to_contain_text(ANNA_WRITES)
        clean({theme: await audit(page)})


@pytest.mark.parametrize("name", [LONG, RTL, XSS], ids=["long", "rtl", "xss"])
async def test_any_name_fits_where_it_is_said_who_writes(
    cabinet: Cabinet, page: Page, name: str
) -> None:
    row = await cabinet.shop.talk("Иван", "?")
    await writes(cabinet, row)
    async with cabinet.shop.services.database.system("a test names") as tx:
        await tx.execute("UPDATE users SET name = $1 WHERE telegram_user_id = 1001", name)
    await cabinet.shop.write(
        "UPDATE conversation SET assignee_id ="
        " (SELECT id FROM users WHERE telegram_user_id = 1001)"
        " WHERE tenant_id = $1 AND id = $2",
        row,
    )
    await page.set_viewport_size(PHONES[0])
    for path, place in (("/app/dialogs", "#rows .busy"), (f"/app/dialogs/{row}", "#answering")):
        await cabinet.open(page, cabinet.town.boris, path)
        await expect(page.locator(place)).to_contain_text(name.split(maxsplit=1)[0][:9])
        await expect(page.locator(place)).to_contain_text("отвечает")
        assert await page.locator("main img[src=x]").count() == 0
        clean({path: await layout(page)})


async def test_typing_an_answer_is_told_a_note_is_not(cabinet: Cabinet, page: Page) -> None:
    row = await cabinet.shop.talk("Иван", "?")
    presence = cabinet.shop.services.features.desk.presence
    tenant = str(cabinet.shop.id)
    await cabinet.open(page, cabinet.town.boris, f"/app/dialogs/{row}")
    await page.click("#reply-mode")
    await page.keyboard.type("торг")
    await page.wait_for_timeout(300)
    assert await presence._marks.marks(tenant) == frozenset()
    await page.click("#reply-mode")
    async with page.expect_response(lambda answer: "presence" in answer.url) as told:
        await page.keyboard.type("Да")

    assert (await told.value).status == 200
    assert len(await presence._marks.marks(tenant)) == 1
    await expect(page.locator("#answering")).to_be_empty()


# ---- the way back ----


async def test_closing_is_taken_back_by_tap_and_by_key(cabinet: Cabinet, page: Page) -> None:
    row = await cabinet.shop.talk("Иван", "?", minutes=9)
    before = (await cabinet.shop.thread(row)).dialog
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.boris, f"/app/dialogs/{row}")
    for way in ("tap", "key"):
        await page.click("#act-close")
        await expect(page.locator(".toast")).to_contain_text("Диалог закрыт")
        assert page.url.endswith(str(row))  # a reload will not say it again
        clean({f"toast, {way}": await audit(page)})
        if way == "tap":
            await page.click("#toast-undo")
        else:
            await page.keyboard.press("z")
        await expect(page.locator(".toast")).to_have_text("Вернули как было")
        await page.wait_for_selector("#act-close")

        after = (await cabinet.shop.thread(row)).dialog
        assert (after.state, after.waiting_since) == (before.state, before.waiting_since)


async def test_the_way_back_waits_for_who_points_at_it(cabinet: Cabinet, page: Page) -> None:
    row = await cabinet.shop.talk("Иван", "?")
    await cabinet.open(page, cabinet.town.boris, f"/app/dialogs/{row}")
    await page.clock.install()
    await page.click("#act-close")
    await page.wait_for_selector("#toast-undo")
    await page.clock.run_for(7_000)  # the page's own clock goes on beside: a second to spare
    assert await page.locator("#toast-undo").count() == 1
    await page.focus("#toast-undo")
    await page.clock.run_for(8_000)
    assert await page.locator("#toast-undo").count() == 1

    await page.evaluate("document.activeElement.blur()")
    await page.clock.run_for(9_000)

    assert await page.locator("#toast-undo").count() == 0


async def test_too_late_is_said(cabinet: Cabinet, page: Page) -> None:
    row = await cabinet.shop.talk("Иван", "?")
    await cabinet.open(page, cabinet.town.boris, f"/app/dialogs/{row}")
    await page.click("#act-close")
    await page.wait_for_selector("#toast-undo")
    await cabinet.town.anna.enter()
    await cabinet.town.anna.call("POST", f"/api/v1/dialogs/{row}/reopen")

    await page.click("#toast-undo")

    await expect(page.locator(".toast")).to_contain_text("Вернуть уже нельзя")


# ---- news that waits ----


async def test_new_rows_wait_behind_a_pill_while_one_reads_below(
    cabinet: Cabinet, page: Page
) -> None:
    for number in range(20):
        await cabinet.shop.talk(f"Покупатель {number}", "?", minutes=60 + number)
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.boris, "/app/dialogs?view=all")
    await page.evaluate("scrollTo(0, 600)")
    aimed = await page.locator("#rows a.cell").nth(9).get_attribute("id")
    before = await page.evaluate(TOP, aimed)
    for name in ("Новый", "Новая", "Ещё один"):
        await cabinet.shop.talk(name, "!", minutes=0)
    await page.evaluate(TICK)

    await expect(page.locator("#fresh")).to_have_text("3 новых")
    assert await page.evaluate(TOP, aimed) == before
    assert await page.locator("#rows a.cell").count() == 20
    clean({"pill": await audit(page)})
    await page.click("#fresh")
    await expect(page.locator("#rows a.cell").first).to_be_focused()
    assert await page.locator("#rows a.cell").count() == 23
    assert await page.evaluate("scrollY") == 0
    assert not await page.locator("#fresh").is_visible()


async def test_at_the_top_untouched_rows_simply_come(cabinet: Cabinet, page: Page) -> None:
    await cabinet.shop.talk("Иван", "?", minutes=60)
    await cabinet.open(page, cabinet.town.boris, "/app/dialogs?view=all")
    await cabinet.shop.talk("Новый", "!", minutes=0)
    await page.evaluate(TICK)

    await expect(page.locator("#rows a.cell .t").first).to_have_text("Новый")
    assert not await page.locator("#fresh").is_visible()


async def test_rows_under_a_pointer_tell_their_news_where_they_stand(
    cabinet: Cabinet, page: Page
) -> None:
    first = await cabinet.shop.talk("Иван", "раз", minutes=60)
    second = await cabinet.shop.talk("Пётр", "раз", minutes=90)
    await cabinet.open(page, cabinet.town.boris, "/app/dialogs?view=all")
    await page.hover(f"#d-{second}")
    await cabinet.shop.say(second, 2, "два", at=ago(0))
    await cabinet.shop.write(
        "UPDATE conversation SET last_in_at = now(), last_seq = 2"
        " WHERE tenant_id = $1 AND id = $2",
        second,
    )
    await page.evaluate(TICK)

    await expect(page.locator("#fresh")).to_have_text("1 новый")
    await expect(page.locator(f"#d-{second}")).to_contain_text("два")
    ids = await page.eval_on_selector_all("#rows a.cell", "rows => rows.map((row) => row.id)")
    assert ids == [f"d-{first}", f"d-{second}"]


async def test_new_messages_wait_below_while_one_reads_above(cabinet: Cabinet, page: Page) -> None:
    row = await long_thread(cabinet, page)
    await page.evaluate("scrollTo(0, 300)")
    seen = await page.evaluate(SEEN)
    before = await page.evaluate(TOP, seen)
    for number in range(40, 55):  # more than a page holds: the oldest leave above
        await cabinet.shop.say(row, number + 1, f"сообщение {number}")

    await expect(page.locator("#fresh")).to_have_text("15 новых сообщений")
    assert abs(await page.evaluate(TOP, seen) - before) <= 2
    clean({"pill": await audit(page)})
    await page.click("#fresh")
    await expect(page.locator("#fresh")).to_be_hidden()
    await expect(page.locator("text=сообщение 54")).to_be_in_viewport()


@pytest.mark.parametrize("size", [PHONES[1], DESKTOP], ids=["phone", "desktop"])
async def test_at_the_bottom_new_messages_are_seen_at_once(
    cabinet: Cabinet, page: Page, size: ViewportSize
) -> None:
    row = await long_thread(cabinet, page, size)
    await cabinet.shop.say(row, 41, "самое новое")

    await expect(page.locator("text=самое новое")).to_be_in_viewport()
    assert not await page.locator("#fresh").is_visible()


# ---- words that are true ----


async def test_a_waiting_answer_is_said_to_go_by_itself(
    cabinet: Cabinet, page: Page, errors: Errors
) -> None:
    row = await cabinet.shop.talk("Иван", "?")
    await cabinet.open(page, cabinet.town.boris, f"/app/dialogs/{row}")
    await page.route("**/app/**", lambda route: route.abort())
    await page.fill("#reply-text", "Да")
    await page.click("#reply-send")

    await expect(page.locator(".toast")).to_contain_text("уйдёт сам")
    await page.unroute("**/app/**")
    await asyncio.sleep(0)
    errors.clear()  # Chromium says each lost request in the console
