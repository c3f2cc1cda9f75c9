"""What only a browser can show of the security table: who may frame a page (S29), and that tokens
stay in memory (S6).
"""

from __future__ import annotations

import pytest
from playwright.async_api import Page, Request, Route

from tests.browser.cabinet_app import Cabinet
from tests.browser.conftest import Errors

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
]
PARENTS = {
    "https://web.telegram.org": True,
    "https://evil.example": False,
    "https://web.telegram.org.evil.example": False,
    "http://web.telegram.org": False,
}
OURS = "https://cabinet.example"
STILL = """() => document.querySelector("#nav .tab")
    && !document.querySelector(".htmx-request,.htmx-swapping,.htmx-settling,.htmx-added")"""
KEPT = """() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie,
    location.href, history.state, window.name, document.documentElement.outerHTML])"""


async def test_telegram_may_frame_a_page_and_nobody_else(
    cabinet: Cabinet, page: Page, errors: Errors
) -> None:
    async def parent(route: Route) -> None:
        body = f"<!doctype html><title>x</title><iframe src='{OURS}/app'></iframe>"
        await route.fulfill(status=200, content_type="text/html", body=body)

    async def ours(route: Route) -> None:
        """Our own answer at a public name: browsers keep public pages off this machine."""
        path = route.request.url.removeprefix(OURS)
        await route.fulfill(response=await route.fetch(url=cabinet.town.door.url(path)))

    await page.route(f"{OURS}/**", ours)
    shown = {}
    for origin in PARENTS:
        await page.route(f"{origin}/frame", parent)
        await page.goto(f"{origin}/frame")
        shown[origin] = await page.frames[-1].locator("#main").count() == 1
    assert shown == PARENTS
    errors.clear()
    await page.unroute_all()


async def test_tokens_stay_in_memory(cabinet: Cabinet, page: Page) -> None:
    tokens: set[str] = set()
    referrers: set[str] = set()

    def look(request: Request) -> None:
        referrers.add(request.headers.get("referer", ""))
        bearer = request.headers.get("authorization", "")
        tokens.update({bearer.removeprefix("Bearer ")} - {""})

    page.on("request", look)
    row = await cabinet.shop.talk("Иван", "?")
    await cabinet.open(page, cabinet.town.anna, "/app")
    for path in ("/app/dialogs", f"/app/dialogs/{row}", "/app/team", "/app/security", "/app/more"):
        await page.wait_for_function(STILL)
        await page.evaluate(
            "(path) => window.htmx.ajax('GET', path, {target: '#main', swap: 'outerHTML'})", path
        )
        kept = await page.evaluate(KEPT)
        assert not [token for token in tokens if token in kept]
        assert "vsr_" not in kept
        assert "tgWebAppData" not in page.url
    assert tokens
    assert referrers == {""}
