"""Dialogs by the API: what a page can do, and what it may not, for whom."""

from __future__ import annotations

import pytest

from services.desk.dialogs import Dialogs
from services.kit.crypto import hash_token
from services.kit.ids import new_id
from services.tenants.actor import Role
from tests.services.desk.shops import Shop
from tests.webapp.people import Person, Town


@pytest.fixture
async def shop(town: Town) -> Shop:
    """Cherry's account with room for conversations."""
    services = town.door.services
    dialogs = Dialogs(services.clock, services.features.conversations.policies)
    opened = Shop(services, dialogs, id=town.cherry)
    opened.channels = [await opened.channel("avito-1"), await opened.channel("avito-2")]
    for person in (town.anna, town.boris, town.clara, town.dora):
        await person.enter()
    return opened


async def names(person: Person, query: str = "") -> list[str]:
    status, page = await person.call("GET", f"/api/v1/dialogs?{query}")
    assert status == 200
    return [dialog["person"] for dialog in page["items"]]


async def test_list_search_and_thread(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "Ещё продаёте?", subject="Горный велосипед")
    await shop.talk("Пётр", "?", state="closed")

    assert await names(town.boris) == ["Иван"]
    assert await names(town.boris, "view=closed") == ["Пётр"]
    assert await names(town.boris, "view=all&q=велосипед") == ["Иван"]
    status, thread = await town.boris.call("GET", f"/api/v1/dialogs/{row}")
    assert status == 200
    assert thread["dialog"]["subject"] == "Горный велосипед"
    assert [item["text"] for item in thread["items"]] == ["Ещё продаёте?"]


async def test_pages_follow_each_other(town: Town, shop: Shop) -> None:
    for number in range(3):
        await shop.talk(f"n{number}", "?")
    _, first = await town.boris.call("GET", "/api/v1/dialogs?limit=2")
    _, second = await town.boris.call("GET", f"/api/v1/dialogs?cursor={first['next_cursor']}")

    seen = [dialog["person"] for dialog in first["items"] + second["items"]]
    assert sorted(seen) == ["n0", "n1", "n2"]
    assert second["next_cursor"] is None


async def test_answer_twice_with_one_key_is_one_message(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")
    words = {"text": "Да", "key": "k"}

    first = await town.boris.call("POST", f"/api/v1/dialogs/{row}/messages", words)
    again = await town.boris.call("POST", f"/api/v1/dialogs/{row}/messages", words)

    assert first == again
    assert first[0] == 201
    _, thread = await town.boris.call("GET", f"/api/v1/dialogs/{row}")
    assert [item["text"] for item in thread["items"]] == ["?", "Да"]
    assert thread["items"][-1]["author_name"] == "Борис"


async def test_acts_answer_what_changed(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")
    url = f"/api/v1/dialogs/{row}"

    status, taken = await town.boris.call("POST", f"{url}/take")
    assert (status, taken["is_mine"], taken["name"]) == (200, True, "Борис")
    status, freed = await town.boris.call("POST", f"{url}/assign", {"user_id": None})
    assert (status, freed["changed"]) == (200, True)
    status, put_off = await town.boris.call("POST", f"{url}/snooze", {"length": "1h"})
    assert (status, "until" in put_off) == (200, True)
    for act, changed in (("close", True), ("close", False), ("reopen", True), ("block", True)):
        status, told = await town.boris.call("POST", f"{url}/{act}")
        assert (status, told["changed"]) == (200, changed)
        assert bool(told["undo"]) is (changed and act != "block")
    status, told = await town.boris.call("POST", f"{url}/snooze", {"length": "1h"})
    assert (status, told["error"]["code"]) == (409, "desk.not_open")


ACTS = ("messages", "notes", "take", "assign", "close", "reopen", "snooze", "block", "undo")
BODIES = {
    "messages": {"text": "x", "key": "k"},
    "notes": {"text": "x", "key": "k"},
    "assign": {"user_id": None},
    "snooze": {"length": "1h"},
    "undo": {"token": "x"},
}


@pytest.mark.parametrize("act", ACTS)
async def test_foreign_hidden_and_unknown_dialogs_answer_alike(
    town: Town, shop: Shop, act: str
) -> None:
    row = await shop.talk("Иван", "?", channel=1)
    services = town.door.services
    async with services.database.tenant(town.cherry) as tx:
        await tx.execute(
            "UPDATE membership SET scope = $1 WHERE role = 'manager'",
            f'{{"channels": ["{shop.channels[0]}"]}}',
        )
    await town.clara.call("GET", "/api/v1/me")

    answers = [
        await who.call("POST", f"/api/v1/dialogs/{one}/{act}", BODIES.get(act))
        for who, one in ((town.clara, row), (town.boris, row), (town.boris, new_id()))
    ]

    for status, told in answers:
        assert (status, told["error"]["code"]) == (404, "error.not_found")
    assert (await town.clara.call("GET", f"/api/v1/dialogs/{row}"))[0] == 404
    assert await names(town.boris, "view=all") == []


async def test_analyst_reads_and_writes_nothing(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")
    await town.role(town.dora, Role.ANALYST)
    await town.dora.enter()

    assert (await town.dora.call("GET", f"/api/v1/dialogs/{row}"))[0] == 200
    for act in ACTS:
        status, _ = await town.dora.call("POST", f"/api/v1/dialogs/{row}/{act}", BODIES.get(act))
        assert status == 403, act


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("messages", {"text": "", "key": "k"}, "text"),
        ("messages", {"text": "x" * 10_001, "key": "k"}, "text"),
        ("messages", {"text": "x"}, "key"),
        ("messages", {"text": "x", "key": "k", "admin": True}, "admin"),
        ("messages", {"text": 5, "key": "k"}, "text"),
        ("assign", {"user_id": "me"}, "user_id"),
        ("snooze", {"length": "a year"}, "length"),
        ("undo", {"token": "AQ"}, "token"),
        ("undo", {"token": "ы"}, "token"),
    ],
)
async def test_bad_bodies_name_the_field(
    town: Town, shop: Shop, path: str, body: dict[str, object], field: str
) -> None:
    row = await shop.talk("Иван", "?")

    status, told = await town.boris.call("POST", f"/api/v1/dialogs/{row}/{path}", body)

    assert (status, told["error"]["field"]) == (422, field)


@pytest.mark.parametrize(
    "query", ["view=x", "limit=0", "limit=1000", "cursor=%00", "before=1", "channel=x"]
)
async def test_bad_queries_are_422(town: Town, shop: Shop, query: str) -> None:
    status, _ = await town.boris.call("GET", f"/api/v1/dialogs?{query}")
    assert status == 422


async def test_undelivered_is_listed_summed_and_moved_within_scope(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")
    await town.boris.call("POST", f"/api/v1/dialogs/{row}/messages", {"text": "Да", "key": "k"})
    await park(shop)

    status, page = await town.boris.call("GET", "/api/v1/undelivered")
    assert status == 200
    assert [(group["reason"], group["count"]) for group in page["groups"]] == [
        ("provider_error", 1)
    ]
    assert [item["text"] for item in page["items"]] == ["Да"]
    assert (await town.clara.call("GET", "/api/v1/undelivered"))[1]["items"] == []
    ids = [page["items"][0]["id"]]
    assert await town.clara.call("POST", "/api/v1/undelivered/retry", {"ids": ids}) == (
        200,
        {"moved": 0},
    )
    assert await town.boris.call("POST", "/api/v1/undelivered/retry", {}) == (200, {"moved": 1})
    assert await town.boris.call("POST", "/api/v1/undelivered/retry", {}) == (200, {"moved": 0})


async def park(shop: Shop) -> None:
    async with shop.services.database.tenant(shop.id) as tx:
        await tx.execute(
            "UPDATE delivery SET state = 'parked', reason = 'provider_error'"
            " WHERE purpose = 'to_buyer'"
        )
        await tx.execute("DELETE FROM delivery_open")


async def test_ready_answers_are_kept_by_name(town: Town, shop: Shop) -> None:
    url = "/api/v1/canned/Здравствуйте"

    status, kept = await town.boris.call("PUT", url, {"text": "Добрый день, {name}!"})
    assert (status, kept["name"]) == (200, "здравствуйте")
    _, found = await town.boris.call("GET", "/api/v1/canned")
    assert [row["text"] for row in found["items"]] == ["Добрый день, {name}!"]
    assert (await town.clara.call("DELETE", url))[0] == 404
    assert (await town.boris.call("DELETE", url))[0] == 200
    assert (await town.boris.call("DELETE", url))[0] == 404


async def test_a_machine_answers_but_leads_nothing(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")
    machine = Person(town.door, 0, "probe", access="key-of-a-machine")
    await shop.write(
        "INSERT INTO api_key (tenant_id, id, name, prefix, key_hash, scopes)"
        " VALUES ($1, $2, 'probe', 'k', $3, '[\"*\"]')",
        new_id(),
        hash_token(machine.access),
    )

    status, _ = await machine.call(
        "POST", f"/api/v1/dialogs/{row}/messages", {"text": "Да", "key": "k"}
    )
    assert status == 201
    status, told = await machine.call("POST", f"/api/v1/dialogs/{row}/take")
    assert (status, told["error"]["code"]) == (403, "error.scope_missing")
    status, _ = await machine.call("PUT", f"/api/v1/dialogs/{row}/draft", {"text": "x"})
    assert status == 403
