"""Every id of a full business, tried on every route by others: each answers as an unknown id does,
and no list of anybody else shows one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import quote
from uuid import UUID

import asyncpg
import pytest

from services.kit.ids import new_id
from services.tenants.actor import Role
from tests.conftest import Dsns
from tests.test_tenancy import _fill, tenant_tables
from tests.webapp.auth.test_matrix import guarded
from tests.webapp.people import Person, Town

UUIDS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND udt_name = 'uuid' AND column_name <> 'tenant_id'
  AND table_name = ANY($1)
"""
ROWS_A_TABLE = 3
PROBES = 3_000
FILTERS = ("conversation", "channel", "cursor", "account", "assignee", "workspace", "q")
STREAM = "text/event-stream"
TRACE = re.compile(rb'"trace":"[0-9a-f]*"')
SECONDS = 5.0


@pytest.fixture
async def owner(dsns: Dsns) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(dsns.owner_dsn)
    yield conn
    await conn.close()


async def harvest(owner: asyncpg.Connection, town: Town) -> list[str]:
    """Fill every table of the first business; return every id that stands in them."""
    tables = [t for t in await tenant_tables(owner) if t != "tenant_key"]
    for _ in range(ROWS_A_TABLE):
        for table in tables:
            with suppress(asyncpg.UniqueViolationError):  # tables of one row, numbers by chance
                await _fill(owner, table, town.cherry)
    found: set[UUID] = set()
    for row in await owner.fetch(UUIDS, tables):
        sql = 'SELECT DISTINCT "{1}" FROM {0} WHERE tenant_id = $1 AND "{1}" IS NOT NULL'
        values = await owner.fetch(sql.format(row[0], row[1]), town.cherry)
        found |= {value[0] for value in values}
    return sorted(map(str, found - {town.cherry}))


async def ask(person: Person, method: str, path: str) -> tuple[int, bytes]:
    """Return status and body, the trace left out; a stream says nothing."""
    headers = {"Authorization": f"Bearer {person.access}"} if person.access else {}
    data = None if method in {"GET", "DELETE"} else b"{}"
    typed = {"Content-Type": "application/json"} if data else {}
    async with (
        asyncio.timeout(SECONDS),
        person.door.http.request(
            method,
            person.door.url(path),
            data=data,
            headers={**headers, **typed},
            allow_redirects=False,
        ) as answer,
    ):
        body = b"" if answer.content_type == STREAM else await answer.read()
        return answer.status, TRACE.sub(b"", body)


def with_places() -> list[tuple[str, str]]:
    """Routes that name a row. A token names none: of made-up ones the sixth is told to wait, so
    that two answers differ by time (test_team.py, test_team_pages.py).
    """
    return [
        (method, path) for method, path, _ in guarded() if "{" in path and "{token}" not in path
    ]


def at(path: str, value: str) -> str:
    return re.sub(r"{\w+}", value, path)


async def differing(person: Person, ids: Iterable[str]) -> list[str]:
    """Return the calls whose answer to a harvested id differs from that to an unknown one."""
    wrong = []
    for method, path in with_places():
        unknown = str(new_id())
        status, body = await ask(person, method, at(path, unknown))
        expected = (status, body.replace(unknown.encode(), b""))
        for one in ids:
            status, body = await ask(person, method, at(path, one))
            if (status, body.replace(one.encode(), b"")) != expected or status >= 500:
                wrong.append(f"{method} {at(path, one)}: {status}, {expected[0]} for unknown")
    return wrong


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_foreign_id_answers_like_an_unknown_one_everywhere(
    town: Town, owner: asyncpg.Connection
) -> None:
    every = await harvest(owner, town)
    ids = every[:: max(1, len(every) * len(with_places()) // PROBES)]
    await town.clara.enter()

    assert await differing(town.clara, ids) == []

    assert len(ids) * len(with_places()) >= PROBES


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_lower_roles_and_strangers_learn_nothing_by_any_id(
    town: Town, owner: asyncpg.Connection
) -> None:
    ids = (await harvest(owner, town))[::20]
    await town.role(town.boris, Role.BILLING)
    await town.boris.enter()
    await town.dora.enter()
    nobody = Person(town.door, 0, "")

    for person in (town.boris, town.dora, nobody):
        assert await differing(person, ids) == [], person.name


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_no_list_or_filter_shows_another_business(
    town: Town, owner: asyncpg.Connection
) -> None:
    ids = [one.encode() for one in await harvest(owner, town)]
    await town.clara.enter()
    filters = ["", *(f"?{name}={quote(ids[0].decode())}" for name in FILTERS)]
    leaks: list[Any] = []

    for method, path, _ in guarded():
        if method != "GET" or "{" in path:
            continue
        for query in filters:
            status, body = await ask(town.clara, "GET", path + query)
            sent = query.encode()
            shown = [one for one in ids if one in body and one not in sent]
            leaks += [(path, query, status)] if shown or status >= 500 else []
    assert leaks == []
