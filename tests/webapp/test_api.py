"""The API of machines: who may read and move what, and nothing of anybody else's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
import pytest
from aiohttp import web

from services.connectors.messages import Address, OutboundMessage, Text
from services.kit.crypto import hash_token
from services.kit.ids import new_id
from services.outbox.models import NewDelivery
from tests.webapp.hookdoor import Door
from webapp import routes as routes_of

KEY, STRANGER, READER = "key-of-the-tenant", "key-of-another-one", "key-that-only-reads"
ADD_KEY = """
INSERT INTO api_key (tenant_id, id, name, prefix, key_hash, scopes)
VALUES ($1, $2, $3, 'k', $4, $5)
"""


@pytest.fixture
async def parked(door: Door) -> UUID:
    """A delivery of the door's tenant that was given up on; keys of it and of a stranger."""
    other = new_id()
    async with door.services.database.system("test") as tx:
        await tx.execute(
            "INSERT INTO tenant (id, slug, name) VALUES ($1, 'other', 'Other')", other
        )
    keys = (
        (door.tenant, KEY, ["*"]),
        (other, STRANGER, ["*"]),
        (door.tenant, READER, ["deliveries:read"]),
    )
    for tenant, key, scopes in keys:
        async with door.services.database.tenant(tenant) as tx:
            made = orjson.dumps(scopes).decode()
            await tx.execute(ADD_KEY, tenant, new_id(), key, hash_token(key), made)
    new = NewDelivery(
        channel_id=door.channels["telegram"],
        action=OutboundMessage(to=Address(chat_id="1"), text=Text(text="hello")),
        idempotency_key="k",
        order_key="o",
        purpose="test",
    )
    async with door.services.database.tenant(door.tenant) as tx:
        door.services.outbox.add(tx, new)
    async with door.services.database.tenant(door.tenant) as tx:
        await tx.execute("UPDATE delivery SET state = 'parked', reason = 'blocked'")
        await tx.execute("DELETE FROM delivery_open")
    return new.id


async def call(door: Door, method: str, path: str, key: str = "") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with door.http.request(method, door.url(path), headers=headers) as answer:
        return answer.status, orjson.loads(await answer.read())


async def test_the_journal_names_what_was_given_up_on(door: Door, parked: UUID) -> None:
    status, body = await call(door, "GET", "/api/v1/deliveries?state=parked", KEY)

    assert status == 200
    assert [(item["id"], item["reason"], item["class"]) for item in body["items"]] == [
        (str(parked), "blocked", "bridge")
    ]
    assert body["next_cursor"] is None


async def test_two_presses_retry_once(door: Door, parked: UUID) -> None:
    path = f"/api/v1/deliveries/{parked}/retry"

    answers = [await call(door, "POST", path, KEY) for _ in range(2)]

    assert answers == [(200, {"moved": 1}), (200, {"moved": 0})]
    _, audit = await call(door, "GET", "/api/v1/audit", KEY)
    assert [(item["action"], item["object_id"]) for item in audit["items"]] == [
        ("delivery.retried", str(parked))
    ]


async def test_another_tenants_id_answers_like_an_unknown_one(door: Door, parked: UUID) -> None:
    foreign = await call(door, "POST", f"/api/v1/deliveries/{parked}/drop", STRANGER)
    unknown = await call(door, "POST", f"/api/v1/deliveries/{new_id()}/drop", STRANGER)
    listed = await call(door, "GET", "/api/v1/deliveries", STRANGER)

    assert foreign[0] == unknown[0] == 404
    assert foreign[1]["error"] | {"trace": ""} == unknown[1]["error"] | {"trace": ""}
    assert listed[1]["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "key", "status"),
    [
        ("GET", "/api/v1/deliveries", "", 401),
        ("GET", "/api/v1/deliveries", "nobody's", 401),
        ("GET", "/api/v1/deliveries?limit=1000000", KEY, 422),
        ("GET", "/api/v1/deliveries?cursor=x", KEY, 422),
        ("GET", "/api/v1/deliveries?unknown=1", KEY, 422),
        ("GET", "/api/v1/audit", READER, 403),
        ("POST", "/api/v1/inbox/not-an-id/replay", KEY, 404),
        ("POST", "/api/v1/deliveries", KEY, 405),
        ("GET", "/api/v1/nothing", KEY, 404),
    ],
)
async def test_refusals_have_a_code_and_a_trace(
    door: Door, parked: UUID, method: str, path: str, key: str, status: int
) -> None:
    found, body = await call(door, method, path, key)

    assert found == status
    assert body["error"]["code"]
    assert body["error"]["trace"]


async def test_a_reading_key_moves_nothing(door: Door, parked: UUID) -> None:
    status, _ = await call(door, "POST", f"/api/v1/deliveries/{parked}/retry", READER)

    assert status == 403


async def test_the_document_can_be_read_without_a_script(door: Door) -> None:
    async with door.http.get(door.url("/api/docs")) as answer:
        text = await answer.text()
        policy = answer.headers["Content-Security-Policy"]

    assert answer.status == 200
    assert "<script" not in text
    assert "unsafe" not in policy
    assert "/api/v1/members/{id}" in text
    assert "team.write" in text


async def test_the_document_names_every_route_of_the_api(door: Door) -> None:
    _, document = await call(door, "GET", "/api/v1/openapi.json")

    app = web.Application()
    routes_of.add(app)
    routes = {
        resource.canonical
        for resource in app.router.resources()
        if resource.canonical.startswith("/api/v1/") and "openapi" not in resource.canonical
    }
    assert set(document["paths"]) == routes
