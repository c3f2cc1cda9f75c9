"""A notice that fails is its own trouble: counted, tried again, parked where people see it."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.incidents import queries as incident_queries
from services.kit.db import Tx
from services.notices.pump import MAX_TRIES
from services.notices.service import Notices
from services.outbox.models import State
from tests.services.notices.conftest import House

AGAIN = "UPDATE notice SET not_before = '-infinity'"


class Things:
    """Knows everything, but for what breaks it."""

    def __init__(self, *, breaks: str = "", times: int = 1_000) -> None:
        self.breaks, self.times, self.over = breaks, times, set[str]()
        self.after = 0

    async def link(self, tx: Tx, tenant_id: UUID, rule: str, subject: str) -> str:
        if subject == self.breaks and self.times > 0:
            self.after -= 1
            if self.after < 0:
                self.times -= 1
                await tx.execute("SELECT 1 / 0")
        return f"https://t.me/c/1/{subject}" if rule == "unanswered" else ""

    async def page(self, tx: Tx, tenant_id: UUID, rule: str, subject: str) -> str:
        return f"https://cabinet.example/app/open?to={subject}" if rule != "queue_depth" else ""

    async def stands(self, tx: Tx, tenant_id: UUID, rule: str, subject: str) -> bool:
        return subject not in self.over


def notices(house: House, things: Things) -> Notices:
    made = Notices(
        house.database,
        house.outbox,
        incidents=house.incidents,
        clock=house.clock,
        subjects=things,
    )
    made._ring = lambda: None  # type: ignore[method-assign]  # tests pump by hand
    return made


async def test_one_that_fails_leaves_the_others_told(house: House) -> None:
    mine = notices(house, Things(breaks="b"))
    for subject in ("a", "b", "c"):
        await house.open("channel_auth_lost", subject=subject)

    assert await mine.pump() == 2
    assert len(await house.letters()) == 2
    row = await house.owner.fetchrow("SELECT * FROM notice WHERE subject = 'b'")
    assert (row["state"], row["tries"], row["reason"]) == ("waiting", 1, "DivisionByZeroError")
    assert await mine.pump() == 0  # its turn comes later


async def test_half_made_copies_are_not_sent_and_not_sent_twice(house: House) -> None:
    await house.person("Вера", 1003, "cherry", "owner")
    things = Things(breaks="b", times=1)
    things.after = 1  # the first person's copy is made, the second one's fails
    mine = notices(house, things)
    await house.open("channel_auth_lost", subject="b")
    assert await mine.pump() == 0
    assert await house.letters() == []
    assert await house.owner.fetchval("SELECT count(*) FROM notice_copy") == 0

    await house.run(AGAIN)
    assert await mine.pump() == 2
    assert sorted(letter.chat_id for letter in await house.letters()) == ["1001", "1003"]


async def test_after_its_last_try_it_is_parked_and_admins_can_have_it_told(house: House) -> None:
    things = Things(breaks="b")
    mine = notices(house, things)
    await house.open("channel_auth_lost", subject="b")
    for _ in range(MAX_TRIES):
        await house.run(AGAIN)
        await mine.pump()
    assert await house.owner.fetchval("SELECT state FROM notice") == "parked"
    assert await house.owner.fetchval(incident_queries.PARKED_NOTICES) == 1

    things.times = 0
    async with house.database.tenant(house.tenants["platform"]) as tx:
        assert await mine.retell(tx) == 1
    assert await mine.pump() == 1
    assert await house.owner.fetchval(incident_queries.PARKED_NOTICES) == 0


async def test_held_copy_that_fails_is_tried_again(house: House) -> None:
    await house.run(
        'UPDATE users SET settings = \'{"quiet": ["22:00", "08:00"]}\''
        " WHERE telegram_user_id = 1001"
    )
    house.pass_hours(8)
    things = Things(breaks="b", times=1)
    mine = notices(house, things)
    async with house.database.tenant(house.tenants["cherry"]) as tx:
        await mine.tell(tx, house.tenants["cherry"], "unanswered", "b", {"minutes": "9"})
    await mine.pump()
    for made in (0, 1):
        await house.run("UPDATE notice_copy SET due_at = '-infinity'")
        assert await mine.pump() == made


async def test_who_waits_is_told_in_the_morning_unless_answered_by_then(house: House) -> None:
    await house.run(
        'UPDATE users SET settings = \'{"quiet": ["22:00", "08:00"]}\''
        " WHERE telegram_user_id = 1001"
    )
    house.pass_hours(8)
    things = Things()
    mine = notices(house, things)
    cherry = house.tenants["cherry"]
    for subject in ("1", "2"):
        async with house.database.tenant(cherry) as tx:
            await mine.tell(tx, cherry, "unanswered", subject, {"minutes": "9"})
    assert await mine.pump() == 0

    things.over.add("1")
    await house.run("UPDATE notice_copy SET due_at = '-infinity'")
    assert await mine.pump() == 1
    (letter,) = await house.letters()
    assert letter.action.buttons[0][0].callback == "n:take:2"
    assert letter.action.buttons[1][0].url == "https://t.me/c/1/2"
    assert letter.action.buttons[2][0].web_app == "https://cabinet.example/app/open?to=2"


async def test_the_way_into_the_cabinet_is_for_who_has_a_seat_there(house: House) -> None:
    mine = notices(house, Things())
    await house.open("channel_failing", subject="a")  # told to owners and to the platform's admins

    assert await mine.pump() == 2
    pages = {
        letter.chat_id: [button.web_app for row in letter.action.buttons for button in row]
        for letter in await house.letters()
    }
    assert any(pages["1001"])
    assert not any(pages["1"])
    await house.close("channel_failing", subject="a")
    await mine.pump()
    told = [letter for letter in await house.letters() if letter.text.startswith("✅")]
    clear = next(letter for letter in told if letter.chat_id == "1001")
    assert clear.action.buttons[-1][0].web_app == "https://cabinet.example/app/open?to=a"


@pytest.mark.parametrize("state", [State.SENT, State.PARKED])
async def test_what_became_of_a_copy_is_not_mistaken_for_one_that_was_never_made(
    house: House, state: State
) -> None:
    await house.open("channel_auth_lost")
    await house.notices.pump()
    (letter,) = await house.letters()
    await house.settle(letter, state, "7")
    assert await house.owner.fetchval(incident_queries.PARKED_NOTICES) == 0
