"""Rights in motion: roles, limits, invitations, removal; each acts on the next call."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.kit.ids import new_id
from services.tenants.actor import Role
from tests.webapp.people import Town


async def members(town: Town) -> dict[str, Any]:
    status, body = await town.anna.call("GET", "/api/v1/members")
    assert status == 200
    return {row["name"]: row for row in body["items"]}


@pytest.fixture
async def inside(town: Town) -> Town:
    for person in (town.anna, town.boris, town.clara, town.dora):
        await person.enter()
    return town


async def test_removal_acts_on_the_next_call(inside: Town) -> None:
    boris = (await members(inside))["Борис"]
    assert (await inside.boris.call("GET", "/api/v1/deliveries"))[0] == 200

    assert (await inside.anna.call("DELETE", f"/api/v1/members/{boris['id']}"))[0] == 200

    status, body = await inside.boris.call("GET", "/api/v1/deliveries")
    assert (status, body["error"]["code"]) == (403, "auth.no_seat")
    assert (await inside.boris.call("GET", "/api/v1/me"))[1]["tenants"] == []


async def test_a_changed_role_acts_on_the_next_call(inside: Town) -> None:
    boris = (await members(inside))["Борис"]
    path = f"/api/v1/members/{boris['id']}"

    status, changed = await inside.anna.call("PATCH", path, {"role": "billing"})

    assert (status, changed["role"]) == (200, "billing")
    assert (await inside.boris.call("GET", "/api/v1/deliveries"))[0] == 403


async def test_nobody_raises_their_own_role(inside: Town) -> None:
    boris = (await members(inside))["Борис"]

    status, _ = await inside.boris.call(
        "PATCH", f"/api/v1/members/{boris['id']}", {"role": "owner"}
    )

    assert status == 403
    assert (await members(inside))["Борис"]["role"] == "manager"


async def test_the_last_owner_stays(inside: Town) -> None:
    anna = (await members(inside))["Анна"]
    path = f"/api/v1/members/{anna['id']}"

    for method, body in (("DELETE", None), ("PATCH", {"role": "analyst"})):
        status, answer = await inside.anna.call(method, path, body)
        assert (status, answer["error"]["code"]) == (409, "error.last_owner")


async def test_a_member_leaves_and_the_last_owner_does_not(inside: Town) -> None:
    path = "/api/v1/me/leave"

    assert (await inside.boris.call("POST", path))[0] == 200
    assert (await inside.boris.call("GET", "/api/v1/members"))[0] == 403
    status, body = await inside.anna.call("POST", path)
    assert (status, body["error"]["code"]) == (409, "error.last_owner")
    assert (await inside.dora.call("POST", path))[0] == 404


async def test_two_owners_who_leave_at_once_leave_one_behind(inside: Town) -> None:
    await inside.role(inside.boris, Role.OWNER)
    both = [inside.anna, inside.boris] * 20

    answers = await asyncio.gather(*(one.call("POST", "/api/v1/me/leave") for one in both))

    assert sum(status == 200 for status, _ in answers) == 1
    async with inside.door.services.database.tenant(inside.cherry) as tx:
        assert await inside.door.services.features.tenants.team.has_owner(tx)


async def test_a_foreign_seat_answers_like_an_unknown_one(inside: Town) -> None:
    boris = (await members(inside))["Борис"]

    for seat in (boris["id"], str(new_id()), "no-id"):
        for method, body in (("DELETE", None), ("PATCH", {"role": "owner"})):
            status, answer = await inside.clara.call(method, f"/api/v1/members/{seat}", body)
            assert (status, answer["error"]["code"]) == (404, "error.not_found")
    assert (await members(inside))["Борис"]["role"] == "manager"


async def test_a_manager_is_limited_to_known_accounts_of_the_business(inside: Town) -> None:
    boris = (await members(inside))["Борис"]
    path, shop = f"/api/v1/members/{boris['id']}", str(inside.door.channels["avito"])

    status, changed = await inside.anna.call("PATCH", path, {"channels": [shop]})

    assert (status, changed["channels"]) == (200, [shop])
    assert (await inside.boris.call("GET", "/api/v1/me"))[1]["channels"] == [shop]
    assert (await inside.anna.call("PATCH", path, {"channels": [str(new_id())]}))[0] == 404
    status, changed = await inside.anna.call("PATCH", path, {"channels": []})
    assert (status, changed["channels"]) == (200, None)


async def invite(town: Town, **more: Any) -> Any:
    status, body = await town.anna.call("POST", "/api/v1/invites", {"role": "manager", **more})
    assert status == 201
    return body


async def test_an_invitation_seats_one_person_once(inside: Town) -> None:
    shop = str(inside.door.channels["avito"])
    token = {"token": (await invite(inside, channels=[shop]))["token"]}

    status, offer = await inside.dora.call("POST", "/api/v1/invites/look", token)
    assert (status, offer["role"], offer["tenant_id"]) == (200, "manager", str(inside.cherry))
    assert (await inside.dora.call("POST", "/api/v1/invites/accept", token))[0] == 200

    me = (await inside.dora.call("GET", "/api/v1/me"))[1]
    assert (me["role"], me["channels"]) == ("manager", [shop])
    status, body = await inside.clara.call("POST", "/api/v1/invites/accept", token)
    assert (status, body["error"]["code"]) == (409, "error.link_used")


async def test_fifty_takers_of_one_invitation_are_one_member(inside: Town) -> None:
    token = {"token": (await invite(inside))["token"]}
    takers = [inside.dora, inside.clara] * 25

    answers = await asyncio.gather(
        *(taker.call("POST", "/api/v1/invites/accept", token) for taker in takers)
    )

    assert sum(status == 200 for status, _ in answers) == 1
    assert {status for status, _ in answers} <= {200, 409}
    assert len(await members(inside)) == 3


async def test_a_withdrawn_invitation_seats_nobody(inside: Town) -> None:
    made = await invite(inside)
    path = f"/api/v1/invites/{made['id']}"

    assert (await inside.clara.call("DELETE", path))[0] == 404
    assert (await inside.anna.call("DELETE", path))[0] == 200

    token = {"token": made["token"]}
    status, body = await inside.dora.call("POST", "/api/v1/invites/accept", token)
    assert (status, body["error"]["code"]) == (409, "error.link_expired")
    _, listed = await inside.anna.call("GET", "/api/v1/invites")
    assert [(row["is_open"], "token" in row) for row in listed["items"]] == [(False, False)]


async def test_five_wrong_tokens_make_a_person_wait(inside: Town) -> None:
    for _ in range(5):
        status, _ = await inside.dora.call("POST", "/api/v1/invites/look", {"token": "x" * 22})
        assert status == 404

    token = {"token": (await invite(inside))["token"]}
    assert (await inside.dora.call("POST", "/api/v1/invites/accept", token))[0] == 429
    assert (await inside.clara.call("POST", "/api/v1/invites/accept", token))[0] == 200


async def test_a_person_of_two_businesses_changes_between_them(inside: Town) -> None:
    token = {"token": (await invite(inside))["token"]}
    await inside.clara.call("POST", "/api/v1/invites/accept", token)
    assert (await inside.clara.call("GET", "/api/v1/me"))[1]["role"] == "manager"

    for tenant, role in ((inside.plum, "owner"), (inside.cherry, "manager")):
        choice = {"tenant_id": str(tenant)}
        assert (await inside.clara.call("POST", "/api/v1/me/tenant", choice))[0] == 200
        me = (await inside.clara.call("GET", "/api/v1/me"))[1]
        assert (me["tenant"]["id"], me["role"]) == (str(tenant), role)
    foreign = await inside.dora.call("POST", "/api/v1/me/tenant", {"tenant_id": str(inside.plum)})
    unknown = await inside.dora.call("POST", "/api/v1/me/tenant", {"tenant_id": str(new_id())})
    assert foreign[0] == unknown[0] == 404
