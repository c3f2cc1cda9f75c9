"""J4 played by hand: the whole product as `./run` starts it, a buyer and a manager on the page,
the worker killed by the page's own button.
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
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from sandbox.processes import command, free_port, tail
from tests.browser.audit import DESKTOP, audit, clean

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
    pytest.mark.timeout(180),
]
ROOT = Path(__file__).resolve().parents[2]
UP_SECONDS = 60.0
PATIENCE_MS = 45_000
"""A killed worker's lease must run out first; loaded machines take their time."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def trial() -> AsyncIterator[str]:
    """`./run` in a folder of its own; the address of the city's page."""
    folder = Path(tempfile.mkdtemp(prefix="vishenka-page-"))
    folder.chmod(0o711)
    city = f"127.0.0.1:{free_port()}"
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {
        "VISHENKA_LISTEN": f"127.0.0.1:{free_port()}",
        "VISHENKA_CITY_LISTEN": city,
        "VISHENKA_LEASE_SECONDS": "3",
        "VISHENKA_SWEEP_SECONDS": "1",
    }
    argv = [sys.executable, str(ROOT / "main.py"), "all", f"--data={folder / 'data'}"]
    process = _start(argv, env, folder / "log")
    try:
        await _up(f"http://{city}/", process, folder / "log")
        yield f"http://{city}/"
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 20)
        shutil.rmtree(folder, ignore_errors=True)


def _start(argv: list[str], env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(command(argv), cwd=ROOT, env=env, stdout=out, stderr=out)


async def _up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the page answers; the product may still be starting, which is part of the play."""
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
    page: Page, trial: str
) -> None:
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    await page.set_viewport_size(DESKTOP)
    await page.goto(trial, wait_until="domcontentloaded")
    buyer, talk, verdict = (page.locator(one) for one in ("#buyer-talk", "#talk", "#verdict"))

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
