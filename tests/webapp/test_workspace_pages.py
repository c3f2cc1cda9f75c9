"""Groups, hours and terms in the cabinet: who sees and changes them, what bad input comes to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.kit.ids import new_id
from services.tenants.actor import Role
from tests.services.desk.shops import Shop
from tests.webapp.people import Person, Town
from tests.webapp.workpeople import look, open_shop, send

TERMS = "/app/workspaces/terms"
FILLED = {
    "mon": "9-13, 14-18",
    "tue": "9:30–18",
    "fri": "20-2",
    "closed": "31.12, 1.01-3.01",
    "zone": "Asia/Omsk",
    "is_away_on": "on",
    "away_text": "Ответим утром <b>",
    "minutes1": "5 мин",
    "callee1": "group",
    "minutes2": "15",
    "callee2": "owner",
    "target_minutes": "12",
}


@pytest.fixture
async def shop(town: Town) -> Shop:
    return await open_shop(town)


async def terms(person: Person) -> Any:
    status, found = await person.call("GET", "/api/v1/terms")
    assert status == 200
    return found


async def test_terms_are_kept_as_typed(town: Town, shop: Shop) -> None:
    sent = await send(town.anna, TERMS, FILLED)
    assert (sent.status, sent.location) == (303, f"{TERMS}?saved=1")

    kept = await terms(town.anna)
    assert kept["week"]["mon"] == [["09:00", "13:00"], ["14:00", "18:00"]]
    assert kept["week"]["tue"] == [["09:30", "18:00"]]
    assert kept["week"]["wed"] == []
    assert kept["week"]["fri"] == [["20:00", "00:00"]]
    assert kept["week"]["sat"] == [["00:00", "02:00"]]
    assert len(kept["closed_on"]) == 4
    assert (kept["zone"], kept["target_minutes"]) == ("Asia/Omsk", 12)
    assert kept["ladder"] == [
        {"minutes": 5, "callee": "group"},
        {"minutes": 15, "callee": "owner"},
    ]
    assert (kept["away_text"], kept["is_away_on"]) == ("Ответим утром <b>", True)
    shown = await look(town.anna, f"{TERMS}?saved=1")
    assert "Сохранено" in shown.text
    assert 'value="9–13, 14–18"' in shown.text
    assert "Ответим утром &lt;b&gt;" in shown.text


async def test_same_form_again_changes_nothing(town: Town, shop: Shop) -> None:
    await send(town.anna, TERMS, FILLED)
    before = await terms(town.anna)
    audit = "SELECT count(*) FROM audit_entry WHERE tenant_id = $1 AND action = 'terms.change'"
    async with town.door.services.database.tenant(town.cherry) as tx:
        rows = await tx.value(audit, town.cherry)
    again = {**FILLED, "fri": "20-24", "sat": "0-2", "minutes1": "5"}
    assert (await send(town.anna, TERMS, again)).status == 303

    assert await terms(town.anna) == before
    async with town.door.services.database.tenant(town.cherry) as tx:
        assert await tx.value(audit, town.cherry) == rows


async def test_whole_week_in_one_line_wins(town: Town, shop: Shop) -> None:
    wanted = {**FILLED, "line": "пн-пт 9-18, сб 10-16", "sun": "10-12"}
    assert (await send(town.anna, TERMS, wanted)).status == 303

    week = (await terms(town.anna))["week"]
    assert week["wed"] == [["09:00", "18:00"]]
    assert week["sat"] == [["10:00", "16:00"]]
    assert week["sun"] == []


async def test_every_fault_stands_at_its_field_and_nothing_is_lost(town: Town, shop: Shop) -> None:
    before = await terms(town.anna)
    bad = {
        **FILLED,
        "mon": "девять",
        "tue": "пн-пт 9-18",
        "wed": "9-25",
        "closed": "32.13",
        "away_text": "  ",
        "minutes1": "скоро",
        "minutes2": "0",
        "target_minutes": "полчаса",
    }
    sent = await send(town.anna, TERMS, bad)

    assert sent.status == 422
    for field in ("mon", "tue", "wed", "closed", "away_text", "minutes1", "minutes2"):
        assert f'id="f-{field}-er"' in sent.text, field
    for typed in ("девять", "пн-пт 9-18", "9-25", "32.13", "скоро", "полчаса", "Asia/Omsk"):
        assert typed in sent.text, typed
    assert "исправьте 8 полей" in sent.text
    assert "/cancel" not in sent.text
    assert await terms(town.anna) == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"fri": "20-6", "sat": "5-9"}, "sat"),
        ({"mon": "", "tue": "", "fri": ""}, "line"),
        ({"line": "пн"}, "line"),
        ({"away_text": "я" * 1001}, "away_text"),
        ({"minutes2": "5"}, "minutes2"),
        ({"minutes1": "", "minutes2": ""}, "minutes1"),
        ({"target_minutes": "0"}, "target_minutes"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"closed": "1.01.2020"}, "closed"),
    ],
)
async def test_what_the_service_refuses_is_said_at_the_field(
    town: Town, shop: Shop, change: dict[str, str], field: str
) -> None:
    before = await terms(town.anna)
    sent = await send(town.anna, TERMS, FILLED | change)

    assert sent.status == 422
    assert f'id="f-{field}-er"' in sent.text
    assert "work.fault" not in sent.text
    assert "/cancel" not in sent.text
    assert await terms(town.anna) == before


async def test_reply_outside_hours_is_switched_off_and_its_text_kept(
    town: Town, shop: Shop
) -> None:
    await send(town.anna, TERMS, FILLED)
    off = {name: value for name, value in FILLED.items() if name != "is_away_on"}
    await send(town.anna, TERMS, {**off, "away_text": "Другой"})

    kept = await terms(town.anna)
    assert (kept["is_away_on"], kept["away_text"]) == (False, "Другой")


async def test_who_may_not_change_terms_reads_them(town: Town, shop: Shop) -> None:
    seen = await look(town.boris, TERMS)
    assert (seen.status, "<form" in seen.text) == (200, False)
    assert "круглосуточно" in seen.text
    assert (await send(town.boris, TERMS, FILLED)).status == 403
    await town.role(town.dora, Role.BILLING)
    assert (await look(town.dora, TERMS)).status == 403


async def test_terms_of_another_business_stay(town: Town, shop: Shop) -> None:
    before = await terms(town.clara)
    await send(town.anna, TERMS, FILLED)

    assert await terms(town.clara) == before
    assert "Ответим утром" not in (await look(town.clara, TERMS)).text


async def group(shop: Shop, town: Town, *, state: str = "live", title: str = "Продажи") -> UUID:
    row = new_id()
    await shop.write(
        "INSERT INTO workspace (tenant_id, id, name, channel_id, chat_id, title, kind, state,"
        " checks) VALUES ($1, $2, $3, $4, $6, $3, 'forum', $5, $7::jsonb)",
        row,
        title,
        town.door.channels["telegram"],
        state,
        f"-100{row.int % 10**9}",
        '[{"name": "admin", "state": "bad", "key": "workspace.check.admin.bad", "params": {}}]',
    )
    return row


async def test_groups_are_listed_with_their_trouble(town: Town, shop: Shop) -> None:
    row = await group(shop, town, title="Продажи <i>")
    await send(town.anna, f"/app/workspaces/{row}/serves", {"serves": str(shop.channels[0])})
    seen = await look(town.boris, "/app/workspaces")
    one = await look(town.boris, f"/app/workspaces/{row}")

    assert "Продажи &lt;i&gt;" in seen.text
    assert "поправьте права" in seen.text
    assert "avito-1" in seen.text
    assert "avito-2" not in seen.text
    assert "Сделайте бота администратором" in one.text
    assert "<form" not in one.text


async def test_owner_chooses_whose_buyers_come(town: Town, shop: Shop) -> None:
    first, second = await group(shop, town), await group(shop, town, title="Сервис")
    url = f"/app/workspaces/{first}/serves"
    sent = await send(town.anna, url, {"serves": str(shop.channels[0])})
    assert sent.location == f"/app/workspaces/{first}?said=serves"

    assert "сейчас в <bdi>Продажи" in (await look(town.anna, f"/app/workspaces/{second}")).text
    assert (await send(town.anna, url, {})).status == 303
    _, place = await town.anna.call("GET", f"/api/v1/workspaces/{first}")
    assert place["serves"] == []
    for wrong in ("x", str(new_id()), str(town.door.channels["telegram"])):
        sent = await send(town.anna, url, {"serves": wrong})
        assert (sent.status, "Такого аккаунта нет" in sent.text) == (422, True)


async def test_newcomer_is_told_how_to_add_a_group(town: Town, shop: Shop) -> None:
    await shop.write(
        "UPDATE channel SET username = 'cherry_bot' WHERE tenant_id = $1 AND id = $2",
        town.door.channels["telegram"],
    )
    seen = await look(town.anna, "/app/workspaces")
    theirs = await look(town.clara, "/app/workspaces")

    assert "Пока ни одной группы" in seen.text
    assert "https://t.me/cherry_bot?startgroup=" in seen.text
    assert "Сначала подключите бота" in theirs.text
    assert "startgroup" not in (await look(town.boris, "/app/workspaces")).text


async def test_lost_group_says_what_to_do(town: Town, shop: Shop) -> None:
    row = await group(shop, town, state="lost")
    seen = await look(town.anna, f"/app/workspaces/{row}")

    assert "Бот не может писать в группу" in seen.text
    assert "Ничего не теряется" in seen.text


async def test_foreign_group_is_like_one_that_is_not_there(town: Town, shop: Shop) -> None:
    row = await group(shop, town)
    for path in (f"/app/workspaces/{row}", f"/app/workspaces/{new_id()}", "/app/workspaces/x"):
        assert (await look(town.clara, path)).status == 404
        for act in ("serves", "test"):
            assert (await send(town.clara, f"{path}/{act}", {})).status == 404
    assert (await send(town.boris, f"/app/workspaces/{row}/serves", {})).status == 403
    assert (await send(town.boris, f"/app/workspaces/{row}/test", {})).status == 403


async def test_rights_are_tried_from_the_page(town: Town, shop: Shop) -> None:
    row = await group(shop, town)
    sent = await send(town.anna, f"/app/workspaces/{row}/test", {})

    assert sent.status == 303
    told = {"tested": "Проверили", "away": "не ответил"}[sent.location.rpartition("=")[2]]
    assert told in (await look(town.anna, sent.location)).text
