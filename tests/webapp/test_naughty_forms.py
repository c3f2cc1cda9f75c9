"""Every text field of every page, fed with naughty strings: kept as they are or refused with a
word under the field and the typed text still in it; never a fault of ours, never silence.

Fields are read from the forms of the pages themselves, so a new one is tried the day it is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import cycle, islice

import pytest
from aiohttp import web

from services.conversations import canned
from services.conversations.terms import MAX_AWAY
from services.tenants import rules
from tests.naughty import SHARP, STRINGS, joined, kept, sendable
from tests.services.desk.shops import Shop
from tests.webapp.forms import Field, Form, Page, read, walk
from tests.webapp.fullhouse import House, fill
from tests.webapp.pages import look, press
from tests.webapp.people import Town
from webapp import routes
from webapp.auth.gate import routes as routes_of

CODES = ("/app/security/factor/on", "/app/security/factor/codes", "/app/security/factor/off")
"""Their forms come in answers that nobody can ask for again."""
IN_TOASTS = ("/app/dialogs/{}/undo", "/app/open")
"""Their buttons come in a toast, after an act or a link."""
ENDS = ("/app/team/leave", "/app/security/logout", "/app/team/{}/remove", "/app/businesses")
"""What ends a seat or a session has no text to try; the matrix of rights tries the acts."""
ASKS_ELSEWHERE = {404, 409, 429}
"""Answers to hidden values and codes: no such thing, not now, too often."""
LONGEST = 10_000
SECRET = {"password"}
"""What is typed there never comes back."""
TAKES_NO_SUCH_CHOICE = {200, 303, 400, 404, 409, 422, 429}
MOST_OF_THEM = len(STRINGS) // 2
BODY = re.compile(r'<span class="body" dir="auto">(.*?)</span>', re.DOTALL)


@pytest.fixture
async def house(town: Town, shop: Shop) -> House:
    return await fill(town, shop)


@pytest.fixture
async def pages(town: Town, house: House) -> list[Page]:
    """Every page of the owner, what only a manager has, the page of who was invited."""
    one = f"/app/dialogs/{house.dialog}"
    found = await walk(
        town.anna, one, "/app", "/app/businesses", "/app/security/code?next=/app/team",
        "/app/dialogs?view=closed", "/app/dialogs?view=blocked",
    )  # fmt: skip
    found += await walk(town.boris, "/app/team/leave", one)
    return [*found, read("", (await look(town.dora, f"/app/join/{house.invite}"))[1])]


@pytest.fixture
def forms(pages: list[Page], house: House) -> dict[str, Form]:
    """One form for each address that takes one."""
    found: dict[str, Form] = {}
    for form in (form for page in pages for form in page.forms if form.method == "post"):
        found.setdefault(form.route, form)
    for route in CODES:
        found[route] = Form("/app/security/factor", route, "post", {"code": Field("code", "text")})
    for route in IN_TOASTS:
        action = route.format(house.dialog)
        found[route] = Form("/app", action, "post", {"token": Field("token", "hidden")})
    return found


def addresses() -> set[str]:
    """Every address of the cabinet that takes a form."""
    app = web.Application()
    routes.add(app)
    paths = {path for method, path, _ in routes_of(app) if method == "POST"}
    found = {re.sub(r"{\w+}", "{}", path) for path in paths if path.startswith("/app/")}
    return found - {"/app/errors"}  # what browsers report by themselves, no form


def test_every_form_of_the_cabinet_is_found(forms: dict[str, Form]) -> None:
    assert addresses() - set(forms) == set()
    assert set(forms) - addresses() == set()


async def tried(town: Town, form: Form, changes: dict[str, str]) -> tuple[int, Page]:
    """Send a form with these fields typed anew; return the status and the page that came."""
    status, text = await press(town.anna, form.action, form.filled(changes))
    return status, read(form.page, text if status != 303 else "")


def complaints(form: Form, typed: dict[str, str], status: int, page: Page) -> list[str]:
    """Return what is wrong with an answer to typed text: silence, or the words lost."""
    if status == 303 or (form.route in CODES and (status == 422 or status in ASKS_ELSEWHERE)):
        return []  # the page of a factor that is off asks for no code
    again = page.form(form.action)
    if status != 422 or again is None:
        return [f"{form.route}: {status}, its form {again} for {typed!r}"]
    if not any(page.faults) and not page.alerts:
        return [f"{form.route}: refused without a word: {typed!r}"]
    return [
        f"{form.route} {name}: {typed[name]!r} became {field.value!r}"
        for name, field in again.fields.items()
        if name in typed and field.kind not in SECRET and name != "code"
        if kept(field.value) != kept(typed[name][:LONGEST])
    ]


def mixed(names: list[str], texts: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Yield every text once for each field, all fields at a time, no two with the same."""
    step = len(texts) // max(len(names), 1) + 1
    rows = [islice(cycle(texts), n * step, n * step + len(texts)) for n in range(len(names))]
    for row in zip(*rows, strict=True):
        yield {name: sendable(text) for name, text in zip(names, row, strict=True)}


def typed_fields(form: Form) -> list[str]:
    return [one.name for one in form.fields.values() if one.is_typed]


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_every_text_field_keeps_what_is_typed_or_says_why_not(
    town: Town, forms: dict[str, Form]
) -> None:
    wrong: list[str] = []
    for form in forms.values():
        names = typed_fields(form)
        if not names or form.route in ENDS:
            continue
        for typed in mixed(names, SHARP):
            status, page = await tried(town, form, typed)
            wrong += complaints(form, typed, status, page)
    assert wrong == []


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_no_hidden_field_or_choice_breaks_a_form(town: Town, forms: dict[str, Form]) -> None:
    wrong: list[str] = []
    texts = [*joined(STRINGS, LONGEST), *SHARP[::4]]
    for form in forms.values():
        names = [one.name for one in form.fields.values() if not one.is_typed]
        if form.route in ENDS:
            continue
        for typed in mixed([name for name in names if name != "csrf"], tuple(texts)):
            status, _ = await tried(town, form, typed)
            if status not in TAKES_NO_SUCH_CHOICE:
                wrong.append(f"{form.route}: {status} for {typed!r}")
    assert wrong == []


async def form_at(town: Town, path: str, action: str) -> Form:
    """Return one form as it stands on its page."""
    found = read(path, (await look(town.anna, path))[1]).form(action)
    assert found is not None
    return found


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_every_string_is_a_name_of_the_business_or_is_refused(
    town: Town, shop: Shop
) -> None:
    form = await form_at(town, "/app/settings", "/app/settings/business")
    wrong, saved = [], 0
    for text in map(sendable, STRINGS):
        status, page = await tried(town, form, {"name": text})
        wrong += complaints(form, {"name": text}, status, page)
        if status == 303:
            saved += 1
            async with shop.services.database.tenant(shop.id) as tx:
                now = await tx.value("SELECT name FROM tenant WHERE id = $1", tx.tenant_id)
            expected = rules.clean_name(text.replace("\x00", ""))
            wrong += [f"{text!r} became {now!r}"] if now != expected else []
    assert wrong == []
    assert saved > MOST_OF_THEM


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_every_string_is_a_ready_answer_and_its_name_or_is_refused(
    town: Town, shop: Shop
) -> None:
    _, row = await town.anna.call("PUT", "/api/v1/canned/a", {"text": "b"})
    place = f"/app/canned/{row['id']}"
    form = await form_at(town, place, place)
    wrong, saved = [], 0
    for name, text in zip(STRINGS, reversed(STRINGS), strict=True):
        typed = {"name": sendable(name), "text": sendable(text)}
        status, page = await tried(town, form, typed)
        wrong += complaints(form, typed, status, page)
        if status == 303:
            saved += 1
            async with shop.services.database.tenant(shop.id) as tx:
                now = await tx.row("SELECT name, text FROM canned_reply")
            assert now is not None
            expected = (canned.clean_name(kept(name)), kept(text))
            wrong += [f"{typed!r} became {tuple(now)!r}"] if tuple(now) != expected else []
    assert wrong == []
    assert saved > MOST_OF_THEM


async def test_every_string_is_said_noted_drafted_and_shown_as_it_is(
    town: Town, shop: Shop
) -> None:
    one = f"/app/dialogs/{await shop.talk('Иван', '?')}"
    texts = joined(map(sendable, STRINGS), 3_000, between="\n·\n")
    for act in ("reply", "note"):
        form = await form_at(town, one, f"{one}/{act}")
        for number, text in enumerate(texts):
            typed = {"text": text, "key": f"{act}{number}"}
            assert (await tried(town, form, typed))[0] == 303
    _, page = await look(town.anna, one)
    said = [unescape(found) for found in BODY.findall(page)]
    assert [text for text in map(kept, texts) if said.count(text) != 2] == []

    path = f"/api/v1{one.removeprefix('/app')}/draft"
    for text in texts:
        await town.anna.call("PUT", path, {"text": text.replace("\x00", "")})
        form = await form_at(town, one, f"{one}/reply")
        assert kept(form.fields["text"].value) == kept(text)


async def test_every_string_is_said_out_of_hours_as_it_is(town: Town, shop: Shop) -> None:
    form = await form_at(town, "/app/workspaces/terms", "/app/workspaces/terms")
    for text in joined(map(sendable, STRINGS), MAX_AWAY):
        status, _ = await tried(town, form, {"away_text": text})
        _, terms = await town.anna.call("GET", "/api/v1/terms")
        assert status == (303 if len(kept(text)) <= MAX_AWAY else 422)
        assert terms["away_text"] == kept(text)
