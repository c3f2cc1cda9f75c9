"""Quiet until noon: for one person, about one thing, and the good news all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.ids import new_id
from services.notices import rules
from services.notices.mutes import Muted
from services.outbox.models import State
from tests.services.notices.conftest import House, Letter

RULE = "channel_failing"


async def alert(house: House, subject: str = "s", tenant: str = "cherry") -> list[Letter]:
    before = len(await house.letters())
    await house.open(RULE, tenant, subject)
    await house.notices.pump()
    return (await house.letters())[before:]


async def calm(house: House, subject: str = "s") -> list[Letter]:
    before = len(await house.letters())
    await house.close(RULE, subject=subject)
    await house.notices.pump()
    return (await house.letters())[before:]


async def press(house: House, letter: Letter, who: str, hours: float = 3) -> Muted | None:
    until = house.clock.at + timedelta(hours=hours)
    async with house.database.tenant(house.tenants["platform"]) as tx:
        return await house.notices.mute(tx, letter.copy_id, house.people[who], until)


def of(letters: list[Letter], chat: str) -> Letter:
    return next(letter for letter in letters if letter.chat_id == chat)


def chats(letters: list[Letter]) -> list[str]:
    return sorted(letter.chat_id for letter in letters)


async def test_alert_offers_quiet_and_says_until_when(house: House) -> None:
    letter = of(await alert(house), "1001")  # noon in London, three in Moscow
    (button,) = letter.action.buttons[-1]
    assert button.text == "Тише до 18:00"
    _, verb, copy_id, moment = str(button.callback).split(":")
    assert (verb, copy_id) == ("quiet", str(letter.copy_id))
    assert datetime.fromtimestamp(int(moment), UTC).hour == 15


async def test_muted_person_hears_no_new_alert_of_it_and_others_do(house: House) -> None:
    first = await alert(house)
    muted = await press(house, of(first, "1001"), "Анна")
    assert muted is not None
    assert muted.clock == "18:00"

    await house.settle(of(first, "1001"), State.SENT, "77")
    assert chats(await calm(house)) == ["1", "1001"]  # the alert that was told gets its answer
    assert chats(await alert(house)) == ["1"]
    assert chats(await calm(house)) == ["1"]  # nothing was told, nothing is taken back


async def test_mute_is_about_one_thing_of_one_business(house: House) -> None:
    await house.person("Анна", 1001, "plum", "owner")
    await press(house, of(await alert(house), "1001"), "Анна")

    assert "1001" in chats(await alert(house, "other"))
    assert "1001" in chats(await alert(house, "s", "plum"))


async def test_when_the_mute_ends_what_still_stands_is_told(house: House) -> None:
    await press(house, of(await alert(house), "1001"), "Анна")
    await calm(house)
    assert chats(await alert(house)) == ["1"]

    due = await house.owner.fetchval("SELECT due_at FROM notice_copy WHERE state = 'held'")
    assert due == house.clock.at + timedelta(hours=3)
    await house.run("UPDATE notice_copy SET due_at = '-infinity' WHERE state = 'held'")
    before = len(await house.letters())
    await house.notices.pump()
    assert chats((await house.letters())[before:]) == ["1001"]


async def test_undoing_it_brings_what_was_held_at_once(house: House) -> None:
    first = of(await alert(house), "1001")
    await press(house, first, "Анна")
    await calm(house)
    await alert(house)

    async with house.database.tenant(house.tenants["platform"]) as tx:
        found = await house.notices.unmute(tx, first.copy_id, house.people["Анна"])
    assert found is not None
    before = len(await house.letters())
    await house.notices.pump()
    assert chats((await house.letters())[before:]) == ["1001"]


@pytest.mark.parametrize("who", ["Ольга", "Борис", "Пётр"])
async def test_nobody_mutes_another_persons_copy(house: House, who: str) -> None:
    letter = of(await alert(house), "1001")
    assert await press(house, letter, who) is None
    async with house.database.tenant(house.tenants["platform"]) as tx:
        assert await house.notices.unmute(tx, letter.copy_id, house.people[who]) is None
        assert await house.notices.unmute(tx, new_id(), house.people[who]) is None
    assert await house.owner.fetchval("SELECT count(*) FROM notice_mute") == 0


@pytest.mark.parametrize("hours", [-1, 0, 37, 10_000])
async def test_moment_gone_by_or_far_away_mutes_nothing(house: House, hours: float) -> None:
    letter = of(await alert(house), "1001")
    assert await press(house, letter, "Анна", hours) is None


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - UTC is added
    st.sampled_from(["Europe/Moscow", "Asia/Kamchatka", "America/New_York", "nonsense", ""]),
)
def test_mute_ends_at_a_round_hour_one_to_sixteen_hours_ahead(now: datetime, zone: str) -> None:
    moment = now.replace(tzinfo=UTC)
    end = rules.mute_end(moment, zone)
    assert timedelta(hours=1) <= end - moment <= timedelta(hours=17)
    assert rules.clock(end, zone) in ("9:00", "12:00", "18:00")


def test_buttons_fit_into_what_telegram_takes() -> None:
    longest = f"n:quiet:{new_id()}:{int(datetime(2200, 1, 1, tzinfo=UTC).timestamp())}"
    assert len(longest.encode()) <= 64
