"""GET /f/{token}: a download and never a page; every bad link gets the same answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote

import pytest

from services.connectors.messages import Media, MediaKind
from services.kit.ids import new_id
from services.kit.signed import FileName, Signer
from tests.webapp.hookdoor import Door

PDF = b"%PDF-1.7 " + bytes(range(256)) * 2000


class Shelf:
    async def open(self, _media: Media) -> AsyncIterator[bytes]:
        yield PDF[:1000]
        yield PDF[1000:]


async def link(door: Door, name: str = "договор.pdf") -> str:
    links = door.services.features.file_links
    links._source = lambda _tenant: Shelf()
    media = Media(kind=MediaKind.FILE, ref="r", name=name)
    kept = await links._keep(door.tenant, new_id(), 0, media)
    return kept.url[kept.url.index("/f/") :]


async def test_file_comes_whole_as_a_download(door: Door) -> None:
    async with door.http.get(door.url(await link(door))) as answer:
        assert answer.status == 200
        assert await answer.read() == PDF
        headers = answer.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Length"] == str(len(PDF))
    assert headers["Content-Disposition"].startswith('attachment; filename="')
    assert f"filename*=UTF-8''{quote('договор.pdf')}" in headers["Content-Disposition"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]


async def test_head_tells_the_same_without_the_file(door: Door) -> None:
    async with door.http.head(door.url(await link(door))) as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(PDF)))
        assert await answer.read() == b""


@pytest.mark.parametrize(
    "name", ['a"; filename=evil.html', "../../etc/passwd", "a\r\nX-Evil: 1", "", "\u202efdp.exe"]
)
async def test_a_name_from_outside_stays_inside_its_header(door: Door, name: str) -> None:
    async with door.http.get(door.url(await link(door, name))) as answer:
        assert answer.status == 200
        shown = answer.headers["Content-Disposition"]
        assert "X-Evil" not in answer.headers
    assert shown.count('"') == 2
    plain = shown.split('"')[1]
    assert "/" not in plain
    assert plain.isascii()
    assert plain


async def test_every_bad_link_gets_one_and_the_same_answer(door: Door) -> None:
    good = (await link(door)).removeprefix("/f/")
    signer: Signer = door.services.features.file_links._signer
    now = door.services.clock.now()
    soon, past = now + timedelta(hours=1), now - timedelta(hours=1)
    bad = [
        "x",
        "a" * 70,
        good[:-1],
        good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        Signer([b"o" * 32]).token(FileName(door.tenant, new_id(), soon)),
        signer.token(FileName(door.tenant, new_id(), soon)),
        signer.token(FileName(new_id(), new_id(), soon)),
        signer.token(FileName(door.tenant, new_id(), past)),
    ]
    answers = set()
    for token in bad:
        async with door.http.get(door.url(f"/f/{token}")) as answer:
            body = await answer.json()
            headers = {name for name in answer.headers if name != "Date"}
            answers.add((answer.status, body["error"]["code"], frozenset(headers)))
    assert len(answers) == 1
    assert next(iter(answers))[:2] == (404, "error.http_404")


async def test_only_reading_is_offered(door: Door) -> None:
    path = await link(door)
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        async with door.http.request(method, door.url(path)) as answer:
            assert answer.status == 405
