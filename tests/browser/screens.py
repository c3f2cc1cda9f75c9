"""Takes the pictures of `docs/screens`: every page, sheet and state of the cabinet, as a person of
an invented business meets it; the index beside them says what each one shows.

    python -m tests.browser.screens              # the pictures of the docs
    python -m tests.browser.screens FOLDER       # everything, in every look, to be looked at
    python -m tests.browser.screens FOLDER hard  # the same with names that break pages
"""

from __future__ import annotations

import asyncio
import base64
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import BrowserContext, Page, Route, ViewportSize
from playwright.async_api import Error as PlaywrightError

from sandbox.servers import APP_ROLE, OWNER_ROLE, EmbeddedPostgres, EmbeddedValkey
from services.database import migrate
from services.kit.settings import load_settings
from tests.browser.audit import DESKTOP, PHONES
from tests.browser.cabinet_app import Cabinet, cabinet_app
from tests.browser.chromium import chromium
from tests.browser.conftest import WAIT_MS
from tests.browser.every_page import LOOKS, Look
from tests.browser.gallery_app import gallery_app
from tests.browser.house import fill
from tests.browser.house_words import HARD, NICE, Words
from tests.browser.showing import Place, show
from tests.conftest import Dsns, test_environ

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs" / "screens"
SMALL = (HERE / "small.js").read_text(encoding="utf-8")
BIKE = (HERE / "bike.svg").read_text(encoding="utf-8")
HIGHEST = 1200
"""What is lower on a page is of the same kind."""
WIDE = frozenset(
    {"now", "now-first", "dialogs", "dialog", "undelivered", "team", "member", "security", "bot"}
    | {"account-refused", "groups", "terms", "settings"}
)
"""Pages the docs also show on a desktop."""
INDEX = """# Pictures of the cabinet

Made by `python -m tests.browser.screens` from an invented business; looked at by the same rows by
script in `tests/browser/test_every_page.py`. Phones are 360 wide, light, Russian; desktops 1280,
dark, English. After a change of a page or a style: take them anew, look at each, compare.
`python -m tests.browser.screens FOLDER` takes every row in both themes and languages into a folder
of yours, `… FOLDER hard` with long names, right-to-left text, emoji, markup and 10,000 rows.

The provider city, the sandbox beside the cabinet: [light](city.png), [dark](city.dark.png).

| page | phone | desktop |
|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Lens:
    """How a picture is taken."""

    suffix: str
    size: ViewportSize
    theme: str
    locale: str


PHONE = Lens("", PHONES[1], "light", "ru")
DESK = Lens(".wide", DESKTOP, "dark", "en")
LENSES = (
    PHONE,
    DESK,
    Lens(".dark", PHONES[1], "dark", "en"),
    Lens(".wide-light", DESKTOP, "light", "ru"),
)


@asynccontextmanager
async def _place(words: Words) -> AsyncIterator[tuple[Place, Cabinet]]:
    """The product over servers of its own."""
    with tempfile.TemporaryDirectory(prefix="vishenka-screens-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        postgres = EmbeddedPostgres(folder / "postgres", durable=False)
        with postgres, EmbeddedValkey(folder / "valkey") as valkey:
            postgres.psql(f"CREATE DATABASE screens OWNER {OWNER_ROLE}")
            dsns = Dsns(*(postgres.dsn(role, "screens") for role in (OWNER_ROLE, APP_ROLE)))
            await migrate(dsns.owner_dsn, dsns.app_dsn)
            settings = load_settings(test_environ(dsns, valkey.url, folder))
            async with cabinet_app(settings) as cabinet, gallery_app() as broken:
                house = await fill(cabinet, words, ("ru",))
                yield Place(cabinet.town.door.url(""), broken, house), cabinet


@asynccontextmanager
async def _context(lens: Lens) -> AsyncIterator[BrowserContext]:
    async with chromium() as browser:
        context = await browser.new_context(
            reduced_motion="reduce",
            viewport=lens.size,
            color_scheme="dark" if lens.theme == "dark" else "light",
            device_scale_factor=1.25 if lens.size == PHONES[1] else 1,
            locale=lens.locale,
        )
        await context.route("https://telegram.org/**", _no_script)
        await context.route("**/app/files/**", _picture)
        yield context
        await context.close()


async def _no_script(route: Route) -> None:
    await route.fulfill(status=200, content_type="text/javascript", body="")


async def _picture(route: Route) -> None:
    await route.fulfill(status=200, content_type="image/svg+xml", body=BIKE)


async def take(folder: Path, words: Words, lenses: tuple[Lens, ...], looks: list[Look]) -> None:
    """Take every picture that is wanted there."""
    folder.mkdir(parents=True, exist_ok=True)
    async with _place(words) as (place, cabinet):
        for lens in lenses:
            await _speak(place, cabinet, lens.locale)
            async with _context(lens) as context:
                page = await context.new_page()
                page.set_default_timeout(WAIT_MS)
                for look in looks:
                    if folder != DOCS or lens is PHONE or look.name in WIDE:
                        await _tried(page, place, look, lens, folder)


async def _tried(page: Page, place: Place, look: Look, lens: Lens, folder: Path) -> None:
    """Take it, or say that it is not to be had twice: who has left cannot leave again."""
    try:
        await _take(page, place, look, lens, folder)
    except PlaywrightError as error:
        print(f"no picture of {look.name}{lens.suffix}: {error}", file=sys.stderr)  # noqa: T201


async def _speak(place: Place, cabinet: Cabinet, locale: str) -> None:
    """Let the same people read in this language."""
    house = place.house
    for who, person in list(house.people.items()):
        house.people[f"{who.split()[0]} {locale}"] = person
        await cabinet.speak(person, locale)
    house.recovery[locale] = house.recovery["ru"]


async def _take(page: Page, place: Place, look: Look, lens: Lens, folder: Path) -> None:
    await page.set_viewport_size(lens.size)
    await show(page, place, look, lens.locale)
    if lens.size == DESKTOP:
        await page.wait_for_timeout(300)  # the list beside a dialog
    is_whole = not look.sheet and not await page.locator("main.chatv, main .sk").count()
    high = await page.evaluate("document.documentElement.scrollHeight") if is_whole else 0
    await page.set_viewport_size(
        {**lens.size, "height": max(lens.size["height"], min(high, HIGHEST))}
    )
    if not is_whole and not look.sheet:
        await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    shot = base64.b64encode(await page.screenshot()).decode()
    blank = await page.context.new_page()  # a page without a policy
    small = await blank.evaluate(SMALL, f"data:image/png;base64,{shot}")
    await blank.close()
    (folder / f"{look.name}{lens.suffix}.png").write_bytes(base64.b64decode(small))


def _index(folder: Path, looks: list[Look]) -> None:
    """Write the list of what there is."""
    lines = []
    for look in looks:
        name = f"{look.name}{DESK.suffix}.png"
        wide = f"[wide]({name})" if look.name in WIDE else ""
        lines.append(f"| {look.says} | [{look.name}]({look.name}.png) | {wide} |\n")
    (folder / "README.md").write_text(INDEX + "".join(lines), encoding="utf-8")


def main(folder: str = "", words: str = "") -> None:
    """Take what is asked for."""
    if folder:
        wanted = HARD if words else NICE
        asyncio.run(take(Path(folder), wanted, LENSES, list(LOOKS)))
        return
    looks = [look for look in LOOKS if look.says]
    asyncio.run(take(DOCS, NICE, (PHONE, DESK), looks))
    _index(DOCS, looks)


if __name__ == "__main__":
    main(*sys.argv[1:])
