"""One person at one screen: what they open, press, type and see.

Everything is found as a person finds it, by its words; a step's answer must come within three
seconds. The other side of each journey is the city's: buyers, the group, Telegram itself.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from playwright.async_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.browser.audit import DESKTOP, PHONES
from tests.browser.conftest import Errors
from tests.scenarios.world import MASTER, SECONDS, World

Look = Callable[[], Awaitable[bool]]
LOOK_MS = SECONDS * 1000
EXPECTED = re.compile(r"(status of|Status Error Code) (401|403|404|422)")
"""What Chromium itself notes of an answer that refuses; the page says it in words."""


@dataclass
class Hands:
    """A person, their screen, the town around."""

    world: World
    page: Page
    who: int = 0
    errors: Errors = field(default_factory=Errors)

    # --- coming in ----------------------------------------------------------------------------
    async def opens(self, who: int, path: str = "/app", start: str = "") -> None:
        """Open the Mini App as Telegram does, signed by the master bot's own token."""
        self.who = who
        await self.page.route("https://telegram.org/**", _no_script)
        data = self.world.city.telegram.init_data(MASTER, who, start)
        hash_ = urlencode({"tgWebAppData": data, "tgWebAppVersion": "9.0"})
        await self.page.goto("about:blank")
        await self.page.goto(f"{self.base}{path}#{hash_}", wait_until="domcontentloaded")
        await self.page.wait_for_selector("main h1", state="attached", timeout=LOOK_MS)

    async def logs_in(self, who: int, path: str = "/app") -> None:
        """Sign in at a desktop: there to Telegram, choose oneself, back again."""
        self.who = who
        await self.page.goto(f"{self.base}{path}", wait_until="domcontentloaded")
        await self.presses("Войти")
        await self.page.click(f"[data-person='{who}']")
        await self.page.wait_for_selector("#nav .tab", timeout=LOOK_MS)

    async def goes(self, path: str) -> None:
        """Follow an address inside what is open, as a link of the page would."""
        script = "(path) => htmx.ajax('GET', path, {target: '#main', swap: 'outerHTML'})"
        await self.page.evaluate(script, path)

    @property
    def base(self) -> str:
        return str(self.world.settings.public_url).rstrip("/")

    # --- pressing and typing ------------------------------------------------------------------
    def thing(self, label: str, near: str = "") -> Locator:
        """Return what can be pressed under this name, perhaps the one inside something."""
        place = self.page.locator(near or "body")
        named = re.compile(re.escape(label))
        button, link, switch = (
            place.get_by_role("button", name=named),
            place.get_by_role("link", name=named),
            place.get_by_role("switch", name=named),
        )
        return button.or_(link).or_(switch).filter(visible=True).first

    async def presses(self, label: str, near: str = "") -> None:
        """Press a button, a link or a switch by its words."""
        await self.thing(label, near).click(timeout=LOOK_MS)

    async def types(self, label: str, text: str) -> None:
        """Fill the field under this label."""
        await self.page.get_by_label(label).filter(visible=True).first.fill(text, timeout=LOOK_MS)

    async def answers(self, text: str) -> None:
        """Write to the buyer and send."""
        await self.page.fill("#reply-text", text)
        await self.page.click("#reply-send")

    async def tick(self) -> None:
        """Let the page look again now, as it does by itself every few seconds."""
        await self.page.evaluate("document.body.dispatchEvent(new CustomEvent('tick'))")

    # --- seeing -------------------------------------------------------------------------------
    async def sees(self, words: str, where: str = "#main") -> None:
        """See these words within three seconds."""
        shown = self.page.locator(where).filter(has_text=words)
        await expect(shown.first).to_be_visible(timeout=LOOK_MS)

    async def sees_no(self, words: str, where: str = "#main") -> None:
        """Have these words nowhere in view."""
        await expect(self.page.locator(where)).not_to_contain_text(words, timeout=LOOK_MS)

    async def reads(self, where: str = "#main") -> str:
        """Return what is written there."""
        return await self.page.locator(where).first.inner_text()

    async def looks_until(
        self, words: str, where: str = "#main", seconds: float = SECONDS
    ) -> None:
        """Wait for these words while the page looks again by itself, only more often."""
        shown = self.page.locator(where).filter(has_text=words).first
        await self._until(shown.is_visible, words, seconds)

    async def mark(self, text: str, word: str, seconds: float = SECONDS) -> None:
        """See the mark of our message in words: queued, sent, read, did not get through."""
        turn = self.page.locator(".turn.out", has_text=text).last.locator("[role=img]")
        marks: set[str] = set()

        async def is_there() -> bool:
            shown = await turn.count() and await turn.get_attribute("aria-label")
            marks.add(str(shown))
            return shown == word

        await self._until(is_there, f"{text}: {word}, was {marks}", seconds)

    async def _until(self, look: Look, words: str, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not await look():
            said = f"nobody saw it in {seconds} s: {words}"
            assert time.monotonic() < end, f"{said}\n{await self.reads()}"
            await self.tick()
            await asyncio.sleep(0.1)

    async def seen_where_one_looks(self, text: str) -> None:
        """Have our newest message in view, not somewhere below."""
        turn = self.page.locator(".turn.out", has_text=text).last
        await expect(turn).to_be_in_viewport(timeout=LOOK_MS)

    async def turns(self) -> list[str]:
        """Return what stands in the talk, oldest first."""
        return await self.page.locator("#chat .turn .body").all_inner_texts()

    def clean(self) -> None:
        """Say that nothing went wrong behind the page: no exception, no policy violation."""
        wrong = [one for one in self.errors if not EXPECTED.search(one)]
        assert not wrong, wrong


@asynccontextmanager
async def hands(
    browser: Browser, world: World, *, desktop: bool = False, locale: str = "ru-RU"
) -> AsyncIterator[Hands]:
    """A screen of one's own: a phone, or a desktop."""
    size = DESKTOP if desktop else PHONES[1]
    context = await browser.new_context(reduced_motion="reduce", locale=locale, viewport=size)
    try:
        page = await context.new_page()
        page.set_default_timeout(LOOK_MS)
        one = Hands(world, page)
        one.errors.listen(page)
        yield one
        one.clean()
    finally:
        await _leave(context)


async def _leave(context: BrowserContext) -> None:
    """Go, so that nobody asks a server that is gone."""
    await context.close()


async def _no_script(route: Route) -> None:
    await route.fulfill(status=200, content_type="text/javascript", body="")
