"""The city's page can be read and used: any width, theme, language, with or without a mouse."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, ViewportSize

from sandbox.city import City
from tests.browser.audit import DESKTOP, PHONES, audit, clean, layout, walk
from tests.browser.busy_city import busy_city

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
]
LOOKS = [("light", "ru"), ("dark", "en")]  # each theme and each language once: they do not meet
PANES = ("buyer", "group", "faults", "journal")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def busy(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with busy_city(tmp_path_factory.mktemp("city")) as city:
        yield city


async def _open(page: Page, city: City, theme: str = "light", lang: str = "ru") -> None:
    url = f"{city.url}/?theme={theme}&lang={lang}"
    await page.goto(url, wait_until="domcontentloaded")  # the bell never ends, so no "load"
    await page.wait_for_selector("#log tr", state="attached")


async def _pane(page: Page, name: str) -> None:
    await page.click(f"#tabs [data-pane={name}]")
    await page.wait_for_selector(f"#city[data-pane={name}]")


async def _sheet(page: Page, opener: str) -> None:
    await page.click(opener)
    await page.wait_for_selector("#sheet[open]")


async def _shut(page: Page) -> None:
    await page.keyboard.press("Escape")
    await page.wait_for_selector("#sheet:not([open])", state="attached")


@pytest.mark.parametrize(("theme", "lang"), LOOKS)
async def test_wide_page_is_clean(page: Page, busy: City, theme: str, lang: str) -> None:
    await page.set_viewport_size(DESKTOP)
    await _open(page, busy, theme, lang)

    clean({"wide": await audit(page)})


@pytest.mark.parametrize(("theme", "lang"), LOOKS)
async def test_every_pane_of_a_phone_is_clean(
    page: Page, busy: City, theme: str, lang: str
) -> None:
    found: dict[str, list[str]] = {}
    await page.set_viewport_size(PHONES[1])
    await _open(page, busy, theme, lang)
    for name in PANES:
        await _pane(page, name)
        found[name] = await audit(page)
        await page.set_viewport_size(PHONES[0])
        found[f"{name}, narrow"] = await layout(page)
        await page.set_viewport_size(PHONES[1])
    await _pane(page, "group")
    await page.click("#topics button >> nth=0")
    await page.wait_for_selector("#talk .msg")
    found["thread"] = await audit(page)
    await page.set_viewport_size(PHONES[0])
    found["thread, narrow"] = await layout(page)

    clean(found)


@pytest.mark.parametrize(("theme", "lang"), [("light", "en"), ("dark", "ru")])
async def test_sheets_are_clean(page: Page, busy: City, theme: str, lang: str) -> None:
    found: dict[str, list[str]] = {}
    await page.set_viewport_size(PHONES[0])
    await _open(page, busy, theme, lang)
    for opener in ("#pick", "#buyer-more", "#verdict", "#new-buyer"):
        await _sheet(page, opener)
        found[opener] = await audit(page)
        await _shut(page)

    clean(found)


@pytest.mark.parametrize("width", [PHONES[1], DESKTOP], ids=["phone", "desktop"])
async def test_keyboard_reaches_everything(page: Page, busy: City, width: ViewportSize) -> None:
    await page.set_viewport_size(width)
    await _open(page, busy)

    clean({"keyboard": await walk(page)})


async def test_sheet_gives_the_focus_back(page: Page, busy: City) -> None:
    await _open(page, busy)
    await page.focus("#pick")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#sheet[open]")
    inside = await page.evaluate("document.activeElement.closest('#sheet') !== null")
    await _shut(page)

    assert inside
    assert await page.evaluate("document.activeElement.id") == "pick"


async def test_text_at_double_size_still_fits(page: Page, busy: City) -> None:
    """200 % of a 1280 px page is a 640 px one (WCAG 1.4.4)."""
    await page.set_viewport_size(
        {"width": DESKTOP["width"] // 2, "height": DESKTOP["height"] // 2}
    )
    await _open(page, busy)

    clean({"double size": await layout(page)})
