"""Dialogs in the cabinet as a manager meets them: find, read, answer, note, put off, close."""

from __future__ import annotations

import pytest
from playwright.async_api import FilePayload, Page

from tests.browser.audit import PHONES, audit, clean
from tests.browser.cabinet_app import Cabinet
from tests.browser.conftest import Errors

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
]
XSS = '"><img src=x onerror="document.title=\'hacked\'"><script>alert(1)</script>'


async def test_manager_answers_notes_and_sees_both(cabinet: Cabinet, page: Page) -> None:
    row = await cabinet.shop.talk("Иван", "Ещё продаёте?")
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.boris, "/app/dialogs")
    await page.click("text=Иван")
    await page.wait_for_selector("#reply-text")

    await page.fill("#reply-text", "Да, продаём")
    await page.click("#reply-send")
    await page.wait_for_selector(".turn.out >> text=Да, продаём")
    await page.click("#reply-mode")
    await page.fill("#reply-text", "торгуется")
    await page.click("#reply-send")
    await page.wait_for_selector(".turn.note >> text=торгуется")

    thread = await cabinet.shop.thread(row)
    assert [(item.text, item.is_note) for item in thread.items] == [
        ("Ещё продаёте?", False),
        ("Да, продаём", False),
        ("торгуется", True),
    ]


async def test_empty_answer_is_refused_where_one_types(
    cabinet: Cabinet, page: Page, errors: Errors
) -> None:
    row = await cabinet.shop.talk("Иван", "?")
    await cabinet.open(page, cabinet.town.boris, f"/app/dialogs/{row}")
    await page.fill("#reply-text", "   ")
    await page.click("#reply-send")

    await page.wait_for_selector(".compose .er >> text=Пустое")
    errors.clear()  # Chromium says each 422 in the console


async def test_wrong_file_is_refused_and_the_words_stay(
    cabinet: Cabinet, page: Page, errors: Errors
) -> None:
    row = await cabinet.shop.talk("Иван", "?")
    await cabinet.open(page, cabinet.town.boris, f"/app/dialogs/{row}")
    wrong = FilePayload(name="фото.png", mimeType="image/png", buffer=b"MZ no picture")
    await page.set_input_files("#reply-file", wrong)
    await page.fill("#reply-text", "вот фото")
    await page.click("#reply-send")

    await page.wait_for_selector(".compose .er >> text=только картинки")
    assert await page.input_value("#reply-text") == "вот фото"
    assert len((await cabinet.shop.thread(row)).items) == 1
    errors.clear()  # Chromium says each 422 in the console


@pytest.mark.parametrize(
    ("act", "shows"), [("Назначить другого", "Борис"), ("Заблокировать", "Не блокировать")]
)
async def test_a_sheet_leads_to_the_next_sheet(
    cabinet: Cabinet, page: Page, act: str, shows: str
) -> None:
    row = await cabinet.shop.talk("Иван", "?")
    await cabinet.open(page, cabinet.town.boris, f"/app/dialogs/{row}")
    await page.click("#act-more")
    await page.click(f"#sheet >> text={act}")

    await page.wait_for_selector(f"#sheet[open] >> text={shows}")


async def test_an_answer_to_a_lost_server_goes_once_by_itself_when_it_is_back(
    cabinet: Cabinet, page: Page, errors: Errors
) -> None:
    row = await cabinet.shop.talk("Иван", "?")
    await cabinet.open(page, cabinet.town.boris, f"/app/dialogs/{row}")
    await page.route("**/app/**", lambda route: route.abort())
    await page.fill("#reply-text", "Да")
    await page.click("#reply-send")
    await page.wait_for_selector("#offline")
    await page.unroute("**/app/**")

    await page.wait_for_selector(".turn.out >> text=Да")
    assert [item.text for item in (await cabinet.shop.thread(row)).items] == ["?", "Да"]
    errors.clear()  # Chromium says each lost request in the console


async def test_an_answer_that_waits_is_not_sent_from_another_dialog(
    cabinet: Cabinet, page: Page, errors: Errors
) -> None:
    row = await cabinet.shop.talk("Иван", "?")
    other = await cabinet.shop.talk("Пётр", "?")
    await cabinet.open(page, cabinet.town.boris, f"/app/dialogs/{row}")
    await page.route("**/reply", lambda route: route.abort())
    await page.fill("#reply-text", "Ивану")
    await page.click("#reply-send")
    await page.wait_for_selector("#offline")
    await page.unroute("**/reply")
    await page.evaluate(
        "(path) => window.htmx.ajax('GET', path, {target: '#main', swap: 'outerHTML'})",
        f"/app/dialogs/{other}",
    )
    await page.wait_for_selector("h1 >> text=Пётр")
    await page.wait_for_timeout(3500)  # a tick of the page

    for one in (row, other):
        texts = [item.text for item in (await cabinet.shop.thread(one)).items]
        assert texts in (["?"], ["?", "Ивану"] if one == row else ["?"])
    errors.clear()


async def test_new_words_of_the_buyer_appear_by_themselves(cabinet: Cabinet, page: Page) -> None:
    row = await cabinet.shop.talk("Иван", "первое")
    await cabinet.open(page, cabinet.town.boris, f"/app/dialogs/{row}")
    await page.fill("#reply-text", "не потерять")
    await cabinet.shop.say(row, 2, "второе")

    await page.wait_for_selector(".turn.in >> text=второе")
    assert await page.input_value("#reply-text") == "не потерять"


async def test_put_off_close_and_open_again(cabinet: Cabinet, page: Page) -> None:
    row = await cabinet.shop.talk("Иван", "?")
    await page.set_viewport_size(PHONES[1])
    await cabinet.open(page, cabinet.town.boris, f"/app/dialogs/{row}")
    await page.click("#act-snooze")
    await page.wait_for_selector("#sheet[open]")
    clean({"sheet": await audit(page)})
    await page.click("#sheet >> text=На час")
    await page.wait_for_selector("text=отложен")
    await page.click("#act-reopen")
    await page.wait_for_selector("#act-close")
    await page.click("#act-close")
    await page.wait_for_selector("text=закрыт")

    assert (await cabinet.shop.thread(row)).dialog.state == "closed"


async def test_search_finds_and_says_when_it_does_not(cabinet: Cabinet, page: Page) -> None:
    await cabinet.shop.talk("Иван", "Продаёте шлемы?")
    await cabinet.shop.talk("Пётр", "привет")
    await cabinet.open(page, cabinet.town.boris, "/app/dialogs")
    await page.fill("#search", "шлем")
    await page.press("#search", "Enter")
    await page.wait_for_selector("text=1 диалог")
    assert await page.locator("#rows li").count() == 1
    await page.fill("#search", "самокат")
    await page.press("#search", "Enter")

    await page.wait_for_selector("text=Нет диалогов с «самокат»")


async def test_what_buyers_write_is_text_everywhere(cabinet: Cabinet, page: Page) -> None:
    row = await cabinet.shop.talk(XSS, XSS, subject=XSS)
    for path in ("/app/dialogs", f"/app/dialogs/{row}", "/app"):
        await cabinet.open(page, cabinet.town.boris, path)
        assert await page.locator("main img[src=x], main script").count() == 0
        assert await page.title() != "hacked"
