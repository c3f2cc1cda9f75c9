"""The way to bring a row of `every_page.py` on a screen, and which pages the router knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from playwright.async_api import Page, Route

from tests.browser.every_page import Look
from tests.browser.house import House
from webapp import routes
from webapp.auth.session import rule_of

ELSEWHERE = frozenset({"/app/gallery/{name}"})
"""Pages another test looks at just as closely (`test_gallery.py`)."""
SETTLED = (
    "() => document.querySelector('html[data-theme]')"
    " && !document.querySelector('.htmx-request,.htmx-swapping,.htmx-settling,.htmx-added')"
)
SHEET = "(path) => htmx.ajax('GET', path, { target: '#sheet', swap: 'innerHTML' })"


@dataclass(frozen=True, slots=True)
class Place:
    """Where pages come from: the product, and the application whose pages break on purpose."""

    base: str
    broken: str
    house: House
    headers: Mapping[str, str] = field(default_factory=dict)


def pages() -> list[str]:
    """Return the canonical paths of the cabinet's GET pages, in the router's order."""
    app = web.Application()
    routes.add(app)
    return [
        route.resource.canonical
        for route in app.router.routes()
        if route.method == "GET" and route.resource and _is_page(route)
    ]


def page_of(address: str, known: list[str]) -> str:
    """Return which of them answers an address."""
    return next((one for one in known if re.fullmatch(_pattern(one), address)), "")


def _is_page(route: web.AbstractRoute) -> bool:
    rule = rule_of(route.handler)
    return rule is not None and rule.is_page


def _pattern(canonical: str) -> str:
    return re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(canonical))


async def show(page: Page, place: Place, look: Look, locale: str) -> None:
    """Bring it on the screen."""
    ids, person = place.house.ids, place.house.people.get(f"{look.who} {locale}")
    token = {"Authorization": f"Bearer {person.access}"} if person else {}
    await page.set_extra_http_headers({"Accept-Language": locale, **place.headers, **token})
    await page.unroute_all()
    await page.goto("about:blank")  # the same address with another hash would load nothing
    base = place.broken if look.broken else place.base
    await page.goto(base + look.path.format(**ids), wait_until="load")
    await page.wait_for_function(SETTLED)
    if look.sheet:
        await page.evaluate(SHEET, look.sheet.format(**ids))
        await page.wait_for_selector("#sheet[open]")
    for act in look.does:
        await _do(page, place.house, locale, *act)
    await page.wait_for_selector(look.shows, state="attached")
    if not look.is_coming:
        await page.wait_for_function(SETTLED)


async def _do(page: Page, house: House, locale: str, act: str, at: str, text: str = "") -> None:
    match act:
        case "fill":
            await page.fill(at, text)
        case "recovery":
            await page.fill(at, house.recovery[locale].pop())
        case "choose":
            await page.select_option(at, text)
        case "wait":
            await page.wait_for_selector(at)
        case "lose":
            await page.route(at, lambda route: route.abort("timedout"))
        case "stall":
            await page.route(at, _never)
        case "offline":
            await page.evaluate("window.dispatchEvent(new Event('offline'))")
        case _:
            await page.click(at)


async def _never(_route: Route) -> None:
    """Let a request wait until the page is gone."""
