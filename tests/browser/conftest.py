"""One browser for all page tests of a test process; each test has a context of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page

from services.kit.settings import Settings
from tests.browser.cabinet_app import Cabinet, cabinet_app
from tests.browser.chromium import chromium

WAIT_MS = 8_000


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


class Errors(list[str]):
    """What the page complained of: exceptions, refused resources, policy violations."""

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.append(f"exception: {error}"))
        page.on("console", self._said)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.append(f"console: {message.text}")


@pytest.fixture
def errors() -> Errors:
    return Errors()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, errors: Errors) -> AsyncIterator[Page]:
    """A page without motion; a test that leaves errors in its console fails."""
    context = await browser.new_context(reduced_motion="reduce", locale="ru-RU")
    made = await context.new_page()
    made.set_default_timeout(WAIT_MS)
    errors.listen(made)
    yield made
    await context.close()
    assert not errors


@pytest_asyncio.fixture(loop_scope="session")
async def cabinet(settings: Settings, page: Page) -> AsyncIterator[Cabinet]:
    """The cabinet of two businesses; tests that fill it first have a fixture of their own."""
    async with cabinet_app(settings) as opened:
        yield opened
        await page.goto("about:blank")  # so that nobody asks a server that is gone
