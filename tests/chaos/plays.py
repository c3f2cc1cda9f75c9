"""The plays by name: the short tests' own code on real leases, and on real limits where the play
does not have to be faster than a provider.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.servers import EmbeddedPostgres, EmbeddedValkey
from tests.faults.bursts import bursts
from tests.faults.copies import copies
from tests.faults.disk import full_disk
from tests.faults.limits import limits
from tests.faults.paused import paused
from tests.faults.poison import poison
from tests.faults.polls import dying, silent
from tests.faults.servers import postgres_restarts, redis_storm
from tests.faults.stack import Stack
from tests.faults.storm import Shots, Storm, storm
from tests.faults.town import Size
from tests.faults.vanish import vanish

BIG = Size(4, 20, 50)
LEASE_SECONDS, POLL_SECONDS = 30.0, 60.0
REAL_TIMES = {
    "VISHENKA_LEASE_SECONDS": f"{LEASE_SECONDS:g}",
    "VISHENKA_SWEEP_SECONDS": "5",
    "VISHENKA_PROVIDER_TIMEOUT_SECONDS": "10",
    "VISHENKA_AVITO_POLL_SECONDS": f"{POLL_SECONDS:g}",
}
REAL_LIMITS = {"VISHENKA_LIMITS_SCALE": "1"}
SHOTS = Storm(BIG, rounds=14, kills=10, pause=10.0, patience=300.0)
"""After each shot of a worker a real lease runs out: ten shots are a round of five minutes or so,
thirty shots three rounds with three seeds.
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a round of a play stands on."""

    stack: Stack
    pg: EmbeddedPostgres
    valkey: EmbeddedValkey
    seed: int
    disk: Path
    """Where PostgreSQL keeps its data."""


@dataclass(frozen=True, slots=True)
class Play:
    """A play; its first line of documentation is what `--list` shows, what it returns is printed
    with the city's figures.
    """

    run: Callable[[Stage], Awaitable[str]]
    on_limits: bool = True
    on_small_disk: bool = False

    @property
    def environ(self) -> dict[str, str]:
        """What differs from the short form's surroundings."""
        return REAL_TIMES | (REAL_LIMITS if self.on_limits else {})


async def _kills(stage: Stage) -> str:
    """700 messages each way, 10 shots at web and worker: at random and at a call's moments."""
    return _shots(await storm(stage.stack, SHOTS, stage.seed))


async def _points(stage: Stage) -> str:
    """The same with every shot at one of the four moments of a call."""
    plan = Storm(BIG, rounds=14, kills=8, pause=10.0, patience=300.0, only_points=True)
    return _shots(await storm(stage.stack, plan, stage.seed))


async def _redis(stage: Stage) -> str:
    """FLUSHALL twenty times under traffic, then a minute without Redis."""
    await redis_storm(stage.stack, stage.valkey, size=BIG, flushes=20, away_seconds=60.0)
    return "20 times emptied, 60 s away"


async def _postgres(stage: Stage) -> str:
    """PostgreSQL restarted twenty times under traffic."""
    await postgres_restarts(stage.stack, stage.pg, size=BIG, restarts=20, patience=600.0)
    return "20 restarts of PostgreSQL"


async def _copies(stage: Stage) -> str:
    """3,000 updates with 1-10 copies each, shuffled over two webs."""
    posts = await copies(stage.stack, 3_000, stage.seed)
    return f"{posts} posts of 3000 updates had 3000 effects"


async def _poison(stage: Stage) -> str:
    """200 poison items among 5,000, killers among them."""
    await poison(stage.stack, stage.pg.owner_dsn)
    return "5000 arrived, 200 parked"


async def _vanish(stage: Stage) -> str:
    """A tenth of 600 messages each way is accepted and never answered."""
    vanished = await vanish(stage.stack, BIG, rounds=12, pause=180.0, patience=300.0)
    return f"{vanished} calls vanished"


async def _pollers(stage: Stage) -> str:
    """Webhooks fall silent and pollers die."""
    await silent(stage.stack, POLL_SECONDS)
    return "webhooks silent"


async def _replaced(stage: Stage) -> str:
    """A poller that dies in a poll is replaced."""
    await dying(stage.stack, POLL_SECONDS, LEASE_SECONDS)
    return "two pollers shot in a poll"


async def _limits(stage: Stage) -> str:
    """One of five bots is refused for half a minute."""
    await limits(stage.stack, retry_after=30, per_bot=2, rounds=6)
    return "one bot refused for 30 s"


async def _pause(stage: Stage) -> str:
    """A worker is stopped for 40 s in a call and goes on."""
    moment = ("headers", "body", "accepted", "answered")[stage.seed % 4]
    await paused(stage.stack, moment, 40.0, Size(2, 10, 20), 6)
    return f"stopped for 40 s at {moment}"


async def _bursts(stage: Stage) -> str:
    """Workers shot in calls that carry joined texts, three times at each moment."""
    return f"{len(await bursts(stage.stack, rounds=3))} bursts cut off"


async def _disk(stage: Stage) -> str:
    """PostgreSQL's disk is full five times under traffic (needs root)."""
    refused = await full_disk(stage.stack, stage.pg, stage.disk, rounds=5)
    return f"the disk full five times, {refused} knocks refused"


def _shots(shots: Shots) -> str:
    """How many, and at which moments."""
    return f"{shots.moments.total()} shots ({dict(shots.moments)})"


PLAYS = {
    "kills": Play(_kills),
    "points": Play(_points),
    "redis": Play(_redis, on_limits=False),
    "postgres": Play(_postgres, on_limits=False),
    "copies": Play(_copies, on_limits=False),
    "poison": Play(_poison, on_limits=False),
    "vanish": Play(_vanish),
    "pollers": Play(_pollers),
    "replaced": Play(_replaced),
    "limits": Play(_limits),
    "pause": Play(_pause),
    "bursts": Play(_bursts),
    "disk": Play(_disk, on_limits=False, on_small_disk=True),
}
