"""What every answer of the web has around it, route by route: S6, S10, S14, S29 and S32 of the
security table. Routes come from the application, bodies and limits from the API's document.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web

from services.kit.ids import new_id
from tests.services.desk.shops import Shop
from tests.webapp.forms import walk
from tests.webapp.fullhouse import House, fill
from tests.webapp.people import Person, Town
from tests.webapp.test_naughty_api import Document, filled
from webapp import routes
from webapp.auth.gate import routes as routes_of

NONE, TELEGRAM = "'none'", "https://web.telegram.org"
LOOSE = ("unsafe-inline", "unsafe-eval", " *", "http:", "data: 'self'")
PROVIDERS = "/hooks/"
"""Answered before the guard: bare statuses for machines that read no header."""
INJECTED: Mapping[str, Any] = {
    "id": "00000000-0000-0000-0000-000000000001",
    "tenant_id": "00000000-0000-0000-0000-000000000001",
    "role": "owner",
    "is_admin": True,
    "balance": 10**9,
    "verified": True,
    "created_at": "2000-01-01T00:00:00Z",
}
EACH, ALIKE = 400, 1.15
ODD_LIMITS = ("1000000000", "101", "0", "-1", "1e3", "\u0661\u0660", "nan", "9" * 400)
ODD_CURSORS = ("x", "%00", "A" * 5_000, "../..", "MQ==", "\u202e")


def addresses() -> Iterator[tuple[str, str]]:
    app = web.Application()
    routes.add(app)
    for method, path, _ in routes_of(app):
        if method != "HEAD" and not path.startswith(PROVIDERS):
            yield method, re.sub(r"{[^}]+}", str(new_id()), path)


async def answered(
    person: Person, method: str, path: str, access: str
) -> tuple[int, Mapping[str, str]]:
    headers = {"Origin": "https://evil.example"}
    if access:
        headers["Authorization"] = f"Bearer {access}"
    async with person.door.http.request(
        method, person.door.url(path), headers=headers, allow_redirects=False
    ) as answer:
        await answer.read()
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}


def lacks(headers: Mapping[str, str]) -> list[str]:
    """Return what an answer's headers leave open."""
    policy = headers.get("content-security-policy", "")
    is_page = headers.get("content-type", "").startswith("text/html")
    said = dict(one.strip().split(" ", 1) for one in policy.split(";") if " " in one.strip())
    frames = said.get("frame-ancestors")
    found = [name for name in headers if name.startswith("access-control-")]
    found += ["framed"] if frames not in ({NONE, TELEGRAM} if is_page else {NONE}) else []
    found += ["default"] if said.get("default-src") != NONE else []
    found += [word for word in LOOSE if word in policy]
    found += ["sniffing"] if headers.get("x-content-type-options") != "nosniff" else []
    found += ["referrer"] if headers.get("referrer-policy") != "no-referrer" else []
    opener = headers.get("cross-origin-opener-policy", "")
    found += ["opener"] if not opener.startswith("same-origin") else []
    return found


async def test_every_answer_of_every_route_has_its_headers(town: Town, shop: Shop) -> None:
    nowhere = [("GET", "/nowhere"), ("GET", "/api/v1/nowhere"), ("TRACE", "/app"), ("PUT", "/app")]
    wrong, statuses = [], set()
    for method, path in [*addresses(), *nowhere]:
        for access in ("", town.dora.access, town.anna.access):
            status, headers = await answered(town.anna, method, path, access)
            statuses.add(status)
            wrong += [f"{method} {path} {status}: {one}" for one in lacks(headers)]
            if re.search("leave|logout|everywhere", path):
                await town.anna.enter()
    assert wrong == []
    assert statuses >= {200, 401, 403, 404, 405}


@pytest.fixture
async def document(town: Town, shop: Shop) -> Document:
    _, found = await town.anna.call("GET", "/api/v1/openapi.json")
    return Document(found)


async def test_no_body_sets_what_its_document_does_not_name(
    town: Town, shop: Shop, document: Document
) -> None:
    dialog, wrong, tried = await shop.talk("Иван", "?"), [], 0
    for method, path, operation in document.operations():
        schema = document.body(operation)
        if schema is None:
            continue
        usual = document.example(schema)
        for name, value in INJECTED.items():
            if name in usual:
                continue
            tried += 1
            body = {**usual, name: value}
            status, answer = await town.anna.call(method, filled(path, dialog), body)
            wrong += [f"{method} {path} {name}: {status}"] if status not in {422, 404} else []
            if status == 422 and answer["error"]["field"] != name:
                wrong.append(f"{method} {path} {name}: blamed {answer['error']['field']}")
    assert wrong == []
    assert tried > 100


async def test_no_page_of_a_list_is_longer_than_a_hundred(
    town: Town, shop: Shop, document: Document
) -> None:
    wrong, tried = [], 0
    for method, path, operation in document.operations():
        for one in operation.get("parameters", ()):
            if one["name"] not in {"limit", "cursor", "before"}:
                continue
            odd = ODD_LIMITS if one["name"] == "limit" else ODD_CURSORS
            if one["name"] == "limit" and document.plain(one["schema"]).get("maximum", 0) > 100:
                wrong.append(f"{path} may be {one['schema']}")
            for value in odd:
                tried += 1
                asked = f"{filled(path, new_id())}?{one['name']}={quote(value)}"
                status, _ = await town.anna.call(method, asked)
                is_right = status == 422 or (status in {200, 404} and one["name"] != "limit")
                wrong += [f"{asked[:90]}: {status}"] if not is_right else []
    assert wrong == []
    assert tried > 30


async def test_no_page_and_no_address_holds_a_token(town: Town, shop: Shop) -> None:
    house: House = await fill(town, shop)
    secrets = [town.anna.access, town.anna.refresh_token, town.anna.token]
    secrets += [one.partition(":")[2] or one for one in ("4200001:AAE_test", "efgh")]
    pages = await walk(town.anna, f"/app/dialogs/{house.dialog}", "/app", "/app/businesses")
    told = []
    for page in pages:
        headers = {"Authorization": f"Bearer {town.anna.access}"}
        async with town.door.http.get(town.door.url(page.path), headers=headers) as answer:
            text = await answer.text()
        told += [page.path for one in secrets if one in text]
        told += [link for link in page.links for one in secrets if one in link]
    assert told == []
    assert len(pages) > 40


async def test_time_does_not_tell_a_foreign_id_from_an_unknown_one(town: Town, shop: Shop) -> None:
    """S10: asked in turns, so that a busy machine is as busy for both."""
    foreign = [str(await shop.talk(f"Иван {number}", "?")) for number in range(20)]
    took: dict[str, list[float]] = {"foreign": [], "unknown": []}
    for number in range(EACH):
        for kind, one in (("foreign", foreign[number % 20]), ("unknown", str(new_id()))):
            began = time.perf_counter()
            status, _ = await town.clara.call("GET", f"/api/v1/dialogs/{one}")
            took[kind].append(time.perf_counter() - began)
            assert status == 404
    known, unknown = (statistics.median(took[kind]) for kind in ("foreign", "unknown"))
    assert 1 / ALIKE < known / unknown < ALIKE
