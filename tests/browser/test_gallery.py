"""Every component in every state: any width, theme, palette, language; mouse and keyboard."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize

from tests.browser.audit import DESKTOP, PHONES, audit, clean, contrast, layout, walk
from tests.browser.gallery_app import gallery_app
from webapp.cabinet.gallery import PAGES

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
]
IOS = {
    "bg_color": "#ffffff", "secondary_bg_color": "#efeff4", "text_color": "#000000",
    "section_bg_color": "#ffffff", "accent_text_color": "#007aff", "button_color": "#007aff",
    "button_text_color": "#ffffff", "bottom_bar_bg_color": "#f2f2f2",
}  # fmt: skip
NIGHT = {
    "bg_color": "#17212b", "secondary_bg_color": "#232e3c", "text_color": "#f5f5f5",
    "section_bg_color": "#17212b", "accent_text_color": "#6ab2f2", "button_color": "#50a8eb",
    "button_text_color": "#ffffff", "bottom_bar_bg_color": "#17212b",
    "section_separator_color": "#111921",
}  # fmt: skip


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gallery(browser: Browser) -> AsyncIterator[str]:
    async with gallery_app() as url:
        yield url


async def _open(page: Page, url: str, name: str, lang: str = "ru") -> None:
    answer = await page.goto(f"{url}/app/gallery/{name}?lang={lang}")
    assert answer is not None
    assert answer.status == 200
    await page.wait_for_selector("html[data-theme]")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("theme", "lang"), [("light", "ru"), ("dark", "en")])
async def test_component_page_is_clean(
    page: Page, gallery: str, name: str, theme: str, lang: str
) -> None:
    await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    await page.set_viewport_size(PHONES[1])
    await _open(page, gallery, name, lang)
    found = {"phone": await audit(page), "keyboard": await walk(page)}
    await page.set_viewport_size(PHONES[0])
    found["narrow"] = await layout(page)
    await page.set_viewport_size(DESKTOP)
    found["wide"] = await audit(page)

    clean(found)


@pytest.mark.parametrize("palette", [IOS, NIGHT], ids=["ios", "night"])
async def test_telegram_palette_keeps_contrast(
    page: Page, gallery: str, palette: dict[str, str]
) -> None:
    await page.set_viewport_size(PHONES[1])
    found = {}
    for name in PAGES:
        await _open(page, gallery, name)
        await page.evaluate(
            "async (p) => { const t = await import(document.querySelector('script[type=module]')"
            ".src.replace('app.js', 'theme.js')); t.paint(p); }",
            palette,
        )
        found[name] = await contrast(page)

    clean(found)


async def test_text_at_double_size_still_fits(page: Page, gallery: str) -> None:
    await page.set_viewport_size(ViewportSize(width=640, height=400))
    found = {}
    for name in PAGES:
        await _open(page, gallery, name)
        found[name] = await layout(page)

    clean(found)


async def test_page_turns_without_a_reload_and_back_again(page: Page, gallery: str) -> None:
    await page.set_viewport_size(PHONES[1])
    await _open(page, gallery, "rows")
    await page.evaluate("window.same = true")
    await page.click("#links .cell >> nth=0")
    await page.click(".cell >> text=Иван Петров")
    await page.wait_for_selector("main.chatv")
    heading = await page.evaluate("document.activeElement.tagName")
    await page.go_back()
    await page.wait_for_selector("main:not(.chatv) .filters")

    assert heading == "H1"
    assert await page.evaluate("window.same")
    assert await page.locator("main").count() == 1
    assert await page.locator("nav#nav").count() == 1


async def test_note_mode_changes_colour_place_and_button(page: Page, gallery: str) -> None:
    await _open(page, gallery, "talk")
    before = await page.evaluate(
        "getComputedStyle(document.getElementById('reply')).backgroundColor"
    )
    await page.click("#reply-mode")
    after = await page.evaluate(
        "getComputedStyle(document.getElementById('reply')).backgroundColor"
    )

    assert before != after
    assert await page.get_attribute("#reply", "action") == "/app/gallery/talk?note"
    assert await page.get_attribute("#reply-send", "aria-label") == "Сохранить заметку"
    clean({"note": await audit(page)})


async def test_lost_network_is_said_and_taken_back(page: Page, gallery: str) -> None:
    await _open(page, gallery, "rows")
    await page.context.set_offline(True)
    await page.wait_for_selector("#offline")
    clean({"offline": await audit(page)})
    await page.context.set_offline(False)

    await page.wait_for_selector("#offline", state="detached")


async def test_single_keys_help_and_can_be_switched_off(page: Page, gallery: str) -> None:
    await page.set_viewport_size(PHONES[1])
    await _open(page, gallery, "talk")
    await page.keyboard.press("n")
    is_note = await page.get_attribute("#reply-mode", "aria-pressed")
    await page.keyboard.press("n")  # in the field now: a letter, no key
    written = await page.input_value("#reply-text")
    await page.locator("h1").focus()
    await page.keyboard.press("?")
    await page.wait_for_selector("#sheet[open]")
    clean({"keys": await audit(page), "keyboard": await walk(page)})
    await page.click("#keys-on")
    await page.keyboard.press("Escape")
    await page.locator("h1").focus()
    await page.keyboard.press("r")

    assert (is_note, written) == ("true", "n")
    assert await page.evaluate("document.activeElement.tagName") == "H1"
