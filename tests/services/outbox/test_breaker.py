"""V23, I24: a provider that does not answer is probed, not stormed; its return makes no peak."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from services.connectors.base import Cost, Rate
from services.connectors.errors import (
    AuthExpired,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Reason,
    Rejected,
    Temporary,
)
from services.kit.settings import Settings
from services.lanes.models import LaneKind
from services.outbox import rules
from services.outbox.breaker import LONGEST_SECONDS, WIDE, Breaker
from services.outbox.lane import Item, OutLane
from services.outbox.models import Class
from tests.engine import Engine, open_engine, until


def opened() -> Breaker:
    breaker = Breaker()
    for number in range(5):
        breaker.failed(0.0, f"c:{number}", 1.0)
    return breaker


def test_five_silences_of_several_conversations_open_it() -> None:
    breaker = Breaker()
    for number in range(4):
        breaker.failed(0.0, f"c:{number}")
    assert not breaker.is_open
    assert breaker.room(7, 25) == 25

    breaker.failed(0.0, "c:4", 1.0)

    assert breaker.is_open
    assert breaker.wait(0.0) == 1.0
    assert (breaker.room(0, 25), breaker.room(1, 25)) == (1, 0)


def test_one_conversation_alone_never_opens_it() -> None:
    breaker = Breaker()
    for _ in range(100):
        breaker.failed(0.0, "the one with the bad file")
        breaker.failed(0.0, "and another")

    assert not breaker.is_open


def test_any_answer_starts_the_count_anew() -> None:
    breaker = Breaker()
    for number in range(20):
        breaker.failed(0.0, f"c:{number}")
        if number % 4 == 3:
            breaker.answered()

    assert not breaker.is_open


def test_probes_grow_rarer_and_calls_under_way_do_not_count() -> None:
    breaker = opened()
    breaker.failed(0.5, "c:9", 1.0)
    assert breaker.wait(0.5) == 0.5

    now, pauses = 1.0, []
    for number in range(6):
        breaker.failed(now, f"c:{number}", 1.0)
        pauses.append(breaker.wait(now))
        now += pauses[-1]

    assert pauses == [2.0, 4.0, *[LONGEST_SECONDS] * 4]


def test_answers_open_the_way_step_by_step() -> None:
    breaker = opened()
    rooms = []
    while breaker.is_open:
        breaker.answered()
        rooms.append(breaker.room(0, 1000))

    assert rooms == [2, 4, 8, 16, 32, WIDE, 1000]
    assert breaker.wait(0.0) == 0.0


@pytest.mark.parametrize(
    ("error", "silent"),
    [
        (Temporary(status=503), True),
        (Temporary(reason=Reason.TIMEOUT), True),
        (OutcomeUnknown(), True),
        (RateLimited(retry_after_seconds=1), False),
        (Rejected(status=400), False),
        (AuthExpired(), False),
        (None, False),
    ],
)
def test_only_silence_and_trouble_count(error: ConnectorError | None, silent: bool) -> None:
    assert rules.is_silence(error) is silent


def test_what_never_failed_is_the_probe() -> None:
    lane, free = OutLane(1), (Cost("", Rate(1000, 1.0)),)
    bad, fresh = uuid4(), uuid4()
    lane.put(Item(bad, Class.BRIDGE, 1, "bad", costs=free))
    lane.again(bad, 0.0)
    lane.breaker = opened()
    lane.put(Item(fresh, Class.BRIDGE, 2, "fresh", costs=free))

    picked, _ = lane.pick(2.0, 25)

    assert [item.id for item in picked] == [fresh]


# --- half a minute of a shop, twenty times ---------------------------------------------------

RATE = Rate(30, 1.0)
STEADY = 15
ARRIVES_UNTIL, DOWN_FROM, DOWN_UNTIL = 30.0, 5.0, 22.0


@dataclass
class Shop:
    """A lane whose provider is away from DOWN_FROM to DOWN_UNTIL; every call takes 50 ms."""

    seed: int
    lane: OutLane = field(default_factory=lambda: OutLane(1))
    starts: list[float] = field(default_factory=list)
    under_way: list[tuple[float, UUID, str]] = field(default_factory=list)
    tries: dict[UUID, int] = field(default_factory=dict)
    arrived: int = 0

    def play(self) -> None:
        chance, now, number = random.Random(self.seed), 0.0, 0  # noqa: S311
        while now < ARRIVES_UNTIL or self.arrived < number:
            while number / STEADY <= min(now, ARRIVES_UNTIL):
                item = Item(uuid4(), Class.BRIDGE, number, f"c:{number}", costs=(Cost("", RATE),))
                self.lane.put(item)
                number += 1
            self._end(now, chance)
            self._begin(now)
            now += 0.05

    def _end(self, now: float, chance: random.Random) -> None:
        for call in [one for one in self.under_way if one[0] <= now]:
            self.under_way.remove(call)
            _, delivery, key = call
            if DOWN_FROM <= now < DOWN_UNTIL:
                self.tries[delivery] = self.tries.get(delivery, 0) + 1
                self.lane.breaker.failed(now, key, chance.random())
                pause = rules.backoff(self.tries[delivery], chance.random())
                self.lane.again(delivery, now + pause)
            else:
                self.lane.breaker.answered()
                self.lane.done(delivery)
                self.arrived += 1

    def _begin(self, now: float) -> None:
        picked, _ = self.lane.pick(now, 25)
        for item in picked:
            if self.lane.pace.wait(item.costs or (), now, bulk=False) > 0:
                continue
            self.lane.pace.take(item.costs or (), now, bulk=False)
            self.lane.mark_calling([item])
            self.starts.append(now)
            self.under_way.append((now + 0.05, item.id, item.order_key))


def test_an_outage_is_probed_and_its_end_makes_no_peak() -> None:
    for seed in range(20):
        shop = Shop(seed)
        shop.play()

        during = [at for at in shop.starts if DOWN_FROM + 1 <= at < DOWN_UNTIL]
        assert len(during) <= 0.1 * STEADY * (DOWN_UNTIL - DOWN_FROM)
        back = [at for at in shop.starts if at >= DOWN_UNTIL]
        assert back[0] < DOWN_UNTIL + LONGEST_SECONDS
        most = max(sum(1 for at in back if start <= at < start + 1.0) for start in back[::10])
        assert most <= 2.0 * STEADY


# --- the whole engine -------------------------------------------------------------------------


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with open_engine(settings) as found:
        await found.tenant("cherry")
        await found.tenant("plum")
        yield found


async def test_a_provider_that_is_away_is_left_in_peace_and_all_arrives(engine: Engine) -> None:
    calls, away = 0, True

    def refuse(text: str) -> ConnectorError | None:
        nonlocal calls
        calls += 1
        return Temporary(status=503) if away and text.startswith("cherry") else None

    engine.chat.refuse = refuse
    for number in range(200):
        await engine.add("cherry", f"cherry {number}", order_key=f"c:{number}", chat=f"{number}")
    engine.run(LaneKind.OUT)
    await until(lambda: calls >= 5)
    before = calls
    await engine.add("plum", "plum is well")
    await until(lambda: "plum is well" in engine.chat.texts())
    await until(lambda: calls >= before + 2)
    assert calls <= 100

    away = False
    await until(lambda: len(engine.chat.sent) == 201)
    assert sorted(engine.chat.texts()) == sorted(
        ["plum is well", *(f"cherry {number}" for number in range(200))]
    )
