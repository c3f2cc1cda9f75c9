"""Links out of messages: to their page, to home with a word, never to what is somebody else's."""

from __future__ import annotations

import orjson
import pytest

from services.kit.deeplinks import Page, Spot
from services.kit.ids import new_id
from services.tenants.actor import Role
from tests.services.desk.shops import Shop
from tests.webapp.pages import FRAGMENT, look, press
from tests.webapp.people import Person, Town

NOWHERE = "Того, на что вела ссылка, здесь нет"


async def follow(who: Person, written: str) -> str:
    """Open a link as the Mini App does; return the page it leads to, or what home says."""
    headers = FRAGMENT | {"Authorization": f"Bearer {who.access}"}
    url = who.door.url("/app/open")
    async with who.door.http.get(url, params={"to": written}, headers=headers) as answer:
        assert answer.status == 200
        way = answer.headers.get("HX-Location", "")
        text = await answer.text()
    if way:
        read = orjson.loads(way)
        assert read["push"] == read["path"]
        return str(read["path"])
    assert answer.headers["HX-Replace-Url"] == "/app"
    return NOWHERE if NOWHERE in text else text


async def test_a_link_leads_to_what_it_names(town: Town, shop: Shop) -> None:
    bot = town.door.channels["telegram"]
    spots = [
        Spot(Page.DIALOGS, await shop.talk("Иван", "?")),
        Spot(Page.ACCOUNTS, shop.channels[0]),
        Spot(Page.BOTS, bot),
        Spot(Page.GROUPS, await shop.group(bot)),
        *(Spot(page) for page in Page if page is not Page.HOME),
    ]
    for spot in spots:
        assert await follow(town.anna, spot.written) == spot.path
        status, _ = await look(town.anna, spot.path)
        assert status == 200, spot
        if spot.id:
            assert await follow(town.clara, spot.written) == NOWHERE
            assert await follow(town.anna, Spot(spot.page, new_id()).written) == NOWHERE


@pytest.mark.parametrize("odd", ["", "x", "dialogs-1", "//evil.example", "<b>", "dialogs/../team"])
async def test_what_nobody_wrote_leads_home_with_a_word(town: Town, odd: str) -> None:
    await town.anna.enter()

    assert await follow(town.anna, odd) == NOWHERE


async def test_what_lies_outside_the_scope_is_as_unknown(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?", channel=1)
    async with shop.services.database.tenant(shop.id) as tx:
        await tx.execute(
            "UPDATE membership SET scope = $1 WHERE role = 'manager'",
            f'{{"channels": ["{shop.channels[0]}"]}}',
        )

    assert await follow(town.boris, Spot(Page.DIALOGS, row).written) == NOWHERE
    assert await follow(town.boris, Spot(Page.ACCOUNTS, shop.channels[1]).written) == NOWHERE


async def test_a_link_into_another_business_of_ones_own_offers_to_go_there(
    town: Town, shop: Shop
) -> None:
    row = await shop.talk("Иван", "?")
    await town.role(town.clara, Role.MANAGER)
    await town.role(town.clara, Role.OWNER, town.plum)
    written = Spot(Page.DIALOGS, row).written

    text = await follow(town.clara, written)

    assert "Это в другом вашем бизнесе" in text
    assert "Перейти" in text
    status, where = await press(town.clara, "/app/open", {"token": written})
    assert (status, where) == (303, f"/app/dialogs/{row}")
    assert (await look(town.clara, where))[0] == 200


async def test_one_does_not_move_where_one_has_no_seat(town: Town, shop: Shop) -> None:
    row = await shop.talk("Иван", "?")

    for token in (Spot(Page.DIALOGS, row).written, Spot(Page.TEAM).written, "x", ""):
        status, _ = await press(town.clara, "/app/open", {"token": token})
        assert status == 404, token
    assert (await town.clara.call("GET", "/api/v1/me"))[1]["tenant"]["id"] == str(town.plum)


async def test_a_browser_is_redirected_and_a_stranger_gets_the_shell(
    town: Town, shop: Shop
) -> None:
    spot = Spot(Page.DIALOGS, await shop.talk("Иван", "?"))
    url = town.door.url(f"/app/open?to={spot.written}")
    headers = {"Authorization": f"Bearer {town.anna.access}"}
    async with town.door.http.get(url, headers=headers, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, spot.path)
    async with town.door.http.get(url) as answer:
        assert "data-shell" in await answer.text()
