"""What members do from the cabinet: the buyer, the topic and the journal agree about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from services.connectors import errors
from services.connectors.messages import OutboundMessage
from services.conversations.assigning import Outcome
from services.desk.acts import Said
from services.desk.service import Desk
from services.desk.undo import Undo
from services.desk.values import StuckFilter, Viewer
from services.kit.errors import Conflict, InvalidInput, NotFound
from services.kit.ids import new_id
from services.kit.settings import Settings
from services.tenants.actor import Actor, ActorKind, Role
from tests.services.conversations.conftest import town  # noqa: F401 - a fixture
from tests.services.conversations.town import Town, until


@dataclass
class Office:
    """Boris at the cabinet of cherry; Olga sits at plum's."""

    town: Town
    desk: Desk
    viewer: Viewer
    actor: Actor
    stranger: Viewer

    async def conversation(self) -> UUID:
        return UUID(str((await self.town.one("SELECT id FROM conversation"))["id"]))

    async def say(self, text: str, *, key: str = "k1", **more: Any) -> UUID:
        said = Said(await self.conversation(), text, key, **more)
        async with self.town.tx("cherry") as tx:
            return await self.desk.acts.say(tx, self.viewer, self.actor, said)


@pytest.fixture
async def office(town: Town, settings: Settings) -> Office:  # noqa: F811
    services = town.services
    desk = Desk(
        town.clock,
        town.conversations,
        outbox=services.outbox,
        audit=services.features.audit,
        accounts=services.features.desk.accounts,
        attachments=services.features.desk.attachments,
        beside=services.features.desk.beside,
        undo=Undo(services.keyring, town.clock, town.conversations, services.features.audit),
    )
    boris = await town.one("SELECT id FROM users WHERE telegram_user_id = $1", 1001)
    viewer = Viewer(boris["id"], "Борис")
    actor = Actor(ActorKind.MEMBER, boris["id"], town.tenants["cherry"], Role.MANAGER)
    await town.buyer("Ещё продаёте?")
    await town.calm()
    return Office(town, desk, viewer, actor, Viewer(new_id(), "Ольга"))


async def test_answer_reaches_the_buyer_once_and_stands_in_the_topic(office: Office) -> None:
    await office.say("Да, продаём")
    await office.say("Да, продаём")  # the same key: a double tap

    await until(lambda: office.town.market.chats["u2i-1"] == ["Да, продаём"])
    await until(lambda: office.town.house.texts()[-1:] == ["Борис:\nДа, продаём"])
    await office.town.calm()
    assert office.town.market.chats["u2i-1"] == ["Да, продаём"]


async def test_note_stands_in_the_topic_and_never_reaches_the_buyer(office: Office) -> None:
    await office.say("торгуется", is_note=True)

    await until(lambda: office.town.house.texts()[-1:] == ["🔒 Заметка · Борис:\nторгуется"])
    await office.town.calm()
    assert office.town.market.chats["u2i-1"] == []
    row = await office.town.one("SELECT state FROM conversation")
    assert row["state"] == "waiting"


@pytest.mark.parametrize(
    ("text", "key"), [("", "k"), (" \n ", "k"), ("x" * 10_001, "k"), ("x", "")]
)
async def test_what_cannot_be_said_is_refused_by_field(
    office: Office, text: str, key: str
) -> None:
    with pytest.raises(InvalidInput) as told:
        await office.say(text, key=key)
    assert told.value.field in ("text", "key")


async def test_draft_is_kept_until_the_answer_goes(office: Office) -> None:
    row = await office.conversation()
    async with office.town.tx("cherry") as tx:
        await office.desk.acts.draft(tx, office.viewer, row, "Да, прод")
    async with office.town.tx("cherry") as tx:
        assert (await office.desk.dialogs.thread(tx, office.viewer, row)).draft == "Да, прод"

    await office.say("Да, продаём")

    async with office.town.tx("cherry") as tx:
        assert (await office.desk.dialogs.thread(tx, office.viewer, row)).draft == ""


async def test_first_to_take_leads_and_anybody_in_the_team_may_be_given_it(office: Office) -> None:
    row, acts = await office.conversation(), office.desk.acts
    anna = await office.town.one("SELECT id FROM users WHERE telegram_user_id = $1", 1000)
    async with office.town.tx("cherry") as tx:
        assert (await acts.take(tx, office.viewer, office.actor, row)).outcome is Outcome.MINE
        assert await acts.assign(tx, office.viewer, office.actor, row, anna["id"])
        late = await acts.take(tx, office.viewer, office.actor, row)
        assert (late.outcome, late.name) == (Outcome.HELD, "Анна")
        with pytest.raises(InvalidInput):
            await acts.assign(tx, office.viewer, office.actor, row, new_id())


async def test_close_snooze_block_and_reopen_move_the_state_and_the_journal(
    office: Office,
) -> None:
    row, acts = await office.conversation(), office.desk.acts
    who = (office.viewer, office.actor, row)
    async with office.town.tx("cherry") as tx:
        assert await acts.snooze(tx, *who, "1h") > office.town.clock.now()
        assert await acts.close(tx, *who)
        assert not await acts.close(tx, *who)
        with pytest.raises(Conflict):
            await acts.snooze(tx, *who, "1h")
        with pytest.raises(InvalidInput):
            await acts.snooze(tx, *who, "year")
        assert await acts.reopen(tx, *who)
        assert await acts.block(tx, *who)
        acted = await tx.fetch("SELECT action FROM audit_entry ORDER BY id")
    assert [entry["action"] for entry in acted] == [
        "dialog.snoozed",
        "dialog.closed",
        "dialog.reopened",
        "dialog.blocked",
    ]


async def test_nobody_acts_outside_their_scope_or_business(office: Office) -> None:
    row, acts = await office.conversation(), office.desk.acts
    narrow = Viewer(office.viewer.user_id, "Борис", frozenset({new_id()}))
    for slug, viewer in (("cherry", narrow), ("plum", office.stranger)):
        for act in (acts.take, acts.close, acts.reopen, acts.block):
            async with office.town.tx(slug) as tx:
                with pytest.raises(NotFound):
                    await act(tx, viewer, office.actor, row)
        async with office.town.tx(slug) as tx:
            with pytest.raises(NotFound):
                await acts.say(tx, viewer, office.actor, Said(row, "x", "k"))


async def test_what_did_not_get_through_is_named_by_reason_and_goes_again(office: Office) -> None:
    town_, desk = office.town, office.desk

    def refuse(action: Any) -> Exception | None:
        return errors.Rejected("no") if isinstance(action, OutboundMessage) else None

    town_.market.refuse = refuse
    await office.say("не дойдёт")
    await town_.calm()
    async with town_.tx("cherry") as tx:
        (group,) = await desk.undelivered.groups(tx, office.viewer)
        (stuck,), _ = await desk.undelivered.page(tx, office.viewer, StuckFilter())
        assert (group.count, stuck.text, stuck.person) == (1, "не дойдёт", "Иван")
        thread = await desk.dialogs.thread(tx, office.viewer, await office.conversation())
        assert thread.items[-1].stuck == (stuck.id,)
    async with town_.tx("plum") as tx:
        assert await desk.undelivered.retry(tx, office.stranger, office.actor, ids=[stuck.id]) == 0
    narrow = Viewer(office.viewer.user_id, "Борис", frozenset({new_id()}))
    async with town_.tx("cherry") as tx:
        assert await desk.undelivered.groups(tx, narrow) == []
        assert await desk.undelivered.retry(tx, narrow, office.actor) == 0

    town_.market.refuse = lambda _action: None
    async with town_.tx("cherry") as tx:
        assert await desk.undelivered.retry(tx, office.viewer, office.actor) == 1
    await until(lambda: town_.market.chats["u2i-1"] == ["не дойдёт"])
    async with town_.tx("cherry") as tx:
        assert await desk.undelivered.retry(tx, office.viewer, office.actor) == 0


async def test_what_is_dropped_never_goes(office: Office) -> None:
    office.town.market.refuse = lambda a: (
        errors.Rejected("no") if isinstance(a, OutboundMessage) else None
    )
    await office.say("передумали")
    await office.town.calm()
    office.town.market.refuse = lambda _action: None

    async with office.town.tx("cherry") as tx:
        wanted = StuckFilter(state="parked")
        assert await office.desk.undelivered.drop(tx, office.viewer, office.actor, wanted) == 1

    await office.town.calm()
    assert office.town.market.chats["u2i-1"] == []
    row = await office.town.one("SELECT state FROM message WHERE direction = 'out'")
    assert row["state"] == "dropped"


async def test_an_act_taken_back_is_taken_back_in_the_group_too(office: Office) -> None:
    row, acts, house = await office.conversation(), office.desk.acts, office.town.house
    who, (thread,) = (office.viewer, office.actor, row), house.topics
    for act in (acts.take, acts.close):
        async with office.town.tx("cherry") as tx:
            before = await office.desk.undo.before(tx, office.viewer, row)
            await act(tx, *who)
            token = await office.desk.undo.token(tx, office.viewer, row, before)
        await until(lambda: "Ведёт" in house.posts[0].text or thread in house.closed)

        async with office.town.tx("cherry") as tx:
            await office.desk.undo.undo(tx, *who, token)

        await until(lambda: "Ведёт" not in house.posts[0].text and thread not in house.closed)
    assert "dialog.undone" in {
        entry["action"] for entry in await office.town.rows("SELECT action FROM audit_entry")
    }
