"""The system's Chromium under Playwright; its absence is a failure, never a skip."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ADVICE = (
    "Chromium is needed to play the pages and was not found "
    "(Debian: apt install chromium; elsewhere: CHROMIUM=/path/to/it)"
)


def executable() -> str:
    """Where the browser lives; fails the test with advice."""
    given = os.environ.get("CHROMIUM", "")
    found = given or next(filter(None, map(shutil.which, NAMES)), "")
    if not found:
        pytest.fail(ADVICE, pytrace=False)
    return found


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """One browser; pages come in contexts of their own."""
    where = executable()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=where,
            # root in a container has no namespaces to make a sandbox of; the pages are ours
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield browser
        await browser.close()
