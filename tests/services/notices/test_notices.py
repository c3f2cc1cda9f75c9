"""One message per person and alert, an all clear that answers it, nobody woken needlessly."""

import asyncio

import pytest

from services.incidents.rules import RULES, Audience
from services.notices.service import Notices
from services.outbox.models import State
from tests.services.notices.conftest import House

QUIET = (
    """UPDATE users SET settings = '{"quiet": ["22:00", "08:00"]}' WHERE telegram_user_id = $1"""
)


async def test_an_alert_reaches_the_owner_and_nobody_else(house: House) -> None:
    await house.open("channel_auth_lost")

    assert await house.notices.pump() == 1

    (letter,) = await house.letters()
    assert letter.chat_id == "1001"
    assert letter.text.startswith("⚠️ Химки: ключ не подходит\n")
    assert "Введите ключ заново" in letter.text


async def test_what_concerns_both_reaches_owner_and_admin_once_each(house: House) -> None:
    await house.person("Анна", 1001, "platform", "admin")
    await house.open("deliveries_delayed")

    await house.notices.pump()

    assert sorted(letter.chat_id for letter in await house.letters()) == ["1", "1001"]


async def test_the_machines_own_trouble_is_the_admins(house: House) -> None:
    await house.open("queue_age", tenant="platform", subject="in")

    await house.notices.pump()

    (letter,) = await house.letters()
    assert letter.chat_id == "1"
    assert "входящая очередь" in letter.text


async def test_pumping_again_and_at_once_tells_nobody_twice(house: House) -> None:
    await house.open("channel_auth_lost")
    other = Notices(house.database, house.outbox, incidents=house.incidents, clock=house.clock)

    made = await asyncio.gather(house.notices.pump(), other.pump(), house.notices.pump())
    made.append(await other.pump())

    assert sum(made) == 1
    assert len(await house.letters()) == 1


async def test_an_all_clear_answers_its_alert(house: House) -> None:
    await house.open("channel_auth_lost")
    await house.notices.pump()
    (alert,) = await house.letters()
    await house.settle(alert, State.SENT, "777")

    house.pass_hours(1.35)
    await house.close("channel_auth_lost")
    await house.notices.pump()

    _, clear = await house.letters()
    assert clear.text == "✅ Химки: снова работает\nДлилось 1 ч 21 мин."
    assert clear.target_kind == "notice"
    assert (await house.resolve(clear)).reply_to == "777"


async def test_an_all_clear_goes_out_even_if_its_alert_did_not(house: House) -> None:
    await house.open("channel_auth_lost")
    await house.notices.pump()
    (alert,) = await house.letters()
    await house.settle(alert, State.PARKED)
    await house.close("channel_auth_lost")
    await house.notices.pump()

    _, clear = await house.letters()

    assert (await house.resolve(clear)).reply_to == ""


async def test_the_same_incident_again_is_a_new_alert(house: House) -> None:
    for _ in range(2):
        await house.open("channel_auth_lost")
        await house.close("channel_auth_lost")
        await house.notices.pump()

    texts = [letter.text[:1] for letter in await house.letters()]

    assert texts == ["⚠", "✅", "⚠", "✅"]


async def test_what_can_wait_waits_for_the_morning(house: House) -> None:
    await house.run(QUIET, 1001)
    await house.run("UPDATE users SET status = 'left' WHERE telegram_user_id = 1")
    house.pass_hours(8)  # 20:00 UTC is 23:00 in Moscow
    await house.open("webhook_misses")
    await house.notices.pump()
    assert await house.letters() == []

    due = await house.owner.fetchval("SELECT due_at FROM notice_copy")
    assert due.isoformat() == "2026-11-25T05:00:00+00:00"
    await house.run("UPDATE notice_copy SET due_at = '-infinity'")
    await house.notices.pump()

    (letter,) = await house.letters()
    assert "пропускает уведомления" in letter.text


async def test_what_is_over_by_the_morning_is_never_told(house: House) -> None:
    await house.run(QUIET, 1001)
    await house.run("UPDATE users SET status = 'left' WHERE telegram_user_id = 1")
    house.pass_hours(8)
    await house.open("webhook_misses")
    await house.notices.pump()

    await house.close("webhook_misses")
    await house.notices.pump()
    await house.run("UPDATE notice_copy SET due_at = '-infinity'")
    await house.notices.pump()

    assert await house.letters() == []


async def test_the_urgent_wakes_people(house: House) -> None:
    await house.run(QUIET, 1001)
    house.pass_hours(8)
    await house.open("channel_auth_lost")

    assert await house.notices.pump() == 1


async def test_notices_wait_for_a_master_bot(house: House) -> None:
    await house.run("UPDATE channel SET status = 'suspended'")
    await house.open("workspace_unreachable")
    assert await house.notices.pump() == 0

    await house.run("UPDATE channel SET status = 'active'")

    assert await house.notices.pump() == 1


async def test_a_rollback_tells_nothing(house: House) -> None:
    async def fail() -> None:
        async with house.database.tenant(house.tenants["cherry"]) as tx:
            await house.incidents.open(tx, "queue_age", "in", house.tenants["cherry"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    assert await house.notices.pump() == 0


async def test_a_lost_group_is_an_incident_and_its_return_the_all_clear(house: House) -> None:
    cherry = house.tenants["cherry"]
    async with house.database.tenant(cherry) as tx:
        for _ in range(2):
            params = {"workspace": "Продажи", "reason": "kicked"}
            await house.notices.tell(tx, cherry, "workspace_lost", "w", params)
    async with house.database.tenant(cherry) as tx:
        params = {"workspace": "Продажи", "parked": "6"}
        await house.notices.tell(tx, cherry, "workspace_back", "w", params)
    await house.notices.pump()

    alert, clear = await house.letters()

    assert alert.text.startswith("⚠️ Группа «Продажи» недоступна")
    assert clear.text.startswith("✅ Группа «Продажи» снова на связи")
    assert "по порядку, без повторов: 6" in clear.text


async def test_news_are_told_once_and_to_the_tenants_owner(house: House) -> None:
    plum = house.tenants["plum"]
    for _ in range(3):
        async with house.database.tenant(plum) as tx:
            await house.notices.tell(tx, plum, "something_new", "x", {})

    await house.notices.pump()

    (letter,) = await house.letters()
    assert letter.chat_id == "2001"
    assert letter.text.startswith("ℹ️ ")


async def test_another_tenant_sees_no_notice(house: House) -> None:
    await house.open("channel_auth_lost")

    async with house.database.tenant(house.tenants["plum"]) as tx:
        assert await tx.value("SELECT count(*) FROM notice") == 0
        assert await tx.value("SELECT count(*) FROM incident") == 0


def test_every_rule_knows_its_audience() -> None:
    machine = {name for name, rule in RULES.items() if rule.audience is Audience.ADMINS}

    assert "channel_auth_lost" not in machine
    assert "database_away" in machine
