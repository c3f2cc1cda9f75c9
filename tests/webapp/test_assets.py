"""Static files: kept for ever under an address that changes with them, within their weight."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from webapp.assets import FOR_EVER, ROUTE, assets, serve
from webapp.cabinet import frame

STATIC = Path("webapp/static")
TEMPLATES = sorted(Path("webapp/templates").rglob("*.html"))
KB = 1024


@pytest.fixture
async def url() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get(ROUTE, serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def _get(url: str) -> tuple[int, str, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, answer.headers.get("Cache-Control", ""), await answer.text()


async def test_current_release_is_kept_for_ever_an_old_one_is_not(url: str) -> None:
    path = assets().url("app.js")
    old = path.replace(assets().release, "000000000000")

    assert (await _get(url + path))[:2] == (200, FOR_EVER)
    assert (await _get(url + old))[:2] == (200, "no-cache")
    assert (await _get(url + path.replace("app.js", "nothing.js")))[0] == 404
    assert (await _get(url + path.replace("app.js", "..%2Fapp.py")))[0] == 404


def test_scripts_travel_without_remarks_on_the_same_lines() -> None:
    for path in STATIC.glob("*.js"):
        served = assets().files[path.name].body.decode().splitlines()
        source = path.read_text(encoding="utf-8").splitlines()

        assert len(served) == len(source)
        assert {line for line in served if line} <= set(source)
        assert not any(line.strip().startswith(("/*", "//")) for line in served), path.name


async def test_packed_file_is_the_same_file(url: str) -> None:
    _, _, text = await _get(url + assets().url("app.css"))

    assert text == (STATIC / "app.css").read_text(encoding="utf-8")


def test_first_view_keeps_its_budget() -> None:
    def weight(*names: str) -> float:
        return sum(len(assets().files[name].packed) for name in names) / KB

    own = [path.name for path in STATIC.glob("*.js")]
    assert weight("app.css") <= 7
    assert weight("icons.svg") <= 3
    assert weight("htmx.js") <= 17
    assert weight(*own) <= 12  # two above the first plan: presence, undo, what waits behind a pill
    assert weight("app.css", "icons.svg", "htmx.js", *own) <= 36  # 40 with the HTML


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda one: one.name)
def test_nothing_inline_in_a_template(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle=|\son[a-z]+=|hx-on|<style|javascript:|hx-vals=.?js:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "|safe" not in text.replace("htmx_config|safe", "") or "gallery" in path.parts


def test_every_icon_used_is_in_the_sprite() -> None:
    sprite = (STATIC / "icons.svg").read_text(encoding="utf-8")
    text = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES)
    used = set(re.findall(r"icon\(\"(\w+)\"", text)) | {tab.icon for tab in frame.TABS}

    assert {name for name in used if f'id="{name}"' not in sprite} == set()
