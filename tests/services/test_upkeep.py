"""Texts older than a business keeps them are erased, and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services import upkeep
from services.bootstrap import Services
from services.desk.dialogs import Dialogs
from services.desk.values import Wanted
from services.kit.errors import Forbidden, InvalidInput
from services.kit.ids import id_at, new_id
from services.tenants.actor import Actor, ActorKind, Role
from services.upkeep import Upkeep
from tests.services.desk.shops import Shop


@dataclass
class Later:
    """A clock so many days ahead."""

    days: float

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=self.days)

    def monotonic(self) -> float:
        return 0.0


async def opened(services: Services, slug: str) -> Shop:
    dialogs = Dialogs(services.clock, services.features.conversations.policies)
    return await Shop(services, dialogs).open(slug)


@pytest.fixture
async def cherry(services: Services) -> Shop:
    return await opened(services, "cherry")


@pytest.fixture
async def plum(services: Services) -> Shop:
    return await opened(services, "plum")


def owner(shop: Shop, role: Role = Role.OWNER) -> Actor:
    return Actor(ActorKind.MEMBER, id=shop.user, tenant_id=shop.id, role=role)


async def keep(shop: Shop, days: int) -> None:
    async with shop.services.database.tenant(shop.id) as tx:
        await shop.services.features.tenants.settings.set_retention(tx, owner(shop), days)


async def erase(services: Services, days: float) -> None:
    await Upkeep(services.database, services.features, Later(days)).erase()


async def rows(shop: Shop, sql: str) -> list[Any]:
    async with shop.services.database.tenant(shop.id) as tx:
        return [tuple(row) for row in await tx.fetch(sql, shop.id)]


async def delivery(shop: Shop, state: str) -> UUID:
    row = new_id()
    await shop.write(
        "INSERT INTO delivery (tenant_id, id, lane, seq, channel_id, idempotency_key, class,"
        " purpose, order_key, action, state) VALUES ($1, $2, 1, 1, $3, $4, 0, 'to_buyer', 'k',"
        " 'secret', $5)",
        row,
        shop.channels[0],
        str(row),
        state,
    )
    return row


async def test_old_texts_are_erased_and_counted_as_before(cherry: Shop, plum: Shop) -> None:
    talk = await cherry.talk("Иван", "Продаёте шлемы?", "Беру")
    await plum.talk("Пётр", "Продаёте шлемы?")
    (first,) = [item.id for item in (await cherry.thread(talk)).items][:1]
    await cherry.write(
        "INSERT INTO attachment (tenant_id, message_id, ordinal, kind, media)"
        " VALUES ($1, $2, 0, 'image', 'sealed')",
        first,
    )
    await cherry.write(
        "INSERT INTO message_revision (tenant_id, message_id, number, text, at)"
        " VALUES ($1, $2, 1, 'раньше', now())",
        first,
    )
    sent, parked = await delivery(cherry, "sent"), await delivery(cherry, "parked")
    assert len(await cherry.page(Wanted(query="шлемы"))) == 1
    await keep(cherry, 30)

    await erase(cherry.services, 31)

    assert await rows(cherry, "SELECT seq, text FROM message WHERE tenant_id = $1 ORDER BY 1") == [
        (1, ""),
        (2, ""),
    ]
    revisions = "SELECT number, text FROM message_revision WHERE tenant_id = $1"
    assert await rows(cherry, revisions) == [(1, "")]
    assert await rows(cherry, "SELECT 1 FROM attachment WHERE tenant_id = $1") == []
    actions = await rows(cherry, "SELECT id, action FROM delivery WHERE tenant_id = $1")
    assert dict(actions) == {sent: b"", parked: b"secret"}
    assert await cherry.page(Wanted(query="шлемы")) == []
    assert len((await cherry.thread(talk)).items) == 2
    assert len(await plum.page(Wanted(query="шлемы"))) == 1


async def test_young_texts_stay(cherry: Shop) -> None:
    await cherry.talk("Иван", "Продаёте шлемы?")
    await keep(cherry, 30)

    await erase(cherry.services, 29)

    assert len(await cherry.page(Wanted(query="шлемы"))) == 1


async def test_who_never_said_how_long_keeps_everything(cherry: Shop) -> None:
    await cherry.talk("Иван", "Продаёте шлемы?")
    await keep(cherry, 30)
    await keep(cherry, 0)

    await erase(cherry.services, 5000)

    assert len(await cherry.page(Wanted(query="шлемы"))) == 1


async def test_many_texts_go_in_small_batches_over_several_runs(
    cherry: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "BATCH", 2)
    monkeypatch.setattr(upkeep, "MOST_BATCHES", 2)
    await cherry.talk("Иван", *[f"слово {n}" for n in range(5)])
    await keep(cherry, 30)
    left = []
    for _ in range(2):
        await erase(cherry.services, 31)
        left += await rows(
            cherry, "SELECT count(*) FROM message WHERE tenant_id = $1 AND text <> ''"
        )

    assert left == [(1,), (0,)]


async def test_what_came_late_is_met_by_the_next_walk(cherry: Shop) -> None:
    talk = await cherry.talk("Иван", "слово")
    await keep(cherry, 30)
    await erase(cherry.services, 31)
    await cherry.write(
        "UPDATE message SET text = 'правка' WHERE tenant_id = $1 AND conversation_id = $2", talk
    )
    texts = "SELECT text FROM message WHERE tenant_id = $1"

    await erase(cherry.services, 32)
    assert await rows(cherry, texts) == [("правка",)]
    await erase(cherry.services, 39)
    assert await rows(cherry, texts) == [("",)]


async def test_term_is_an_owners_choice_within_bounds(cherry: Shop, plum: Shop) -> None:
    settings = cherry.services.features.tenants.settings
    async with cherry.services.database.tenant(cherry.id) as tx:
        for days in (-1, 1, 29, 3651):
            with pytest.raises(InvalidInput):
                await settings.set_retention(tx, owner(cherry), days)
        with pytest.raises(Forbidden):
            await settings.set_retention(tx, owner(cherry, Role.MANAGER), 30)
        await settings.set_retention(tx, owner(cherry), 365)
        assert (await settings.read(tx)).retention_days == 365


def test_ids_grow_with_time() -> None:
    now = datetime.now(UTC)
    assert id_at(now - timedelta(seconds=1)) < new_id() < id_at(now + timedelta(seconds=60))
