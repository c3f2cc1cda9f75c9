"""Who is to blame for a crash: innocent heads are not parked, however often a process dies."""

import asyncio
import random
from typing import Any

import pytest

from services.connectors.messages import Message
from services.inbox.models import Event
from services.kit.db import Tx
from services.kit.settings import Settings
from tests.engine import Engine, open_engine, until

EXPIRE = """
UPDATE lane SET lease_until = now() - interval '1 second' WHERE owner IS NOT NULL RETURNING 1
"""
DIED = """
UPDATE lane SET owner = 'dead', lease_until = now() - interval '1 second', head_crashes = $1
RETURNING 1
"""
LANES, EVENTS, SHOTS = 6, 5, 30


@pytest.fixture
async def engine(settings: Settings) -> Any:
    async with open_engine(settings) as opened:
        await opened.tenant("cherry")
        opened.relay()
        yield opened


async def test_thirty_shots_amid_innocent_events_park_nothing(
    engine: Engine, settings: Settings
) -> None:
    rng = random.Random(3)  # noqa: S311 - repeatable chance
    wanted: list[str] = []
    arrived: set[str] = set()
    for number in range(SHOTS):
        for event in range(EVENTS):
            wanted.append(f"{number}.{event}")
            await engine.store("cherry", wanted[-1], wanted[-1], lane=f"b{event % LANES}")
        arrived |= await _life(settings, engine, rng.uniform(0.01, 0.12))
    engine.run()
    await until(lambda: set(wanted) <= arrived | set(engine.chat.texts()), 20)

    assert await engine.services.inbox.parked(engine.tenants["cherry"]) == []


async def _life(settings: Settings, engine: Engine, seconds: float) -> set[str]:
    """A process on the same rows that dies in the middle of everything."""
    async with open_engine(settings) as process:
        process.tenants, process.channels = engine.tenants, engine.channels
        process.relay()
        process.services.inbox.on(Message, _slow)
        process.run()
        await asyncio.sleep(seconds)
        for task in list(process.services.runner._owned.values()):
            task.cancel()  # nothing is handed back and nothing settled: as SIGKILL leaves it
        process.services.runner._leases.clear()
        process.running.cancel()
    await engine.rows("cherry", EXPIRE)
    return set(process.chat.texts())


async def _slow(_tx: Tx, _event: Event, _message: Message) -> None:
    await asyncio.sleep(0.01)


async def test_a_head_found_a_third_time_is_parked_untried(engine: Engine) -> None:
    await engine.store("cherry", "k", "killer")
    await engine.rows("cherry", DIED, 2)
    engine.run()

    await until(lambda: _done(engine))
    parked = await engine.services.inbox.parked(engine.tenants["cherry"])
    assert [(row["reason"], row["attempts"]) for row in parked] == [("crashed", 3)]
    assert engine.chat.texts() == []


@pytest.mark.parametrize("deaths", [0, 1])
async def test_a_suspect_that_passes_its_trial_is_innocent_again(
    engine: Engine, deaths: int
) -> None:
    await engine.store("cherry", "i", "innocent")
    await engine.rows("cherry", DIED, deaths)
    engine.run()

    await until(lambda: engine.chat.texts() == ["innocent"])
    [lane] = await engine.rows("cherry", "SELECT head_crashes FROM lane WHERE kind = 1")
    assert lane["head_crashes"] == 0


async def test_a_head_that_failed_did_not_kill(engine: Engine, monkeypatch: Any) -> None:
    monkeypatch.setattr("services.inbox.rules.BACKOFF_SECONDS", (30.0,))
    await engine.store("cherry", "e", "explode")
    await engine.rows("cherry", DIED, 1)
    engine.run()

    query = "SELECT head_attempts, head_crashes FROM lane WHERE kind = 1"
    for _ in range(200):
        [lane] = await engine.rows("cherry", query)
        if lane["head_attempts"]:
            break
        await asyncio.sleep(0.02)
    assert tuple(lane) == (1, 0)


async def test_while_a_suspect_is_alone_no_call_begins(engine: Engine) -> None:
    engine.chat.delay = 0.3
    calls_beside: list[int] = []

    async def watch(_tx: Tx, _event: Event, message: Message) -> None:
        if message.text.text == "suspect":
            calls_beside.append(engine.services.runner.gate._inside)

    engine.services.inbox.on(Message, watch)
    await engine.store("cherry", "s", "suspect", lane="s")
    await engine.rows("cherry", DIED, 1)
    for number in range(5):
        await engine.store("cherry", f"n{number}", f"n{number}", lane=f"n{number}")
    engine.run()

    await until(lambda: len(engine.chat.sent) == 6)
    assert calls_beside == [0]


def _done(engine: Engine) -> bool:
    leases = engine.services.runner._leases.values()
    return any(lease.done_seq for lease in leases)
