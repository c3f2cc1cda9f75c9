"""A thousand pieces of markup in everything people and providers wrote, on every page that shows
it: what comes out is text, whatever page it stands on. The browser's side of it is in
`tests/browser/test_naughty.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from html.parser import HTMLParser
from urllib.parse import urlencode

import asyncpg
import pytest

from tests.conftest import Dsns
from tests.naughty import attacks
from tests.services.desk.shops import Shop
from tests.webapp.forms import walk
from tests.webapp.fullhouse import COLUMNS, OURS, WRITTEN, House, fill, scribble
from tests.webapp.pages import look
from tests.webapp.people import Town

ADDRESSES = {"href", "src", "action", "formaction", "xlink:href", "data", "hx-get", "hx-post"}
LEADS = (
    "/",
    "#",
    "https://avito.",
    "https://t.me/",
    "tg://",
    "otpauth://",
    "data:image/svg+xml;base64",
)
ROUNDS = 8


@pytest.fixture
async def owner(dsns: Dsns) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(dsns.owner_dsn)
    yield conn
    await conn.close()


@pytest.fixture
async def house(town: Town, shop: Shop) -> House:
    return await fill(town, shop)


class Shape(HTMLParser):
    """Which tags a page has, with which attributes; where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.astray: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(f"{tag}[{name}]" for name, _ in attrs)}
        for name, value in attrs:
            if name in ADDRESSES and value and not value.startswith(LEADS):
                self.astray.append(f"{tag} {name}={value}")


def shape(text: str) -> Shape:
    found = Shape()
    found.feed(text)
    return found


async def test_every_text_column_is_somebodys(owner: asyncpg.Connection) -> None:
    there = {f"{row[0]}.{row[1]}" for row in await owner.fetch(COLUMNS)}
    written, ours = (
        {f"{table}.{column}" for table, columns in part.items() for column in columns}
        for part in (WRITTEN, OURS)
    )
    assert written | ours == there
    assert not written & ours


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_markup_in_every_field_is_text_on_every_page(
    town: Town, house: House, owner: asyncpg.Connection
) -> None:
    one = f"/app/dialogs/{house.dialog}"
    pages = await walk(town.anna, one, "/app", "/app/businesses", "/app/dialogs?view=blocked")
    alike = {page.like: page.path for page in reversed(pages)}
    paths = [path for path in alike.values() if "version=" not in path]
    usual: set[str] = set()
    for path in paths:
        usual |= shape((await look(town.anna, path))[1]).found

    texts, at, shown, wrong = list(attacks()), 0, 0, []
    for _ in range(ROUNDS):
        at = await scribble(owner, texts, at)
        for path in paths:
            status, text = await look(town.anna, path)
            seen = shape(text)
            shown += text.count("naughty")
            wrong += [f"{path}: {odd}" for odd in [*(seen.found - usual), *seen.astray]]
            wrong += [f"{path}: {status}"] if status != 200 else []
    assert wrong == []
    assert at > len(texts)
    assert shown > len(texts)


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_what_an_address_says_is_text_on_every_page(
    town: Town, shop: Shop, house: House
) -> None:
    names = ("q", "view", "done", "saved", "said", "undo", "to", "next", "provider", "reason")
    pages = await walk(town.anna, f"/app/dialogs/{house.dialog}", "/app", "/app/security/code")
    usual: set[str] = set()
    for page in pages:
        usual |= shape((await look(town.anna, page.path))[1]).found
    texts, wrong = list(attacks()), []
    for number, path in enumerate(sorted({page.path.partition("?")[0] for page in pages})):
        odd = {name: texts[(number * 41 + n * 7) % len(texts)] for n, name in enumerate(names)}
        alone = names[number % len(names)]
        for query in (odd, {alone: odd[alone]}):
            status, text = await look(town.anna, f"{path}?{urlencode(query)}")
            seen = shape(text)
            wrong += [f"{path} {query}: {one}" for one in [*(seen.found - usual), *seen.astray]]
            wrong += [f"{path} {query}: {status}"] if status >= 500 else []
    assert wrong == []
