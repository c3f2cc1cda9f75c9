"""Hours and terms: an owner's change is stored, audited and followed; nobody else's is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.service import Audit
from services.conversations.hours import parse_calendar
from services.conversations.policy import Callee, Policies, Policy, make_policy, read_bridge
from services.conversations.terms import Rung, Terms, TermsView, read_minutes, read_rungs
from services.conversations.timetable import EVER, read_week
from services.kit.clock import SystemClock
from services.kit.crypto import Keyring, MasterKey
from services.kit.db import Database, open_database
from services.kit.errors import Forbidden, InvalidInput, NotFound
from services.kit.ids import new_id
from services.tenants.actor import Actor, ActorKind, Role
from services.tenants.keys import load_data_key
from services.tenants.service import SYSTEM, NewTenant, Tenants
from tests.conftest import Dsns

MASTER = MasterKey(bytes(range(32)))
WEEKDAYS = read_week("пн-пт 9-18")


@dataclass
class Office:
    """Two businesses and their terms."""

    database: Database
    terms: Terms
    policies: Policies
    cherry: UUID
    plum: UUID

    def owner(self, tenant_id: UUID | None = None, role: Role | None = Role.OWNER) -> Actor:
        return Actor(ActorKind.MEMBER, new_id(), tenant_id or self.cherry, role)

    async def act(self, name: str, *args: Any, actor: Actor | None = None, **more: Any) -> None:
        async with self.database.tenant(self.cherry) as tx:
            await getattr(self.terms, name)(tx, actor or self.owner(), *args, **more)

    async def read(self, tenant_id: UUID | None = None) -> TermsView:
        async with self.database.tenant(tenant_id or self.cherry) as tx:
            return await self.terms.read(tx)


@pytest.fixture
async def office(dsns: Dsns) -> AsyncIterator[Office]:
    database = await open_database(dsns.app_dsn)
    audit = Audit(Keyring(load_data_key(database, MASTER)))
    tenants = Tenants(audit, master=MASTER)
    policies = Policies(SystemClock())
    async with database.system("a test prepares") as tx:
        cherry = await tenants.create(tx, SYSTEM, NewTenant(name="Вишня"))
        plum = await tenants.create(tx, SYSTEM, NewTenant(name="Plum", locale="en"))
    yield Office(database, Terms(audit, policies, clock=SystemClock()), policies, cherry, plum)
    await database.close()


async def test_business_that_set_nothing_is_always_open_and_calls_in_turn(office: Office) -> None:
    view = await office.read()

    assert (view.week, view.closed_on, view.is_away_on) == (EVER, (), False)
    assert view.rungs == (
        Rung(10, Callee.ASSIGNEE), Rung(20, Callee.GROUP), Rung(30, Callee.OWNER),
    )  # fmt: skip
    assert (view.target_minutes, view.is_target_own) == (20, False)


async def test_everything_set_is_read_back_and_another_business_keeps_its_own(
    office: Office,
) -> None:
    rungs = (Rung(5, Callee.GROUP), Rung(15, Callee.OWNER))
    holiday = date(2027, 1, 1)

    await office.act("set_closed", [holiday])
    assert (await office.read()).week == EVER  # one closed date closes no other day
    await office.act("set_hours", WEEKDAYS)
    await office.act("set_away", "  Ответим утром ")
    await office.act("set_ladder", rungs)
    await office.act("set_target", 7)
    await office.act("set_zone", "Asia/Omsk")

    view = await office.read()
    assert (view.week, view.closed_on, view.zone) == (WEEKDAYS, (holiday,), "Asia/Omsk")
    assert (view.away_text, view.is_away_on, view.rungs) == ("Ответим утром", True, rungs)
    assert (view.target_minutes, view.is_target_own) == (7, True)
    other = await office.read(office.plum)
    assert (other.week, other.away_text, other.target_minutes) == (EVER, "", 20)


async def test_away_text_is_kept_while_it_is_off(office: Office) -> None:
    await office.act("set_away", "Ответим утром")
    await office.act("switch_away", on=False)
    off = await office.read()
    await office.act("switch_away", on=True)

    assert (off.is_away_on, off.away_text) == (False, "Ответим утром")
    assert (await office.read()).is_away_on


async def test_change_is_in_force_at_once_where_it_was_made(office: Office) -> None:
    async with office.database.tenant(office.cherry) as tx:
        before = await office.policies.of(tx)
    await office.act("set_hours", WEEKDAYS)
    async with office.database.tenant(office.cherry) as tx:
        after = await office.policies.of(tx)

    assert before.calendar.always
    assert after.calendar.week == WEEKDAYS


async def test_what_waits_is_looked_at_anew(office: Office) -> None:
    now = datetime.now(UTC)
    async with office.database.tenant(office.cherry) as tx:
        channel, contact, chat = new_id(), new_id(), new_id()
        await tx.execute(
            "INSERT INTO channel (tenant_id, id, provider, kind, name, external_id, hook_key)"
            " VALUES ($1, $2, 'market', 'account', 'm', '1', $3)",
            office.cherry, channel, str(channel),
        )  # fmt: skip
        await tx.execute(
            "INSERT INTO contact (tenant_id, id) VALUES ($1, $2)", office.cherry, contact
        )
        await tx.execute(
            "INSERT INTO conversation (tenant_id, id, channel_id, external_chat_id, contact_id,"
            " state, waiting_since, next_check_at)"
            " VALUES ($1, $2, $3, 'c', $4, 'waiting', now(), now() + interval '9 days')",
            office.cherry, chat, channel, contact,
        )  # fmt: skip

    await office.act("set_ladder", [Rung(1, Callee.OWNER)])

    async with office.database.tenant(office.cherry) as tx:
        look = await tx.value("SELECT next_check_at FROM conversation WHERE id = $1", chat)
    assert now < look < now + timedelta(minutes=1)


async def test_change_leaves_an_audit_row_of_names(office: Office) -> None:
    owner = office.owner()
    await office.act("set_away", "Ответим утром", actor=owner)

    async with office.database.tenant(office.cherry) as tx:
        row = await tx.row(
            "SELECT * FROM audit_entry WHERE tenant_id = $1 AND action = 'terms.change'",
            office.cherry,
        )
    assert row is not None
    assert owner.id in row.values()
    assert "away_text" in str(dict(row))
    assert "утром" not in str(dict(row))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ANALYST, Role.BILLING, None])
async def test_only_an_owner_changes(office: Office, role: Role | None) -> None:
    with pytest.raises(Forbidden):
        await office.act("set_hours", WEEKDAYS, actor=office.owner(role=role))
    with pytest.raises(NotFound):  # an owner, but of another business
        await office.act("set_closed", [], actor=office.owner(office.plum))
    assert (await office.read()).week == EVER


NINE, SIX = time(9), time(18)


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("set_hours", ((),) * 7, "hours.never"),
        ("set_hours", (((NINE, SIX),),) * 6, "hours.never"),  # a day is missing
        ("set_hours", (((SIX, NINE),),) * 7, "hours.overlap"),
        ("set_hours", (((NINE, SIX), (time(17), time(20))),) * 7, "hours.overlap"),
        ("set_away", "  ", "terms.away_length"),
        ("set_away", "я" * 1001, "terms.away_length"),
        ("set_ladder", (), "terms.rungs_count"),
        ("set_ladder", tuple(Rung(m, Callee.GROUP) for m in range(1, 7)), "terms.rungs_count"),
        ("set_ladder", (Rung(20, Callee.GROUP), Rung(10, Callee.OWNER)), "terms.rungs_order"),
        ("set_ladder", (Rung(10, Callee.GROUP), Rung(10, Callee.OWNER)), "terms.rungs_order"),
        ("set_ladder", (Rung(0, Callee.GROUP),), "terms.rungs_order"),
        ("set_ladder", (Rung(99_999, Callee.GROUP),), "terms.rungs_order"),
        ("set_target", 0, "terms.target_range"),
        ("set_target", 99_999, "terms.target_range"),
        ("set_zone", "Moscow", "error.zone"),
    ],
)
async def test_bad_value_is_refused_and_nothing_changes(
    office: Office, name: str, value: Any, key: str
) -> None:
    before = await office.read()

    with pytest.raises(InvalidInput) as refused:
        await office.act(name, value)

    assert refused.value.key == key
    assert await office.read() == before


async def test_settings_of_another_shape_are_replaced_not_obeyed(office: Office) -> None:
    async with office.database.system("a test prepares") as tx:
        await tx.execute(
            """UPDATE tenant SET settings = '{"bridge": [1], "x": 2}' WHERE id = $1""",
            office.cherry,
        )

    await office.act("set_target", 9)

    assert (await office.read()).target_minutes == 9


def test_ladder_is_read_from_words() -> None:
    by_place = (Rung(5, Callee.ASSIGNEE), Rung(10, Callee.GROUP), Rung(15, Callee.OWNER))

    assert read_rungs("5 10 15") == by_place
    assert read_rungs("через 5, 10, 15 мин") == by_place
    assert read_rungs("5 group, then 10 assignee and 15 owner") == (
        Rung(5, Callee.GROUP), Rung(10, Callee.ASSIGNEE), Rung(15, Callee.OWNER),
    )  # fmt: skip
    assert read_rungs("10 мин ответственный; 60 владельца") == (
        Rung(10, Callee.ASSIGNEE), Rung(60, Callee.OWNER),
    )  # fmt: skip
    assert read_rungs("15") == (Rung(15, Callee.ASSIGNEE),)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "terms.rungs_unreadable"),
        ("скоро", "terms.rungs_unreadable"),
        ("10 директор", "terms.rungs_unreadable"),
        ("10 группа, 20", "terms.rungs_names"),
        ("10, 20 группа", "terms.rungs_names"),
        ("группа 10", "terms.rungs_names"),
    ],
)
def test_ladder_without_sense_is_refused(text: str, key: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_rungs(text)

    assert refused.value.key == key


@given(st.text(max_size=40))
def test_any_text_is_a_ladder_or_a_refusal(text: str) -> None:
    for read in (read_rungs, read_minutes):
        try:
            read(text)
        except InvalidInput:
            continue


def test_minutes_are_read_with_or_without_their_word() -> None:
    assert [read_minutes(text) for text in ("20", " 20 мин.", "20 minutes")] == [20, 20, 20]
    for text in ("", "скоро", "20 км", "-5", "1.5"):
        with pytest.raises(InvalidInput):
            read_minutes(text)


def test_who_is_called_can_be_chosen() -> None:
    chosen = read_bridge('{"bridge": {"ladder": [5, 9], "calls": ["owner", "group"]}}')
    policy = make_policy("ru", "UTC", chosen)
    plain = Policy("ru", "UTC", parse_calendar("UTC", None), (5, 9), "")

    assert [policy.callee(step) for step in (1, 2)] == [Callee.OWNER, Callee.GROUP]
    assert [plain.callee(step) for step in (1, 2)] == [Callee.ASSIGNEE, Callee.OWNER]
    wrong = read_bridge('{"bridge": {"ladder": [5, 9], "calls": ["boss", "group"]}}')
    assert make_policy("ru", "UTC", wrong).callee(1) is Callee.ASSIGNEE
