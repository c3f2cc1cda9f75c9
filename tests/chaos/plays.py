"""The plays by name: the short tests' own code with the issue's full numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sandbox.servers import EmbeddedPostgres, EmbeddedValkey
from tests.faults.servers import postgres_restarts, redis_storm
from tests.faults.stack import Stack
from tests.faults.storm import Storm, storm
from tests.faults.town import Size

BIG = Size(4, 20, 50)

Play = Callable[[Stack, EmbeddedPostgres, EmbeddedValkey, int], Awaitable[None]]


async def kills(stack: Stack, pg: EmbeddedPostgres, valkey: EmbeddedValkey, seed: int) -> None:
    """2,000 messages each way over 50 conversations, 30 shots, a real lease after each."""
    del pg, valkey
    await storm(stack, Storm(BIG, rounds=40, kills=30, pause=3.0, patience=900.0), seed)


async def redis(stack: Stack, pg: EmbeddedPostgres, valkey: EmbeddedValkey, seed: int) -> None:
    """FLUSHALL fifty times under traffic, then a minute without Redis."""
    del pg, seed
    await redis_storm(stack, valkey, size=BIG, flushes=50, away_seconds=60.0)


async def postgres(stack: Stack, pg: EmbeddedPostgres, valkey: EmbeddedValkey, seed: int) -> None:
    """PostgreSQL restarted fifty times under traffic."""
    del valkey, seed
    await postgres_restarts(stack, pg, size=BIG, restarts=50)


PLAYS: dict[str, Play] = {"kills": kills, "redis": redis, "postgres": postgres}
