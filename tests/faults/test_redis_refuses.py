"""I22: Redis that is full or read-only costs only time. About 20 s on two free cores."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.servers import EmbeddedValkey
from tests.faults.nursery import Nursery
from tests.faults.stack import Stack, open_stack
from tests.faults.town import Size, fair, until

FULL = ("CONFIG", "SET", "maxmemory", "1")
ROOM = ("CONFIG", "SET", "maxmemory", "0")
READ_ONLY = ("REPLICAOF", "127.0.0.1", "1")
MASTER = ("REPLICAOF", "NO", "ONE")
PROBE = ("SET", "probe", "1")


@pytest.fixture
async def own(
    environ: dict[str, str], place: Path, nursery: Nursery
) -> AsyncIterator[tuple[Stack, EmbeddedValkey]]:
    """A stack on a Redis that this test may spoil."""
    async with EmbeddedValkey(place / "valkey") as valkey:
        ours = environ | {"VISHENKA_REDIS_URL": valkey.url}
        async with open_stack(ours, place, nursery=nursery) as stack:
            yield stack, valkey


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_redis_full_or_read_only_costs_only_time(own: tuple[Stack, EmbeddedValkey]) -> None:
    stack, valkey = own
    town = await stack.begin(Size(2, 4, 8))
    await town.opened()
    pids = [role.child.pid for role in stack.roles]
    for number, (spoil, mend, said) in enumerate(
        ((FULL, ROOM, "-OOM"), (READ_ONLY, MASTER, "-READONLY"))
    ):
        await asyncio.to_thread(valkey.call, *spoil)
        assert (await asyncio.to_thread(valkey.call, *PROBE)).startswith(said)
        await town.chatter(range(number * 5, number * 5 + 5), 4.0)
        await until(lambda: not town.missing(), 60)
        assert await stack.status("GET", f"{stack.url}/healthz") == 200
        await asyncio.to_thread(valkey.call, *mend)
        await town.chatter(range(100 + number, 101 + number), 0.5)

    fair(town, await town.calm(60))
    assert [role.child.pid for role in stack.roles] == pids
