"""Settings in the cabinet and by the API: the business's are its owner's, own ones everyone's."""

from __future__ import annotations

from typing import Any

import pytest

from services.tenants.actor import Role
from tests.services.desk.shops import Shop
from tests.webapp.people import Person, Town
from tests.webapp.workpeople import look, open_shop, send

PLACE = "/app/settings"
BUSINESS = {
    "name": "Вишня <b>",
    "locale": "en",
    "zone": "Asia/Omsk",
    "retention_days": "365",
}
OWN = {
    "my_locale": "en",
    "my_zone": "Asia/Tbilisi",
    "quiet_from": "22:00",
    "quiet_to": "08:30",
}


@pytest.fixture
async def shop(town: Town) -> Shop:
    return await open_shop(town)


async def settings(person: Person) -> Any:
    status, found = await person.call("GET", "/api/v1/settings")
    assert status == 200
    return found


async def test_owner_changes_the_business(town: Town, shop: Shop) -> None:
    sent = await send(town.anna, f"{PLACE}/business", {**BUSINESS, "sure": "365"})
    assert (sent.status, sent.location) == (303, f"{PLACE}?saved=1")

    assert await settings(town.boris) == {
        "name": "Вишня <b>",
        "locale": "en",
        "zone": "Asia/Omsk",
        "retention_days": 365,
    }
    shown = (await look(town.anna, PLACE)).text
    assert "Вишня &lt;b&gt;" in shown
    assert '<option value="365" selected>' in shown
    assert (await settings(town.clara))["name"] == "Plum"


async def test_shorter_term_is_asked_with_what_it_costs(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "давно")
    await shop.write(
        "UPDATE message SET id = '01000000-0000-7000-8000-000000000000' WHERE tenant_id = $1"
        " AND conversation_id = $2",
        row,
    )
    asked = await send(town.anna, f"{PLACE}/business", BUSINESS)

    assert (asked.status, "Сотрём текст 1 сообщения" in asked.text) == (200, True)
    assert 'name="sure" value="365"' in asked.text
    assert "Вишня &lt;b&gt;" in asked.text
    assert (await settings(town.anna))["retention_days"] == 0
    other = await send(town.anna, f"{PLACE}/business", {**BUSINESS, "sure": "90"})
    assert other.status == 200
    await send(town.anna, f"{PLACE}/business", {**BUSINESS, "sure": "365"})
    longer = await send(town.anna, f"{PLACE}/business", {**BUSINESS, "retention_days": "1095"})
    assert longer.status == 303


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " \x00 "}, "name"),
        ({"locale": "fr"}, "locale"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"retention_days": "5"}, "retention_days"),
        ({"retention_days": "вечно"}, "retention_days"),
    ],
)
async def test_bad_setting_is_said_at_its_field_and_changes_nothing(
    town: Town, shop: Shop, change: dict[str, str], field: str
) -> None:
    before = await settings(town.anna)
    sent = await send(town.anna, f"{PLACE}/business", {**BUSINESS, "sure": "365", **change})

    assert sent.status == 422
    assert f'id="f-{field}-er"' in sent.text
    assert "work." not in sent.text
    if "name" not in change:
        assert "Вишня &lt;b&gt;" in sent.text
    assert await settings(town.anna) == before


async def test_everybody_sets_their_own(town: Town, shop: Shop) -> None:
    assert (await send(town.boris, f"{PLACE}/me", OWN)).location == f"{PLACE}?saved=me"

    _, me = await town.boris.call("GET", "/api/v1/me")
    assert (me["user"]["locale"], me["user"]["zone"]) == ("en", "Asia/Tbilisi")
    _, quiet = await town.boris.call("GET", "/api/v1/me/quiet")
    assert quiet == {"start": "22:00", "end": "08:30", "until": None}
    shown = (await look(town.boris, PLACE)).text
    assert "Quiet hours every day" in shown
    assert 'value="22:00"' in shown
    await send(town.boris, f"{PLACE}/me", {**OWN, "quiet_from": "", "quiet_to": ""})
    _, quiet = await town.boris.call("GET", "/api/v1/me/quiet")
    assert quiet["start"] is None
    _, others = await town.anna.call("GET", "/api/v1/me/quiet")
    assert others["start"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"my_locale": "fr"}, "my_locale"),
        ({"my_zone": "Mars/Base"}, "my_zone"),
        ({"quiet_to": ""}, "quiet_from"),
        ({"quiet_to": "22:00"}, "quiet_from"),
        ({"quiet_to": "завтра"}, "quiet_from"),
    ],
)
async def test_own_bad_setting_keeps_what_was_typed(
    town: Town, shop: Shop, change: dict[str, str], field: str
) -> None:
    sent = await send(town.boris, f"{PLACE}/me", {**OWN, **change})

    assert sent.status == 422
    assert f'id="f-{field}-er"' in sent.text
    assert '<option value="en" selected>' in sent.text or "my_locale" in change
    _, me = await town.boris.call("GET", "/api/v1/me")
    assert me["user"]["locale"] == "ru"


async def test_manager_reads_the_business_and_changes_nothing(town: Town, shop: Shop) -> None:
    seen = await look(town.boris, PLACE)

    assert (seen.status, 'id="business-form"' in seen.text) == (200, False)
    assert 'id="me-form"' in seen.text
    assert (await send(town.boris, f"{PLACE}/business", BUSINESS)).status == 403
    assert (await town.boris.call("PATCH", "/api/v1/settings", {"name": "x"}))[0] == 403
    await town.role(town.dora, Role.BILLING)
    assert (await look(town.dora, PLACE)).status == 200


async def test_api_changes_what_is_named(town: Town, shop: Shop) -> None:
    before = await settings(town.anna)
    status, found = await town.anna.call("PATCH", "/api/v1/settings", {"retention_days": 90})
    assert (status, found) == (200, {**before, "retention_days": 90})

    for wrong in ({"retention_days": 7}, {"zone": "Mars"}, {"locale": "fr"}, {"name": ""}):
        assert (await town.anna.call("PATCH", "/api/v1/settings", wrong))[0] == 422
    hours = {"hours": {"start": "23:00", "end": "07:00"}}
    status, quiet = await town.boris.call("PUT", "/api/v1/me/quiet", hours)
    assert (status, quiet["start"], quiet["end"]) == (200, "23:00", "07:00")
    same = {"hours": {"start": "23:00", "end": "23:00"}}
    assert (await town.boris.call("PUT", "/api/v1/me/quiet", same))[0] == 422


async def test_erased_message_says_so_in_its_dialog(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "Продаёте шлемы?")
    await shop.write("UPDATE message SET text = '' WHERE tenant_id = $1")
    seen = await look(town.anna, f"/app/dialogs/{row}")

    assert "Текст стёрт" in seen.text
    assert "шлемы" not in seen.text
