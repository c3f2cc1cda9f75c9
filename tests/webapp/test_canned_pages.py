"""Ready answers in the cabinet."""

from __future__ import annotations

from typing import Any

import pytest

from services.kit.ids import new_id
from services.tenants.actor import Role
from tests.services.desk.shops import Shop
from tests.webapp.people import Person, Town
from tests.webapp.workpeople import look, open_shop, send

PLACE = "/app/canned"
NEW = f"{PLACE}/new"


@pytest.fixture
async def shop(town: Town) -> Shop:
    return await open_shop(town)


async def kept(person: Person) -> Any:
    _, found = await person.call("GET", "/api/v1/canned")
    return {item["name"]: item for item in found["items"]}


async def test_answer_is_added_changed_renamed_and_removed(town: Town, shop: Shop) -> None:
    sent = await send(town.boris, NEW, {"name": "Адрес Склада", "text": "Ленина, 1\r\nвход <b>"})
    assert (sent.status, sent.location) == (303, f"{PLACE}?saved=1")
    row = (await kept(town.boris))["адрес_склада"]
    assert row["text"] == "Ленина, 1\nвход <b>"
    assert "вход &lt;b&gt;" in (await look(town.boris, PLACE)).text
    url = f"{PLACE}/{row['id']}"
    assert "Ленина, 1" in (await look(town.boris, url)).text

    await send(town.boris, url, {"name": "адрес_склада", "text": "Мира, 2"})
    assert (await kept(town.boris))["адрес_склада"]["text"] == "Мира, 2"
    await send(town.boris, url, {"name": "склад", "text": "Мира, 3"})
    found = await kept(town.boris)
    assert {name: item["text"] for name, item in found.items()} == {"склад": "Мира, 3"}
    assert found["склад"]["id"] == row["id"]
    assert "Удалить «склад»?" in (await look(town.boris, f"{url}/remove")).text
    assert (await send(town.boris, f"{url}/remove", {})).location == PLACE
    assert "Пока ни одного быстрого ответа" in (await look(town.boris, PLACE)).text


@pytest.mark.parametrize(
    ("name", "text", "field"),
    [
        ("", "текст", "name"),
        ("я" * 65, "текст", "name"),
        ("торг", "  ", "text"),
        ("торг", "я" * 4001, "text"),
        ("Адрес", "текст", "name"),
    ],
)
async def test_bad_answer_keeps_what_was_typed(
    town: Town, shop: Shop, name: str, text: str, field: str
) -> None:
    await send(town.anna, NEW, {"name": "адрес", "text": "Ленина, 1"})
    sent = await send(town.anna, NEW, {"name": name, "text": text})

    assert sent.status == 422
    assert f'id="f-{field}-er"' in sent.text
    assert f'value="{name}"' in sent.text
    assert text in sent.text
    assert {n: item["text"] for n, item in (await kept(town.anna)).items()} == {
        "адрес": "Ленина, 1"
    }


async def test_nul_breaks_nothing(town: Town, shop: Shop) -> None:
    assert (await send(town.anna, NEW, {"name": "а\x00б", "text": "в\x00г"})).status == 303

    assert (await kept(town.anna))["аб"]["text"] == "вг"


async def test_foreign_answer_is_like_one_that_is_not_there(town: Town, shop: Shop) -> None:
    await send(town.anna, NEW, {"name": "адрес", "text": "Ленина, 1"})
    row = (await kept(town.anna))["адрес"]["id"]
    for one in (row, new_id(), "x"):
        url = f"{PLACE}/{one}"
        assert (await look(town.clara, url)).status == 404
        assert (await look(town.clara, f"{url}/remove")).status == 404
        assert (await send(town.clara, url, {"name": "а", "text": "б"})).status == 404
        assert (await send(town.clara, f"{url}/remove", {})).status == 404
    assert "Ленина" not in (await look(town.clara, PLACE)).text
    assert (await kept(town.anna))["адрес"]["text"] == "Ленина, 1"


async def test_analyst_reads_and_does_not_write(town: Town, shop: Shop) -> None:
    await send(town.anna, NEW, {"name": "адрес", "text": "Ленина, 1"})
    await town.role(town.dora, Role.ANALYST)
    seen = await look(town.dora, PLACE)

    assert (seen.status, "Ленина, 1" in seen.text, NEW in seen.text) == (200, True, False)
    assert (await look(town.dora, NEW)).status == 403
    assert (await send(town.dora, NEW, {"name": "а", "text": "б"})).status == 403


async def test_one_more_than_fit_is_refused_by_the_api_too(town: Town, shop: Shop) -> None:
    await shop.write(
        "INSERT INTO canned_reply (tenant_id, id, name, text)"
        " SELECT $1, gen_random_uuid(), 'a' || n, 'x' FROM generate_series(1, 200) n"
    )
    status, body = await town.boris.call("PUT", "/api/v1/canned/z", {"text": "ещё"})
    assert (status, body["error"]["field"]) == (422, "name")
    status, _ = await town.boris.call("PUT", "/api/v1/canned/a1", {"text": "другой"})
    assert status == 200
