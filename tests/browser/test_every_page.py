"""Every page, sheet and state of the cabinet, full and empty, looked at by script: phone and
desktop, light and dark, Russian and English, axe, cut words, scroll, contrast, targets, keyboard.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, ViewportSize
from playwright.async_api import Error as PlaywrightError

from services.kit.settings import Settings
from tests.browser.audit import DESKTOP, PHONES, audit, clean, contrast, layout, walk
from tests.browser.cabinet_app import cabinet_app
from tests.browser.conftest import WAIT_MS, Errors
from tests.browser.every_page import LOOKS, Look
from tests.browser.gallery_app import gallery_app
from tests.browser.house import fill
from tests.browser.house_words import HARD
from tests.browser.showing import ELSEWHERE, Place, page_of, pages, show

browsing = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
    pytest.mark.timeout(480),
]
LOCALES = ("ru", "en")
EXPECTED = re.compile(r"status of [45]|ERR_TIMED_OUT|htmx:(timeout|afterRequest|sendError)")
"""What Chromium and htmx note of answers that refuse, and of the network the looks take away."""
Ask = Callable[[Page], Awaitable[list[str]]]
TABS = 3
"""Pages open side by side: more only wait for each other on two cores."""


def test_every_page_of_the_router_is_looked_at() -> None:
    known = pages()
    seen = {page_of(look.address.format_map(_Any()), known) for look in LOOKS}

    assert set(known) - seen - ELSEWHERE == set()
    assert len({look.name for look in LOOKS}) == len(LOOKS)


class _Any(dict[str, str]):
    """Any row of a house."""

    def __missing__(self, key: str) -> str:
        return key


def _marked(test: object) -> object:
    for mark in browsing:
        test = mark(test)
    return test


@asynccontextmanager
async def _place(settings: Settings) -> AsyncIterator[Place]:
    """Serve a full business and an empty one, and a page that fails."""
    async with cabinet_app(settings) as cabinet, gallery_app() as broken:
        house = await fill(cabinet, HARD, LOCALES)
        yield Place(cabinet.town.door.url(""), broken, house)


@asynccontextmanager
async def _context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(reduced_motion="reduce", locale="ru-RU")
    await context.route("https://telegram.org/**", _no_script)
    yield context
    await context.close()


async def _no_script(route: Route) -> None:
    await route.fulfill(status=200, content_type="text/javascript", body="")


@pytest.mark.parametrize("locale", LOCALES)
@_marked
async def test_every_page_is_clean(browser: Browser, settings: Settings, locale: str) -> None:
    found: dict[str, list[str]] = {}
    left = [look for look in reversed(LOOKS) if locale == LOCALES[0] or look.is_own]

    async def look_on(context: BrowserContext, place: Place) -> None:
        page, errors = await context.new_page(), Errors()
        page.set_default_timeout(WAIT_MS)
        errors.listen(page)
        while left:
            look = left.pop()
            errors.clear()
            found[look.name] = await _look(page, place, look, locale)
            found[look.name] += [one for one in errors if not EXPECTED.search(one)]

    async with _place(settings) as place, _context(browser) as context:
        await asyncio.gather(*(look_on(context, place) for _ in range(TABS)))

    clean(found)


async def _look(page: Page, place: Place, look: Look, locale: str) -> list[str]:
    """Return what is wrong with one of them."""
    try:
        await page.set_viewport_size(PHONES[1])
        await page.emulate_media(color_scheme="light")
        await show(page, place, look, locale)
        if locale != LOCALES[0]:
            return await _translated(page)
        faults = await _closely(page) + await _hacked(page)
        return faults if look.is_coming else faults + await walk(page)
    except PlaywrightError as error:
        return [f"could not be shown: {error}"]


async def _closely(page: Page) -> list[str]:
    """Each size with everything, in the dark with colours; the narrowest phone."""
    faults = []
    for size in (PHONES[1], DESKTOP):
        faults += _said(size, await _bright(page, size, audit))
        faults += _said(size, await _dark(page))
    await page.set_viewport_size(PHONES[0])
    return faults + _said(PHONES[0], await layout(page))


async def _translated(page: Page) -> list[str]:
    """Other words: how they fit and stand out everywhere, what a reader hears once."""
    faults = _said(PHONES[1], await _bright(page, PHONES[1], audit) + await _dark(page))
    faults += _said(DESKTOP, await _bright(page, DESKTOP, layout) + await _dark(page))
    return faults + _said(DESKTOP, await _bright(page, DESKTOP, contrast))


async def _bright(page: Page, size: ViewportSize, ask: Ask) -> list[str]:
    await page.set_viewport_size(size)
    await page.emulate_media(color_scheme="light")
    await page.wait_for_selector("html[data-theme=light]")
    return await ask(page)


async def _dark(page: Page) -> list[str]:
    await page.emulate_media(color_scheme="dark")
    await page.wait_for_selector("html[data-theme=dark]")
    return [f"dark: {one}" for one in await contrast(page)]


def _said(size: ViewportSize, faults: list[str]) -> list[str]:
    return [f"{size['width']}: {one}" for one in faults]


async def _hacked(page: Page) -> list[str]:
    bad = await page.locator("main img[src=x], main script, dialog script").count()
    title = await page.title()
    return ["markup of a person acts"] if bad or title in {"hacked", "1"} else []
