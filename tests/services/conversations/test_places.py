"""Places of one claim are looked up together, and never older than it matters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.connectors.messages import Address, OutboundMessage, Text
from services.conversations import places
from services.kit.db import Record, Tx
from services.kit.ids import new_id
from services.outbox.fast import as_claimed
from services.outbox.models import CLAIMED, Delivery, NewDelivery
from tests.services.conversations.town import Town

CHATS = ("u2i-1", "u2i-2", "u2i-3")


class Counting:
    """A transaction that notes how often it was asked."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.asked = 0
        self.extra = tx.extra
        self.tenant_id = tx.tenant_id

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        self.asked += 1
        return await self._tx.fetch(sql, *args)

    async def row(self, sql: str, *args: Any) -> Record | None:
        self.asked += 1
        return await self._tx.row(sql, *args)


@pytest.fixture
async def chats(town: Town) -> list[UUID]:
    for chat in CHATS:
        await town.buyer("привет", chat=chat)
    await town.calm()
    rows = await town.rows("SELECT id FROM conversation ORDER BY external_chat_id")
    return [row["id"] for row in rows]


def claimed(town: Town, conversation_id: UUID) -> Delivery:
    new = NewDelivery(
        channel_id=new_id(),
        action=OutboundMessage(to=Address(), text=Text(text="x")),
        idempotency_key="k",
        order_key="k",
        purpose="to_topic",
        conversation_id=conversation_id,
    )
    lease = type("L", (), {"tenant_id": town.tenants["cherry"]})
    return replace(as_claimed(lease, new, town.services.clock), used=lambda _cost: 0)


async def test_the_places_of_a_claim_are_asked_for_once(town: Town, chats: list[UUID]) -> None:
    async with town.services.database.tenant(town.tenants["cherry"]) as real:
        tx: Any = Counting(real)
        tx.extra[CLAIMED] = frozenset(chats)
        rows = [await places.place_row(tx, claimed(town, one)) for one in chats]
        together = tx.asked
        tx.extra.clear()
        singly = [await places.place_row(tx, claimed(town, one)) for one in chats]

    assert together == 1
    assert [dict(row) for row in rows if row] == [dict(row) for row in singly if row]
    assert len({row["thread_id"] for row in rows if row}) == len(CHATS)


async def test_a_place_that_is_not_live_is_asked_for_anew(town: Town, chats: list[UUID]) -> None:
    async with town.services.database.tenant(town.tenants["cherry"]) as tx:
        tx.extra[CLAIMED] = frozenset(chats)
        change = "UPDATE topic_link SET state = $2 WHERE conversation_id = $1"
        await tx.execute(change, chats[1], "creating")
        await places.place_row(tx, claimed(town, chats[0]))
        await tx.execute(change, chats[1], "live")
        row = await places.place_row(tx, claimed(town, chats[1]))

    assert row is not None
    assert row["link_state"] == "live"


async def test_what_a_stop_changed_is_seen_by_the_rest_of_its_claim(
    town: Town, chats: list[UUID]
) -> None:
    async with town.services.database.tenant(town.tenants["cherry"]) as tx:
        tx.extra[CLAIMED] = frozenset(chats)
        await places.place_row(tx, claimed(town, chats[0]))
        change = "UPDATE topic_link SET state = 'failed' WHERE conversation_id = $1"
        await tx.execute(change, chats[1])
        places.forget(tx)
        row = await places.place_row(tx, claimed(town, chats[1]))

    assert row is not None
    assert row["link_state"] == "failed"


async def test_a_stranger_finds_nobodys_place(town: Town, chats: list[UUID]) -> None:
    async with town.services.database.tenant(town.tenants["plum"]) as tx:
        tx.extra[CLAIMED] = frozenset(chats)

        assert await places.place_row(tx, claimed(town, chats[0])) is None
