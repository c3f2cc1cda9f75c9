"""The team's pages: who may what, changing it, the last owner, links that work once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from services.kit.ids import new_id
from services.tenants.actor import SYSTEM, Role
from tests.services.desk.shops import Shop
from tests.webapp.pages import look, press
from tests.webapp.people import Town

PLACE = "/app/team"


@pytest.fixture
async def inside(town: Town, shop: Shop) -> Town:
    return town


async def seats(town: Town) -> dict[str, str]:
    """Ids of the members' seats by name."""
    _, body = await town.anna.call("GET", "/api/v1/members")
    return {row["name"]: row["id"] for row in body["items"]}


async def member(town: Town, name: str) -> Any:
    _, body = await town.anna.call("GET", "/api/v1/members")
    return next((row for row in body["items"] if row["name"] == name), None)


async def test_the_list_says_who_is_here_with_which_role(inside: Town) -> None:
    _, text = await look(inside.anna, PLACE)

    for words in ("2 человека", "Анна", "Борис", "Владелец", "Менеджер", "видит всё"):
        assert words in text
    assert "Clara" not in text


async def test_a_manager_sees_the_team_and_no_way_to_change_it(inside: Town) -> None:
    _, text = await look(inside.boris, PLACE)
    boris = (await seats(inside))["Борис"]

    assert "Анна" in text
    assert "/app/team/invites" not in text
    assert f"/app/team/{boris}" not in text
    assert (await look(inside.boris, f"{PLACE}/{boris}"))[0] == 403
    assert (await press(inside.boris, f"{PLACE}/{boris}", {"role": "owner"}))[0] == 403


async def test_a_role_and_limits_are_changed_by_the_form(inside: Town, shop: Shop) -> None:
    path = f"{PLACE}/{(await seats(inside))['Борис']}"
    chosen = {"role": "manager", f"c-{shop.channels[0]}": "on"}

    assert (await press(inside.anna, path, chosen))[0] == 303
    assert (await member(inside, "Борис"))["channels"] == [str(shop.channels[0])]
    assert (await press(inside.anna, path, {"role": "manager"}))[0] == 303
    assert (await member(inside, "Борис"))["channels"] is None
    assert (await press(inside.anna, path, {"role": "analyst"}))[0] == 303
    assert (await member(inside, "Борис"))["role"] == "analyst"


async def test_limits_of_another_role_are_refused_and_the_choice_is_kept(
    inside: Town, shop: Shop
) -> None:
    path = f"{PLACE}/{(await seats(inside))['Борис']}"
    status, text = await press(
        inside.anna, path, {"role": "analyst", f"c-{shop.channels[1]}": "on"}
    )

    assert status == 422
    assert "только менеджера" in text
    assert re.search(r'value="analyst" selected', text)
    assert re.search(rf'name="c-{shop.channels[1]}" checked', text)
    assert (await member(inside, "Борис"))["role"] == "manager"


@pytest.mark.parametrize("role", ["admin", "", "boss"])
async def test_a_role_that_is_none_is_refused(inside: Town, role: str) -> None:
    path = f"{PLACE}/{(await seats(inside))['Борис']}"

    assert (await press(inside.anna, path, {"role": role}))[0] == 422
    assert (await member(inside, "Борис"))["role"] == "manager"


async def test_an_account_that_is_not_ours_is_refused(inside: Town) -> None:
    path = f"{PLACE}/{(await seats(inside))['Борис']}"
    chosen = {"role": "manager", f"c-{new_id()}": "on"}

    assert (await press(inside.anna, path, chosen))[0] == 422
    assert (await member(inside, "Борис"))["channels"] is None


async def test_the_sheet_says_what_removal_means_and_removal_acts_at_once(
    inside: Town, shop: Shop
) -> None:
    path = f"{PLACE}/{(await seats(inside))['Борис']}/remove"
    row = await shop.talk("Иван", "?")
    await inside.boris.call("POST", f"/api/v1/dialogs/{row}/take")
    _, text = await look(inside.anna, path)

    assert "Ведёт 1 открытый диалог" in text
    assert "останется 1 человек" in text
    assert (await press(inside.anna, path, {}))[0] == 303
    assert (await look(inside.boris, "/app/dialogs"))[0] == 403


async def test_the_last_owner_is_told_so_in_words_and_stays(inside: Town) -> None:
    anna = (await seats(inside))["Анна"]
    _, text = await look(inside.anna, PLACE)
    _, sheet = await look(inside.anna, f"{PLACE}/leave")
    status, form = await press(inside.anna, f"{PLACE}/{anna}", {"role": "manager"})
    _, place = await press(inside.anna, f"{PLACE}/leave", {})

    assert "Вы единственный владелец" in text
    assert "сначала сделайте владельцем" in sheet
    assert "leave-sure" not in sheet
    assert (status, "Вы единственный владелец" in form) == (422, True)
    assert place.endswith("done=last_owner")
    assert (await press(inside.anna, f"{PLACE}/{anna}/remove", {}))[0] == 422
    assert (await member(inside, "Анна"))["role"] == "owner"


async def test_a_member_leaves_and_is_told_so(inside: Town) -> None:
    _, sheet = await look(inside.boris, f"{PLACE}/leave")
    status, text = await press(inside.boris, f"{PLACE}/leave", {})

    assert "leave-sure" in sheet
    assert (status, "Вы вышли" in text) == (200, True)
    assert await member(inside, "Борис") is None


async def test_who_leaves_one_business_goes_on_in_the_other(inside: Town) -> None:
    await inside.role(inside.dora, Role.MANAGER)
    async with inside.door.services.database.tenant(inside.plum) as tx:
        user = await tx.value("SELECT id FROM users WHERE telegram_user_id = $1", 3001)
        team = inside.door.services.features.tenants.team
        await team.add(tx, SYSTEM, user, Role.ANALYST)
    await inside.dora.enter()
    await inside.dora.call("POST", "/api/v1/me/tenant", {"tenant_id": str(inside.cherry)})

    assert (await press(inside.dora, f"{PLACE}/leave", {}))[1] == "/app"
    assert (await inside.dora.call("GET", "/api/v1/me"))[1]["tenant"]["id"] == str(inside.plum)


async def invite(town: Town, **typed: str) -> str:
    """Make an invitation by the page; return its token."""
    wanted = {"role": "manager", "minutes": "15"} | typed
    status, text = await press(town.anna, f"{PLACE}/invites", wanted)
    assert status == 200
    found = re.search(r'data-copy="(?:[^"]*[=/])?([\w-]+)"', text)
    assert found
    return found[1]


async def test_an_invitation_is_seen_then_used_once(inside: Town) -> None:
    token = await invite(inside)
    _, offer = await look(inside.dora, f"/app/join/{token}")
    _, place = await press(inside.dora, f"/app/join/{token}", {})
    status, again = await press(inside.clara, f"/app/join/{token}", {})

    assert "Вас зовут в" in offer
    assert "Менеджер" in offer
    assert place == "/app"
    assert (await member(inside, "Dora"))["role"] == "manager"
    assert (status, "уже использована" in again) == (422, True)


async def test_a_link_is_shown_once_listed_without_it_and_withdrawn(inside: Town) -> None:
    token = await invite(inside, minutes="1440")
    _, text = await look(inside.anna, f"{PLACE}/invites")
    found = re.search(r"/app/team/invites/([\w-]+)/withdraw", text)

    assert token not in text
    assert found
    assert (await press(inside.clara, found[0], {}))[0] == 404
    assert (await press(inside.anna, found[0], {}))[0] == 303
    assert "withdraw" not in (await look(inside.anna, f"{PLACE}/invites"))[1]
    assert "Срок ссылки вышел" in (await look(inside.dora, f"/app/join/{token}"))[1]


async def test_bad_input_of_an_invitation_is_refused_and_kept(inside: Town, shop: Shop) -> None:
    scope = {f"c-{shop.channels[0]}": "on"}
    for typed in (
        {"role": "billing", "minutes": "15", **scope},
        {"role": "analyst", "minutes": "7"},
        {"role": "admin", "minutes": "15"},
        {},
    ):
        status, text = await press(inside.anna, f"{PLACE}/invites", typed)
        assert status == 422
        assert 'class="er"' in text
    _, text = await look(inside.anna, f"{PLACE}/invites")
    assert "withdraw" not in text


async def test_a_made_up_link_is_answered_in_words(inside: Town) -> None:
    status, text = await look(inside.dora, f"/app/join/{'x' * 22}")

    assert status == 200
    assert "Ссылка не подошла" in text


async def test_a_member_who_opens_their_own_link_is_told_and_the_link_stays_whole(
    inside: Town,
) -> None:
    token = await invite(inside)

    assert "Вы уже в" in (await look(inside.boris, f"/app/join/{token}"))[1]
    assert (await press(inside.boris, f"/app/join/{token}", {}))[0] == 422
    assert (await press(inside.dora, f"/app/join/{token}", {}))[1] == "/app"


async def test_a_foreign_seat_answers_like_an_unknown_one(inside: Town) -> None:
    boris = (await seats(inside))["Борис"]
    for seat in (boris, str(new_id()), "no-id"):
        assert (await look(inside.clara, f"{PLACE}/{seat}"))[0] == 404
        assert (await look(inside.clara, f"{PLACE}/{seat}/remove"))[0] == 404
        assert (await press(inside.clara, f"{PLACE}/{seat}", {"role": "owner"}))[0] == 404
        assert (await press(inside.clara, f"{PLACE}/{seat}/remove", {}))[0] == 404
    assert (await member(inside, "Борис"))["role"] == "manager"
