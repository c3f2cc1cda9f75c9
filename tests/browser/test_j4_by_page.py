"""J4 played by hand on the whole product as `./run` starts it: a buyer and a manager on the city's
page, the worker killed by the page's own button; then the same manager in the cabinet.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from sandbox.city.demo import (
    DEMO_ACCOUNT,
    DEMO_BORIS,
    DEMO_BUYERS,
    DEMO_ITEMS,
    DEMO_MASTER_TOKEN,
)
from sandbox.processes import command, free_port, tail
from tests.browser.audit import DESKTOP, PHONES, audit, clean

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
    pytest.mark.timeout(300),
]
ROOT = Path(__file__).resolve().parents[2]
UP_SECONDS = 120.0
PATIENCE_MS = 45_000
"""A killed worker's lease must run out first; loaded machines take their time."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Addresses of the two pages."""

    city: str
    web: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def trial() -> AsyncIterator[Trial]:
    """`./run` in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="vishenka-page-"))
    folder.chmod(0o711)
    city, web = (f"127.0.0.1:{free_port()}" for _ in range(2))
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {
        "VISHENKA_LISTEN": web,
        "VISHENKA_CITY_LISTEN": city,
        "VISHENKA_LEASE_SECONDS": "3",
        "VISHENKA_SWEEP_SECONDS": "1",
    }
    argv = [sys.executable, str(ROOT / "main.py"), "all", f"--data={folder / 'data'}"]
    process = _start(argv, env, folder / "log")
    try:
        await _up(f"http://{city}/", process, folder / "log")
        await _up(f"http://{web}/healthz", process, folder / "log")
        yield Trial(f"http://{city}/", f"http://{web}")
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 20)
        shutil.rmtree(folder, ignore_errors=True)


def _start(argv: list[str], env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(command(argv), cwd=ROOT, env=env, stdout=out, stderr=out)


async def _up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the address answers."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(UP_SECONDS):
        while True:
            assert process.poll() is None, tail(log, 40)
            try:
                async with session.get(url) as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)


async def _writes(page: Page, field: str, text: str) -> None:
    await page.fill(field, text)
    await page.press(field, "Enter")


async def test_buyer_and_manager_talk_and_a_killed_worker_loses_nothing(
    page: Page, trial: Trial
) -> None:
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    await page.set_viewport_size(DESKTOP)
    await page.goto(trial.city, wait_until="domcontentloaded")
    buyer, talk, verdict = (page.locator(one) for one in ("#buyer-talk", "#talk", "#verdict"))

    await page.click("#pick")
    await page.click("#sheet .cell:has-text('Иван Петров')")
    await expect(page.locator("#buyer-name")).to_have_text("Иван Петров")
    await _writes(page, "#buyer-text", "Здравствуйте! Этот в наличии?")
    await page.click("#topics .topic:has-text('Иван Петров')")
    await expect(talk).to_contain_text("Этот в наличии?")
    await expect(page.locator("#pinned")).to_contain_text("Иван Петров")

    await _writes(page, "#talk-text", "Да, приезжайте до 20:00")
    await expect(buyer).to_contain_text("Да, приезжайте до 20:00")
    answer = talk.locator(".msg", has_text="Да, приезжайте")
    await expect(answer.locator(".fates")).to_contain_text(re.compile("Отправлено|Прочитал"))

    await page.click("#kill")
    await expect(page.locator("#toasts")).to_contain_text("процесс")
    for number in range(3):
        await _writes(page, "#buyer-text", f"Вопрос {number}")
        await _writes(page, "#talk-text", f"Ответ {number}")
    for number in range(3):
        await expect(talk).to_contain_text(f"Вопрос {number}")
        await expect(buyer).to_contain_text(f"Ответ {number}")
    await expect(verdict).to_have_attribute("aria-label", "потеряно 0 · задвоено 0")
    clean({"after the play": await audit(page)})
    assert await _order(page, "#talk", "Вопрос") == ["0", "1", "2"]
    assert await _order(page, "#buyer-talk", "Ответ") == ["0", "1", "2"]


async def _order(page: Page, where: str, word: str) -> list[str]:
    """Numbers of the texts in the order they stand; a double would show."""
    bodies = await page.locator(f"{where} .msg .body").all_inner_texts()
    return [found[1] for body in bodies if (found := re.search(rf"{word} (\d)", body))]


async def test_manager_answers_from_the_cabinet_and_the_group_sees_who(
    page: Page, trial: Trial
) -> None:
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    await page.set_viewport_size(PHONES[1])
    marina = {"account_id": DEMO_ACCOUNT, "buyer_id": DEMO_BUYERS[1][0]}
    asked = {**marina, "item_id": DEMO_ITEMS[1][0], "text": "Размер подойдёт на пять лет?"}
    await _city(page, trial, "POST", "avito/buyer_says", asked)
    await _open_cabinet(page, trial)
    await page.click("#tab-dialogs")
    await page.click("main .cell:has-text('Марина')")
    await expect(page.locator("#chat")).to_contain_text("на пять лет?")
    await page.fill("#reply-text", "Да, в самый раз")
    await page.click("#reply-send")
    await expect(page.locator("#chat [role=img]").last).to_have_attribute(
        "aria-label", re.compile("отправлено|прочитано")
    )

    await page.goto(trial.city, wait_until="domcontentloaded")
    await page.click("#tabs [data-pane=group]")
    await page.click("#topics .topic:has-text('Марина')")
    await expect(page.locator("#talk")).to_contain_text("Борис")
    await expect(page.locator("#talk")).to_contain_text("Да, в самый раз")
    await expect(page.locator("#verdict")).to_have_class(re.compile(r"\bok\b"))


async def _open_cabinet(page: Page, trial: Trial) -> None:
    """As Telegram opens it for Boris, by the master bot's word."""

    async def nothing(route: Route) -> None:
        await route.fulfill(status=200, content_type="text/javascript", body="")

    await page.route("https://telegram.org/**", nothing)
    bot = DEMO_MASTER_TOKEN.split(":", maxsplit=1)[0]
    given = await _city(page, trial, "GET", f"init_data?bot={bot}&user={DEMO_BORIS}")
    hash_ = f"tgWebAppData={quote(given['init_data'], safe='')}&tgWebAppVersion=9.0"
    await page.goto(f"{trial.web}/app#{hash_}", wait_until="domcontentloaded")
    await page.wait_for_selector("main h1:focus", state="attached")


async def _city(page: Page, trial: Trial, method: str, path: str, body: Any = None) -> Any:
    url = f"{trial.city}city/api/{path}"
    answer = await page.request.fetch(url, method=method, data=body)
    assert answer.ok, await answer.text()
    return await answer.json()
