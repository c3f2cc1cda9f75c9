"""A process's pulse reaches the rows, stalls included, and nothing counted is lost."""

import asyncio
import time

from services.incidents.vitals import Vitals
from services.kit import metrics
from services.kit.db import Database
from tests.services.incidents.conftest import World


async def minute(world: World) -> tuple[int, int, int]:
    row = await world.owner.fetchrow(
        "SELECT sum(requests) AS r, sum(failures) AS f, sum(stalls) AS s FROM process_minute"
    )
    return row["r"], row["f"], row["s"]


async def test_requests_and_server_errors_are_counted_once(world: World) -> None:
    vitals = Vitals(world.database, "web", "web-1")
    for status in (200, 404, 500, 503):
        metrics.http_request("GET", "/api/v1/deliveries", status, 0.01)

    await vitals.pulse()
    await vitals.pulse()

    assert await minute(world) == (4, 2, 0)


async def test_a_blocked_loop_is_seen_and_told(world: World) -> None:
    vitals = Vitals(world.database, "worker", "worker-1")
    stop = asyncio.Event()
    running = asyncio.create_task(vitals.run(stop))
    await asyncio.sleep(0.15)

    time.sleep(1.3)  # noqa: ASYNC251 - this is the fault
    await asyncio.sleep(0.15)
    stop.set()
    await running
    await vitals.pulse()

    assert (await minute(world))[2] == 1


async def test_counts_wait_while_the_database_is_away(world: World) -> None:
    away = Database(await _closed_pool(world), world.database.dsn)
    vitals = Vitals(away, "web", "web-1")
    metrics.hook(0.01, 503)

    await vitals.pulse()
    away.pool = world.database.pool
    await vitals.pulse()

    assert await minute(world) == (1, 1, 0)


async def _closed_pool(world: World) -> object:
    class Away:
        async def acquire(self, timeout: float) -> None:
            raise OSError("connection refused")

    return Away()
