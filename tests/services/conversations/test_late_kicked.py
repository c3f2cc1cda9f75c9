"""An answer that settles after the bot's return tells nothing about now."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from services.connectors import errors
from services.connectors.base import Sent
from services.connectors.errors import Reason
from services.connectors.messages import OutboundMessage, TopicCreate
from tests.services.conversations.town import Town, until

KICKED = errors.RecipientUnreachable("kicked", reason=Reason.KICKED)


class Slow:
    """Holds back the answers to calls, until they are let out as "the bot was kicked"."""

    def __init__(self, town: Town, kind: type) -> None:
        self.waiting = 0
        self.out = asyncio.Event()
        self._kind, self._send = kind, town.house.send
        town.house.send = self.send  # type: ignore[method-assign]

    async def send(self, account: Any, action: Any, media: Any) -> Sent:
        if self.out.is_set() or not isinstance(action, self._kind):
            return await self._send(account, action, media)
        self.waiting += 1
        await self.out.wait()
        raise KICKED


@pytest.fixture
async def bot(town: Town) -> UUID:
    return (await town.view("cherry", "house")).id


async def gone_and_back(town: Town, bot: UUID) -> None:
    for back in (False, True):
        async with town.tx("cherry") as tx:
            workspaces, group = town.conversations.workspaces, town.group("cherry")
            if back:
                await town.conversations.groups.bot_returned(tx, bot, group)
            else:
                await workspaces.lost(tx, bot, group, Reason.KICKED)


async def standing(town: Town) -> str:
    return str((await town.one("SELECT state FROM workspace"))["state"])


async def test_kicked_answered_after_the_return_loses_nothing_and_keeps_the_order(
    town: Town, bot: UUID
) -> None:
    await town.buyer("?")
    await town.calm()
    slow = Slow(town, OutboundMessage)
    await town.buyer("первое")
    await until(lambda: slow.waiting == 1)
    await gone_and_back(town, bot)
    await town.buyer("второе")

    slow.out.set()
    await until(lambda: town.house.texts()[-1:] == ["второе"])

    assert town.house.texts() == ["?", "первое", "второе"]
    assert await standing(town) == "live"
    assert town.told.rules() == ["workspace_lost", "workspace_back"]


async def test_topic_refused_late_is_made_after_all(town: Town, bot: UUID) -> None:
    slow = Slow(town, TopicCreate)
    await town.buyer("первое")
    await until(lambda: slow.waiting == 1)
    await gone_and_back(town, bot)

    slow.out.set()
    await until(lambda: "первое" in town.house.texts())
    assert len(town.house.topics) == 1
    assert await town.rows("SELECT 1 FROM delivery WHERE state = 'parked'") == []


async def test_kicked_after_the_return_is_believed(town: Town, bot: UUID) -> None:
    await town.buyer("?")
    await town.calm()
    await gone_and_back(town, bot)
    town.house.kicked = True
    await town.buyer("ещё")
    await town.calm()

    assert await standing(town) == "lost"
    assert town.told.rules() == ["workspace_lost", "workspace_back", "workspace_lost"]


async def test_answer_that_settles_while_the_bot_is_away_waits_for_its_return(
    town: Town, bot: UUID
) -> None:
    await town.buyer("?")
    await town.calm()
    slow = Slow(town, OutboundMessage)
    await town.buyer("первое")
    await until(lambda: slow.waiting == 1)
    async with town.tx("cherry") as tx:
        group = town.group("cherry")
        await town.conversations.workspaces.lost(tx, bot, group, Reason.KICKED)
    slow.out.set()
    await town.calm()
    assert town.house.texts() == ["?"]

    async with town.tx("cherry") as tx:
        await town.conversations.groups.bot_returned(tx, bot, town.group("cherry"))
    await until(lambda: town.house.texts() == ["?", "первое"])


async def test_another_tenants_group_of_that_id_is_not_touched(town: Town, bot: UUID) -> None:
    async with town.tx("plum") as tx:
        await town.conversations.workspaces.lost(tx, bot, town.group("cherry"), Reason.KICKED)
    assert await standing(town) == "live"
    assert town.told.rules() == []
