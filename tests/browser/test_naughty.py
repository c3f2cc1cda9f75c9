"""Naughty strings in a real browser: whatever people wrote stays text, nothing of it runs, pages
keep their shape. What fields there are and which pages show them is found, not listed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import Page

from services.kit.ids import new_id
from services.kit.settings import Settings
from services.tenants.rules import clean_name
from tests.browser.audit import PHONES
from tests.browser.cabinet_app import Cabinet, cabinet_app
from tests.browser.conftest import Errors
from tests.browser.trap import Trap
from tests.conftest import Dsns
from tests.naughty import MARKUP, SHARP, STRINGS, attacks, joined, kept
from tests.webapp.forms import walk
from tests.webapp.fullhouse import fill, scribble

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
]
ATTACKS = tuple(attacks())
PARAMETERS = (
    "q",
    "view",
    "done",
    "saved",
    "said",
    "next",
    "provider",
    "reason",
    "state",
    "cursor",
)
REFUSED = ("Failed to load resource", "Response Status Error Code")
TITLES = "() => [...document.querySelectorAll('#main li .t bdi')].map((one) => one.textContent)"
BODIES = "() => [...document.querySelectorAll('#chat .body')].map((one) => one.textContent)"


@pytest_asyncio.fixture(loop_scope="session")
async def cabinet(settings: Settings, page: Page) -> AsyncIterator[Cabinet]:
    async with cabinet_app(settings) as opened:
        for person in (opened.town.anna, opened.town.boris):
            await person.enter()
        yield opened
        await page.goto("about:blank")  # so that nobody asks a server that is gone


@pytest_asyncio.fixture(loop_scope="session")
async def trap(page: Page) -> Trap:
    """A phone in the dark, watched."""
    made = Trap(page)
    await made.set()
    await page.set_viewport_size(PHONES[1])
    await page.emulate_media(color_scheme="dark")
    return made


def shown(texts: Sequence[str]) -> set[str]:
    """Texts as a page has them: HTML knows one end of a line."""
    return {kept(text).replace("\r", "\n") for text in texts} - {""}


def nothing_odd(errors: Errors) -> None:
    """Refused forms are said in the console; nothing else may be."""
    assert [one for one in errors if not any(word in one for word in REFUSED)] == []
    errors.clear()


async def test_markup_in_every_written_field_runs_on_no_page(
    cabinet: Cabinet, page: Page, trap: Trap, errors: Errors, dsns: Dsns
) -> None:
    anna, owner = cabinet.town.anna, await asyncpg.connect(dsns.owner_dsn)
    house = await fill(cabinet.town, cabinet.shop)
    one = f"/app/dialogs/{house.dialog}"
    pages = await walk(anna, one, "/app/businesses", "/app", "/app/dialogs?view=blocked")
    alike = {found.like: found for found in reversed(pages) if "version=" not in found.path}
    await scribble(owner, ATTACKS, 7)
    await owner.close()

    await cabinet.open(page, anna, "/app/dialogs")
    found = await trap.faults("/app/dialogs")
    for like in alike.values():
        found += await trap.show(like.path, is_sheet=like.is_sheet)
    found += await trap.show(f"/app/join/{house.invite}")
    assert found == []
    nothing_odd(errors)


async def test_a_thousand_messages_of_markup_are_read_and_none_runs(
    cabinet: Cabinet, page: Page, trap: Trap
) -> None:
    said = joined(ATTACKS, 4_000)
    row = await cabinet.shop.talk(ATTACKS[52], *said, subject=ATTACKS[61])
    await cabinet.open(page, cabinet.town.anna, f"/app/dialogs/{row}")
    await page.wait_for_selector("#chat .body")

    assert await trap.faults("thread") == []
    assert set(await page.evaluate(BODIES)) == shown(said)
    assert await page.title() == f"{ATTACKS[52]} · Вишенка"


async def test_what_is_typed_and_what_the_address_says_is_text(
    cabinet: Cabinet, page: Page, trap: Trap, errors: Errors
) -> None:
    row = await cabinet.shop.talk("Иван", "?")
    await cabinet.open(page, cabinet.town.anna, "/app")
    found, number = [], 0
    for path in ("/app/dialogs", "/app/undelivered", "/app/team", "/app/settings"):
        for name in PARAMETERS:
            number += 1
            odd = quote(ATTACKS[number * 17 % len(ATTACKS)], safe="")
            found += await trap.show(f"{path}?{name}={odd}")
    for path in (
        f"/app/dialogs/{row}",
        "/app/settings",
        "/app/canned/new",
        "/app/workspaces/terms",
        "/app/accounts/new",
        "/app/bots/new",
        "/app/security/code",
    ):
        found += await _typed(page, trap, path)
    assert found == []
    nothing_odd(errors)


async def _typed(page: Page, trap: Trap, path: str) -> list[str]:
    """Type markup into every field of a page's last form and send it."""
    found = await trap.show(path)
    fields = page.locator(
        "#main form:not([role=search]) :is(input[type=text],input[type=password],textarea)"
    )
    form = page.locator("#main form:has(textarea,input[type=text],input[type=password])").last
    for number in range(await fields.count()):
        await fields.nth(number).fill(f"{number}{MARKUP[number % 12]}\"'>{ATTACKS[53 + number]}")
    async with page.expect_response(lambda answer: answer.request.method == "POST"):
        await form.evaluate("(form) => { form.noValidate = true; form.requestSubmit(); }")
    await page.wait_for_function("() => !document.querySelector('.htmx-request,.htmx-swapping')")
    return found + await trap.faults(f"typed at {path}")


async def _many_dialogs(cabinet: Cabinet, names: Sequence[str]) -> None:
    """One dialog for each name, which is its subject and its only message too."""
    ids = [new_id() for _ in names]
    shop = cabinet.shop
    await shop.write(
        "INSERT INTO contact (tenant_id, id, name) SELECT $1, r.id, r.name"
        " FROM unnest($2::uuid[], $3::text[]) r (id, name)",
        ids,
        [name[:200] for name in names],
    )
    await shop.write(
        "INSERT INTO conversation (tenant_id, id, channel_id, external_chat_id, contact_id, state,"
        " person_name, subject_title, waiting_since, last_in_at, last_seq)"
        " SELECT $1, r.id, $4, r.id, r.id, 'waiting', left(r.name, 200), left(r.name, 300), now(),"
        " now(), 1 FROM unnest($2::uuid[], $3::text[]) r (id, name)",
        ids,
        list(names),
        shop.channels[0],
    )
    await shop.write(
        "INSERT INTO message (tenant_id, id, conversation_id, seq, direction, author_kind, text,"
        " channel_id, external_chat_id, state, sent_at)"
        " SELECT $1, r.id, r.id, 1, 'in', 'person', r.name, $4, r.id, 'received', now()"
        " FROM unnest($2::uuid[], $3::text[]) r (id, name)",
        ids,
        list(names),
        shop.channels[0],
    )


async def test_every_string_is_a_row_of_the_dialogs(
    cabinet: Cabinet, page: Page, trap: Trap
) -> None:
    names = sorted(shown(STRINGS))
    await _many_dialogs(cabinet, names)
    await cabinet.open(page, cabinet.town.anna, "/app")
    seen: set[str] = set()
    found: list[str] = []
    path: str | None = "/app/dialogs?view=all"
    while path:
        found += await trap.show(path)
        seen |= set(await page.evaluate(TITLES))
        more = page.locator("#main a[href*='cursor=']")
        path = await more.get_attribute("href") if await more.count() else None
    assert found == []
    assert {name[:200] for name in names} - seen == set()


async def test_every_string_is_read_in_a_dialog(cabinet: Cabinet, page: Page, trap: Trap) -> None:
    said = sorted(shown(STRINGS))
    row = await cabinet.shop.talk("Иван", "?")
    await cabinet.shop.write(
        "INSERT INTO message (tenant_id, id, conversation_id, seq, direction, author_kind, text,"
        " channel_id, external_chat_id, state, sent_at)"
        " SELECT $1, gen_random_uuid(), $2, r.n + 1, 'in', 'person', r.text, $4, 'c', 'received',"
        " now() FROM unnest($3::text[]) WITH ORDINALITY r (text, n)",
        row,
        said,
        cabinet.shop.channels[0],
    )
    await cabinet.open(page, cabinet.town.anna, "/app")
    seen: set[str] = set()
    found: list[str] = []
    for before in range(len(said) + 2, 0, -50):
        found += await trap.show(f"/app/dialogs/{row}?before={before}")
        seen |= set(await page.evaluate(BODIES))
    assert found == []
    assert set(said) - seen == set()


async def test_every_string_is_a_name_in_the_team(
    cabinet: Cabinet, page: Page, trap: Trap
) -> None:
    names = sorted(shown(STRINGS))
    ids = [new_id() for _ in names]
    async with cabinet.shop.services.database.system("a test prepares") as tx:
        await tx.execute(
            "INSERT INTO users (id, telegram_user_id, name)"
            " SELECT r.id, 5000 + r.n, left(r.name, 200)"
            " FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY r (id, name, n)",
            ids,
            names,
        )
    await cabinet.shop.write(
        "INSERT INTO membership (tenant_id, id, user_id, role)"
        " SELECT $1, gen_random_uuid(), id, 'manager' FROM unnest($2::uuid[]) id",
        ids,
    )
    await cabinet.open(page, cabinet.town.anna, "/app")
    assert await trap.show("/app/team") == []
    assert {name[:200] for name in names} - set(await page.evaluate(TITLES)) == set()


async def test_every_string_is_a_ready_answer(cabinet: Cabinet, page: Page, trap: Trap) -> None:
    texts = sorted(shown(STRINGS))
    await cabinet.open(page, cabinet.town.anna, "/app")
    for start in range(0, len(texts), 200):
        part = texts[start : start + 200]
        await cabinet.shop.write("DELETE FROM canned_reply WHERE tenant_id = $1")
        await cabinet.shop.write(
            "INSERT INTO canned_reply (tenant_id, id, name, text)"
            " SELECT $1, gen_random_uuid(), left(r.n || ' ' || r.text, 64), r.text"
            " FROM unnest($2::text[]) WITH ORDINALITY r (text, n)",
            part,
        )
        assert await trap.show("/app/canned") == []
        seen = set(await page.evaluate(TITLES))
        assert {f"{n} {text}"[:64] for n, text in enumerate(part, 1)} - seen == set()


async def test_a_business_may_be_called_anything(cabinet: Cabinet, page: Page, trap: Trap) -> None:
    await cabinet.open(page, cabinet.town.anna, "/app")
    for name in map(clean_name, joined(shown([*SHARP, *MARKUP[::3]]), 200, between=" ")):
        await cabinet.shop.write("UPDATE tenant SET name = $2 WHERE id = $1", name)
        assert await trap.show("/app/settings") == []
        assert await page.input_value("#f-name") == name
        assert await page.text_content("#nav .brand .cap") == name


async def test_the_trap_sees_what_would_run(
    cabinet: Cabinet, page: Page, trap: Trap, errors: Errors
) -> None:
    await cabinet.open(page, cabinet.town.anna, "/app")
    assert await trap.faults("before") == []
    for odd, word in (
        ("<img src=x alt='' onerror=naughty()>", "script-src-attr"),
        ("<a href=javascript:naughty()>x</a>", "A href"),
        ("<img src=//naughty.invalid/a alt=''>", "img-src"),
        ("<x hx-on:load=naughty()>x</x>", "hx-on:load"),
        ("<div id=nav></div>", "not one #nav"),
        ("<p hidden></p><div class=page><pre>" + "x" * 400 + "</pre></div>", "sideways"),
    ):
        await page.evaluate(
            "async (odd) => { document.getElementById('main').innerHTML = odd;"
            " await new Promise((done) => setTimeout(done, 100)); }",
            odd,
        )
        assert word in " ".join(await trap.faults("after"))
    errors.clear()
