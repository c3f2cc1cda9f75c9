"""The page "Now", groups and terms of work by the API."""

from __future__ import annotations

from typing import Any

import pytest

from services.desk.dialogs import Dialogs
from services.kit.ids import new_id
from tests.services.desk.shops import Shop
from tests.webapp.people import Town


@pytest.fixture
async def shop(town: Town) -> Shop:
    services = town.door.services
    dialogs = Dialogs(services.clock, services.features.conversations.policies)
    opened = Shop(services, dialogs, id=town.cherry)
    opened.channels = [await opened.channel("avito-1"), await opened.channel("avito-2")]
    for person in (town.anna, town.boris, town.clara, town.dora):
        await person.enter()
    return opened


async def test_now_puts_harm_first(town: Town, shop: Shop) -> None:
    await shop.talk("Давно ждёт", "?", minutes=60 * 24 * 30)
    await shop.talk("Только что", "?", minutes=0)
    async with town.door.services.database.tenant(town.cherry) as tx:
        await town.door.services.features.incidents.open(
            tx, "channel_auth_lost", str(shop.channels[0]), town.cherry, {"channel": "avito-1"}
        )

    status, now = await town.boris.call("GET", "/api/v1/home")

    assert status == 200
    assert [task["kind"] for task in now["tasks"]] == ["channel", "overdue", "waiting"]
    assert now["tasks"][0]["subject"] == str(shop.channels[0])
    assert now["tasks"][1]["dialog"]["person"] == "Давно ждёт"
    assert now["steps"] == {"bot": True, "account": True, "workspace": False, "done": False}
    _, theirs = await town.clara.call("GET", "/api/v1/home")
    assert theirs["tasks"] == []
    assert not any(theirs["steps"].values())


async def test_groups_serve_exactly_the_named_accounts(town: Town, shop: Shop) -> None:
    row = await shop.group(town.door.channels["telegram"])
    url = f"/api/v1/workspaces/{row}/serves"
    both = [str(channel) for channel in shop.channels]

    for serves in (both, both[:1], []):
        status, place = await town.anna.call("PUT", url, {"serves": serves})
        assert (status, sorted(place["serves"])) == (200, sorted(serves))
    status, told = await town.anna.call("PUT", url, {"serves": [str(new_id())]})
    assert (status, told["error"]["field"]) == (422, "serves")
    bot = str(town.door.channels["telegram"])
    assert (await town.anna.call("PUT", url, {"serves": [bot]}))[0] == 422
    assert (await town.boris.call("PUT", url, {"serves": []}))[0] == 403
    assert (await town.clara.call("PUT", url, {"serves": []}))[0] == 404
    _, listed = await town.boris.call("GET", "/api/v1/workspaces")
    assert [place["url"] for place in listed["items"]] == ["https://t.me/c/2200/1"]


async def test_terms_change_as_named_and_stay_otherwise(town: Town, shop: Shop) -> None:
    _, before = await town.boris.call("GET", "/api/v1/terms")
    change = {
        "week": {"mon": [["09:00", "18:00"]], "sun": [["22:00", "00:00"]]},
        "ladder": [{"minutes": 5, "callee": "group"}, {"minutes": 15, "callee": "owner"}],
        "away_text": "Ответим утром",
        "closed_on": ["2027-01-01"],
    }

    status, after = await town.anna.call("PATCH", "/api/v1/terms", change)

    assert status == 200
    assert after["week"]["mon"] == [["09:00", "18:00"]]
    assert after["week"]["tue"] == []
    assert after["week"]["sun"] == [["22:00", "00:00"]]
    assert after["ladder"] == change["ladder"]
    assert (after["away_text"], after["is_away_on"]) == ("Ответим утром", True)
    assert after["zone"] == before["zone"]
    assert (await town.boris.call("GET", "/api/v1/terms"))[1] == after
    _, theirs = await town.clara.call("GET", "/api/v1/terms")
    assert theirs["away_text"] == ""


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"zone": "Moon/Base"}, "zone"),
        ({"week": {}}, "hours"),
        ({"week": {"mon": [["18:00", "09:00"], ["08:00", "10:00"]]}}, "hours"),
        ({"ladder": []}, "ladder"),
        (
            {
                "ladder": [
                    {"minutes": 9, "callee": "group"},
                    {"minutes": 3, "callee": "owner"},
                ]
            },
            "ladder",
        ),
        ({"away_text": ""}, "away_text"),
        ({"target_minutes": -1}, "target_minutes"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_bad_terms_change_nothing_and_name_the_field(
    town: Town, shop: Shop, change: dict[str, Any], field: str
) -> None:
    _, before = await town.anna.call("GET", "/api/v1/terms")
    mixed = {"is_away_on": False, **change}

    status, told = await town.anna.call("PATCH", "/api/v1/terms", mixed)

    assert (status, told["error"]["field"]) == (422, field)
    assert (await town.anna.call("GET", "/api/v1/terms"))[1] == before
    assert (await town.boris.call("PATCH", "/api/v1/terms", {"is_away_on": True}))[0] == 403
