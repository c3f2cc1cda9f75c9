"""Events on a real database: stored once, handed over in order, retried, parked, never stopping
the line.
"""

import asyncio
from typing import Any

import pytest

from services.connectors.messages import Message
from services.inbox.models import Event
from services.kit.db import Tx
from services.kit.errors import NotFound
from services.kit.settings import Settings
from tests.engine import Engine, open_engine, until


@pytest.fixture
async def engine(settings: Settings) -> Any:
    async with open_engine(settings) as opened:
        await opened.tenant("cherry")
        await opened.tenant("plum")
        opened.relay()
        yield opened


async def test_duplicate_event_is_stored_once(engine: Engine) -> None:
    fresh = [await engine.store("cherry", "e1", "hi") for _ in range(5)]
    engine.run()
    await until(lambda: engine.chat.sent)
    await asyncio.sleep(0.2)

    assert fresh == [1, 0, 0, 0, 0]
    assert engine.chat.texts() == ["hi"]


async def test_the_same_key_of_another_tenant_is_another_event(engine: Engine) -> None:
    engine.run()

    await engine.store("cherry", "e1", "hi")
    await engine.store("plum", "e1", "ho")

    await until(lambda: sorted(engine.chat.texts()) == ["hi", "ho"])


async def test_a_burst_of_copies_has_one_effect_each_in_order(engine: Engine) -> None:
    engine.run()

    for number in range(40):
        copies = [
            engine.store("cherry", f"e{number}", f"{number:02}", lane=f"b{number % 4}")
            for _ in range(3)
        ]
        await asyncio.gather(*copies)

    await until(lambda: len(engine.chat.sent) >= 40)
    await asyncio.sleep(0.2)
    assert len(engine.chat.sent) == 40
    assert all(texts == sorted(texts) for texts in engine.chat.by_chat().values())


async def test_a_poison_event_is_parked_and_its_neighbours_arrive(
    engine: Engine, monkeypatch: Any
) -> None:
    monkeypatch.setattr("services.inbox.rules.BACKOFF_SECONDS", (0.01,))
    engine.run()

    await engine.store("cherry", "bad", "explode")
    await engine.store("cherry", "good", "fine")

    await until(lambda: engine.chat.texts() == ["fine"])
    parked = await engine.services.inbox.parked(engine.tenants["cherry"])
    assert [(row["reason"], row["attempts"]) for row in parked] == [("poison", 5)]


async def test_a_paused_head_and_what_waits_behind_it_outlive_the_release_of_their_lane(
    engine: Engine, monkeypatch: Any
) -> None:
    monkeypatch.setattr("services.inbox.rules.BACKOFF_SECONDS", (0.5,))
    monkeypatch.setattr("services.lanes.runner.LINGER_SECONDS", 0.1)
    await engine.store("cherry", "bad", "explode")
    await engine.store("cherry", "good", "fine")
    engine.run()

    await until(lambda: engine.chat.texts() == ["fine"], 15)
    parked = await engine.services.inbox.parked(engine.tenants["cherry"])
    assert [row["reason"] for row in parked] == ["poison"]


async def test_an_unreadable_event_is_parked_at_once(engine: Engine) -> None:
    engine.run()

    await engine.store("cherry", "odd", "x", unreadable=True)
    await engine.store("cherry", "good", "fine")

    await until(lambda: engine.chat.texts() == ["fine"])
    assert [
        row["reason"] for row in await engine.services.inbox.parked(engine.tenants["cherry"])
    ] == ["unreadable"]


async def test_another_tenant_neither_sees_nor_replays_what_is_parked(engine: Engine) -> None:
    engine.run()
    await engine.store("cherry", "odd", "x", unreadable=True)
    await asyncio.sleep(0.4)
    parked = await engine.services.inbox.parked(engine.tenants["cherry"])

    assert await engine.services.inbox.parked(engine.tenants["plum"]) == []
    with pytest.raises(NotFound):
        await engine.services.inbox.replay(engine.tenants["plum"], parked[0]["id"])


async def test_a_parked_event_is_replayed_once_by_two_presses(
    engine: Engine, monkeypatch: Any
) -> None:
    monkeypatch.setattr("services.inbox.rules.BACKOFF_SECONDS", (0.01,))
    broken = True

    async def sometimes(tx: Tx, event: Event, message: Message) -> None:
        if broken and message.text.text == "later":
            raise ValueError("not yet")

    engine.services.inbox.on(Message, sometimes)
    engine.run()
    await engine.store("cherry", "e", "later")
    await asyncio.sleep(1.0)
    parked = await engine.services.inbox.parked(engine.tenants["cherry"])
    broken = False

    await engine.services.inbox.replay(engine.tenants["cherry"], parked[0]["id"])
    with pytest.raises(NotFound):
        await engine.services.inbox.replay(engine.tenants["cherry"], parked[0]["id"])

    await until(lambda: engine.chat.texts() == ["later"])


async def test_bodies_are_not_readable_in_the_rows(engine: Engine) -> None:
    await engine.store("cherry", "e", "a secret canary")

    rows = await engine.rows("cherry", "SELECT body FROM inbox")

    assert b"canary" not in rows[0]["body"]


async def test_events_of_two_processes_keep_one_effect(engine: Engine, settings: Settings) -> None:
    async with open_engine(settings, shop=engine.shop, chat=engine.chat) as other:
        other.tenants, other.channels = engine.tenants, engine.channels
        other.relay()
        engine.run()
        other.run()
        for number in range(30):
            await asyncio.gather(
                engine.store("cherry", f"e{number}", f"{number:02}", lane=f"b{number % 3}"),
                other.store("cherry", f"e{number}", f"{number:02}", lane=f"b{number % 3}"),
            )

        await until(lambda: len(engine.chat.sent) >= 30, 15)
        await asyncio.sleep(0.3)

    assert sorted(engine.chat.texts()) == [f"{number:02}" for number in range(30)]
    assert all(texts == sorted(texts) for texts in engine.chat.by_chat().values())


async def test_a_delivery_carries_the_trace_of_the_event_that_caused_it(engine: Engine) -> None:
    engine.run()

    await engine.store("cherry", "e", "follow me")
    await until(lambda: engine.chat.sent)

    rows = await engine.rows("cherry", "SELECT trace FROM delivery")
    assert [row["trace"] for row in rows] == ["t"]
