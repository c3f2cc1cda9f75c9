"""Every route x every role: the matrix, the code and the document say the same."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from aiohttp import web

from services.kit.crypto import hash_token
from services.kit.ids import new_id
from services.tenants.actor import Role
from services.tenants.rights import RightsInvalid, document, read, rights
from tests.webapp.people import Person, Town
from webapp import routes as routes_of
from webapp.auth.gate import OPEN, REST, Unmarked, check_routes, routes
from webapp.auth.session import Rule, require, rule_of

ROOT = Path(__file__).resolve().parents[3]
ENDING = re.compile(r"leave|logout|everywhere")
"""Calls after which the caller has no seat or no session any more: it is given back."""
UNSIGNED = {401}
REFUSED = {401, 403}
ADMIN_TELEGRAM_ID = 9001


def application() -> web.Application:
    app = web.Application()
    routes_of.add(app)
    return app


def guarded() -> list[tuple[str, str, Rule]]:
    """Every route that asks for a permission, HEAD left out (it is GET's shadow)."""
    found = [
        (method, path, rule)
        for method, path, view in routes(application())
        if (rule := rule_of(view)) is not None and method != "HEAD"
    ]
    return sorted(found, key=lambda row: (row[1], row[0]))


def test_every_route_is_open_with_a_reason_or_asks_for_a_permission() -> None:
    check_routes(application())


def test_an_unmarked_route_fails_the_build() -> None:
    async def forgotten(_request: web.Request) -> web.Response:
        return web.Response()

    app = application()
    app.router.add_get("/api/v1/forgotten", forgotten)
    with pytest.raises(Unmarked, match="forgotten"):
        check_routes(app)


def test_a_permission_nobody_wrote_down_fails_the_build() -> None:
    async def invented(_request: web.Request) -> web.Response:
        return web.Response()

    app = application()
    app.router.add_get("/api/v1/invented", require("moon.walk")(invented))
    with pytest.raises(Unmarked, match="invented"):
        check_routes(app)


def test_what_is_open_exists() -> None:
    known = {path for _, path, _ in routes(application())}

    assert set(OPEN) <= known
    assert all(OPEN.values())


def test_the_document_is_the_matrix() -> None:
    assert (ROOT / "docs/rights.md").read_text(encoding="utf-8") == document(rights())


@pytest.mark.parametrize(
    "row",
    [
        'roles = ["owner", "boss"]',
        "roles = []",
        'roles = ["owner"]\nkeys = "x"',
        'roles = ["owner", "admin"]',
    ],
)
def test_a_matrix_that_contradicts_itself_is_refused(row: str) -> None:
    roles = "\n".join(f'{role} = "x"' for role in Role)
    with pytest.raises(RightsInvalid):
        read(f'[roles]\n{roles}\n[permissions."a.b"]\nabout = "x"\n{row}\n')


async def call(person: Person, method: str, path: str) -> int:
    """Return the status of a call with an unknown id and an empty body; the answer is not read."""
    url = person.door.url(re.sub(r"{\w+}", str(new_id()), path))
    headers = {"Authorization": f"Bearer {person.access}"} if person.access else {}
    data = None if method in {"GET", "DELETE"} else b"{}"
    typed = {"Content-Type": "application/json"} if data else {}
    async with person.door.http.request(
        method, url, data=data, headers={**headers, **typed}, allow_redirects=False
    ) as answer:
        turned = answer.status == 303 and answer.headers["Location"] == REST
        return 403 if turned else answer.status  # home is refused by leading to the rest


Again = Callable[[], Awaitable[object]]


async def walk(person: Person, allowed: frozenset[str], again: Again | None = None) -> list[str]:
    """Call every route; return what did not answer as the matrix says. Pages are for people:
    no key of a machine opens one.
    """
    wrong = []
    for method, path, rule in guarded():
        status = await call(person, method, path)
        may = rule.permission in allowed and not (rule.is_page and person.telegram_id == 0)
        if (status in REFUSED) is may or status >= 500:
            wrong.append(f"{method} {path}: {status}, {'allowed' if may else 'forbidden'}")
        if again is not None and ENDING.search(path):
            await again()
    return wrong


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.ANALYST, Role.BILLING, None])
async def test_a_role_does_what_its_row_says_and_nothing_else(
    town: Town, role: Role | None
) -> None:
    async def again() -> None:
        await town.role(town.dora, role)
        await town.dora.enter()

    await again()
    assert await walk(town.dora, rights().of(role), again) == []


async def test_an_admin_of_the_platform_sees_no_business(town: Town) -> None:
    services = town.door.services
    async with services.database.system("a test prepares") as tx:
        await services.features.tenants.ensure_platform(tx, [ADMIN_TELEGRAM_ID])
    olga = Person(town.door, ADMIN_TELEGRAM_ID, "Ольга")
    await olga.enter()

    assert await walk(olga, rights().of(None, is_admin=True), olga.enter) == []
    await olga.enter()
    _, me = await olga.call("GET", "/api/v1/me")
    assert (me["is_admin"], me["tenant"]) == (True, None)


async def test_unsigned_callers_reach_nothing(town: Town) -> None:
    wrong = []
    for token in ("", "vsa_" + "A" * 60, "vsr_x", "nobody's key"):
        town.dora.access = token
        for method, path, rule in guarded():
            status = await call(town.dora, method, path)
            if status not in UNSIGNED and not (rule.is_page and status == 200):
                wrong.append(f"{method} {path}: {status}")
    assert wrong == []


ADD_KEY = """
INSERT INTO api_key (tenant_id, id, name, prefix, key_hash, scopes)
VALUES ($1, $2, $3, 'k', $4, $5)
"""


async def key(town: Town, tenant: UUID, name: str, scopes: list[str]) -> Person:
    async with town.door.services.database.tenant(tenant) as tx:
        made = orjson.dumps(scopes).decode()
        await tx.execute(ADD_KEY, tenant, new_id(), name, hash_token(name), made)
    return Person(town.door, 0, name, access=name)


SCOPES = sorted({row.key for row in rights().permissions.values() if row.key})


@pytest.mark.parametrize("scope", [*SCOPES, "*", "nothing:read"])
async def test_a_key_does_what_its_scope_says_and_nothing_else(town: Town, scope: str) -> None:
    machine = await key(town, town.cherry, f"key-with-{scope}", [scope])

    assert await walk(machine, rights().of_key([scope])) == []


async def test_a_demotion_mid_session_acts_on_the_next_call_of_every_route(town: Town) -> None:
    await town.boris.enter()
    wrong: list[Any] = []
    for role in (Role.ANALYST, Role.BILLING, None, Role.OWNER):

        async def again(role: Role | None = role) -> None:
            await town.role(town.boris, role)
            await town.boris.enter()

        await town.role(town.boris, role)
        wrong += await walk(town.boris, rights().of(role), again)
    assert wrong == []
