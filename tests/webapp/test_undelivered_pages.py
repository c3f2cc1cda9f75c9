"""What did not get through, through the page's own addresses: sums, filters, one, all, never."""

from __future__ import annotations

import re
from uuid import UUID

import orjson
import pytest

from services.kit.ids import new_id
from services.tenants.actor import Role
from tests.services.desk.shops import Shop
from tests.webapp.pages import look, press
from tests.webapp.people import Town

PLACE = "/app/undelivered"


@pytest.fixture
async def stuck(town: Town, shop: Shop) -> dict[str, UUID]:
    """Five that wait: three of one account for one reason, one in doubt, one elsewhere."""
    rows = [
        ("Иван", "provider_down", "parked", 0),
        ("Пётр", "provider_down", "parked", 0),
        ("Ольга", "provider_down", "parked", 0),
        ("Марина", "timeout", "unknown", 0),
        ("Зоя", "too_big", "parked", 1),
    ]
    return {name: await give_up(town, shop, name, *rest) for name, *rest in rows}


async def give_up(
    town: Town, shop: Shop, name: str, reason: str, state: str, channel: int
) -> UUID:
    """An answer of Boris that was given up on; return its delivery."""
    row = await shop.talk(name, "?", channel=channel)
    words = {"text": f"ответ для {name}", "key": "k"}
    await town.boris.call("POST", f"/api/v1/dialogs/{row}/messages", words)
    async with shop.services.database.tenant(shop.id) as tx:
        await tx.execute("DELETE FROM delivery_open")
        found: UUID = await tx.value(
            "UPDATE delivery SET state = $1, reason = $2"
            " WHERE purpose = 'to_buyer' AND conversation_id = $3 RETURNING id",
            state,
            reason,
            row,
        )
        return found


async def left(shop: Shop) -> int:
    async with shop.services.database.tenant(shop.id) as tx:
        found: int = await tx.value("SELECT count(*) FROM delivery_stuck")
        return found


def numbers(text: str) -> list[int]:
    """The counts of the heaps' sentences."""
    return [int(one) for one in re.findall(r"(\d+) сообщени\w+ (?:ждёт|ждут) с", text)]


async def test_heaps_add_up_to_the_heading(town: Town, stuck: dict[str, UUID]) -> None:
    status, text = await look(town.boris, PLACE)

    assert status == 200
    assert "Не дошли 5" in text
    assert "Ничего не потеряно" in text
    assert sorted(numbers(text)) == [1, 1, 3]


async def test_filters_by_account_and_state_agree_with_their_counts(
    town: Town, shop: Shop, stuck: dict[str, UUID]
) -> None:
    _, first = await look(town.boris, f"{PLACE}?channel={shop.channels[0]}")
    _, other = await look(town.boris, f"{PLACE}?channel={shop.channels[1]}")
    _, doubt = await look(town.boris, f"{PLACE}?state=unknown")
    _, nothing = await look(town.boris, f"{PLACE}?state=unknown&channel={shop.channels[1]}")

    assert ("Не дошли 4" in first, "Зоя" in first) == (True, False)
    assert ("Не дошло 1" in other, "Зоя" in other) == (True, True)
    assert ("Марина" in doubt, "Иван" in doubt) == (True, False)
    assert "Здесь всё дошло" in nothing


async def test_one_is_shown_with_who_what_why_and_since(
    town: Town, stuck: dict[str, UUID]
) -> None:
    status, text = await look(town.boris, f"{PLACE}/{stuck['Зоя']}")

    assert status == 200
    for words in ("Зоя", "ответ для Зоя", "Файл слишком велик", "Ждёт с"):
        assert words in text


async def test_one_is_sent_again_and_the_others_wait(
    town: Town, shop: Shop, stuck: dict[str, UUID]
) -> None:
    _, place = await press(town.boris, f"{PLACE}/retry", {"id": str(stuck["Иван"])})
    _, text = await look(town.boris, place)

    assert await left(shop) == 4
    assert "Отправляем снова: 1 сообщение" in text


async def test_a_heap_is_sent_again_within_its_account(
    town: Town, shop: Shop, stuck: dict[str, UUID]
) -> None:
    wanted = {"reason": "provider_down", "state": "parked", "channel": str(shop.channels[1])}
    await press(town.boris, f"{PLACE}/retry", wanted)
    untouched = await left(shop)
    await press(town.boris, f"{PLACE}/retry", wanted | {"channel": str(shop.channels[0])})

    assert (untouched, await left(shop)) == (5, 2)


async def test_the_sheet_says_what_is_lost_in_numbers_and_asking_loses_nothing(
    town: Town, shop: Shop, stuck: dict[str, UUID]
) -> None:
    _, text = await look(town.boris, f"{PLACE}/drop?reason=provider_down&state=parked")

    assert "Убрать 3 сообщения?" in text
    assert "3 ответа не уйдут покупателям" in text
    assert await left(shop) == 5
    await press(town.boris, f"{PLACE}/drop", {"reason": "provider_down", "state": "parked"})
    assert await left(shop) == 2


async def test_an_empty_form_moves_nothing(town: Town, shop: Shop, stuck: dict[str, UUID]) -> None:
    for act in ("retry", "drop"):
        status, _ = await press(town.boris, f"{PLACE}/{act}", {})
        assert status == 303

    assert await left(shop) == 5


async def test_a_manager_of_one_account_sees_and_moves_only_its_own(
    town: Town, shop: Shop, stuck: dict[str, UUID]
) -> None:
    scope = orjson.dumps({"channels": [str(shop.channels[1])]}).decode()
    await shop.write(
        "UPDATE membership SET scope = $2 WHERE tenant_id = $1 AND role = 'manager'", scope
    )
    _, text = await look(town.boris, PLACE)
    hidden, _ = await look(town.boris, f"{PLACE}/{stuck['Иван']}")
    await press(town.boris, f"{PLACE}/drop", {"id": str(stuck["Иван"])})

    assert ("Не дошло 1" in text, "Иван" in text, hidden) == (True, False, 404)
    assert await left(shop) == 5


async def test_a_foreign_id_answers_like_an_unknown_one(
    town: Town, shop: Shop, stuck: dict[str, UUID]
) -> None:
    for row in (stuck["Иван"], new_id(), "no-id"):
        assert (await look(town.clara, f"{PLACE}/{row}"))[0] == 404
        assert (await look(town.clara, f"{PLACE}/{row}/drop"))[0] == 404
    await press(town.clara, f"{PLACE}/drop", {"id": str(stuck["Иван"])})

    assert await left(shop) == 5


async def test_an_analyst_sees_and_cannot_act(town: Town, stuck: dict[str, UUID]) -> None:
    await town.role(town.dora, Role.ANALYST)
    _, text = await look(town.dora, PLACE)

    assert "Не дошли 5" in text
    assert "/app/undelivered/retry" not in text
    assert (await press(town.dora, f"{PLACE}/retry", {"id": str(stuck["Иван"])}))[0] == 403


async def test_nothing_stuck_is_said_with_praise(town: Town, shop: Shop) -> None:
    _, text = await look(town.boris, PLACE)

    assert "Всё дошло" in text


async def test_a_made_up_filter_finds_nothing_and_breaks_nothing(
    town: Town, stuck: dict[str, UUID]
) -> None:
    for query in ("reason=no_such", "channel=no-id", "state=no", "cursor=%D0%B6", "moved=-1"):
        assert (await look(town.boris, f"{PLACE}?{query}"))[0] in {200, 400}
