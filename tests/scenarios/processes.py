"""The product's processes inside the test's loop: web with its bots, a worker; and their clock."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from aiohttp import web

from bot.wiring import prepare
from sandbox.city import City
from sandbox.city.demo import DEMO_MASTER_TOKEN, DEMO_OLGA
from sandbox.city.login import DEMO_CLIENT, DEMO_SECRET
from sandbox.processes import free_port
from services import seed, worker
from services.bootstrap import Services, bootstrap
from services.kit.settings import Settings
from services.kit.tasks import end, running
from services.lanes.models import LaneKind
from services.notices.watch import watch
from webapp.app import build_app

ENOUGH_SECONDS = 5.0
"""What goes on for longer after it was told to stop, hangs."""


class TownClock:
    """The machine's clock, which a test may move forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def time(self) -> float:
        return time.time() + self.ahead.total_seconds()

    def monotonic(self) -> float:
        return time.monotonic()


def environ_of(environ: dict[str, str], city: City) -> dict[str, str]:
    port = free_port()
    return environ | {
        "VISHENKA_TELEGRAM_API_URL": city.telegram_url,
        "VISHENKA_AVITO_API_URL": city.avito_url,
        "VISHENKA_LOGIN_API_URL": city.login.url,
        "VISHENKA_LOGIN_CLIENT_ID": DEMO_CLIENT,
        "VISHENKA_LOGIN_CLIENT_SECRET": DEMO_SECRET,
        "VISHENKA_MASTER_BOT_TOKEN": DEMO_MASTER_TOKEN,
        "VISHENKA_ADMIN_TELEGRAM_IDS": str(DEMO_OLGA),
        "VISHENKA_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "VISHENKA_LISTEN": f"127.0.0.1:{port}",
        "VISHENKA_LIMITS_SCALE": "100",
        "VISHENKA_PROVIDER_TIMEOUT_SECONDS": "2",
        "VISHENKA_AVITO_POLL_SECONDS": "1",
    }


async def start_web(
    stack: contextlib.AsyncExitStack, settings: Settings, clock: TownClock
) -> Services:
    services = await bootstrap(settings, clock=clock)
    stack.push_async_callback(services.close)
    stack.push_async_callback(rings)
    prepare(services)
    services.serve(LaneKind.BOT)
    await seed.ensure_master(services)
    site = web.AppRunner(build_app(services), access_log=None, shutdown_timeout=0.5)
    await site.setup()
    stack.push_async_callback(site.cleanup)
    host, _, port = settings.listen.rpartition(":")
    await web.TCPSite(site, host, int(port)).start()
    keep_running(stack, services, asyncio.Event(), services.runner.run)
    return services


async def start_worker(
    stack: contextlib.AsyncExitStack, settings: Settings, clock: TownClock
) -> Services:
    services = await bootstrap(settings, clock=clock)
    stack.push_async_callback(services.close)
    stack.push_async_callback(rings)
    services.serve(LaneKind.IN, LaneKind.OUT)
    stop, features = asyncio.Event(), services.features
    keep_running(
        stack,
        services,
        stop,
        services.runner.run,
        partial(worker.receive, services),
        partial(features.job_worker.run, stop),
        partial(features.checker.run, stop),
        partial(features.polling.run, stop),
        partial(watch, features.incidents, features.notices, stop),
    )
    return services


def keep_running(
    stack: contextlib.AsyncExitStack,
    services: Services,
    stop: asyncio.Event,
    *loops: Callable[[], Any],
) -> None:
    tasks = [asyncio.create_task(loop(), name=f"town.{loop!r}") for loop in loops]

    async def finish() -> None:
        stop.set()
        await services.runner.stop()
        await end(tasks, ENOUGH_SECONDS)
        late = [task for task in tasks if not task.done()]
        assert not late, f"told to stop, these go on: {late}"

    stack.push_async_callback(finish)


async def rings() -> None:
    """Let what was started on the way end, rings and jobs. Lanes are their runner's own: those of
    the other process go on.
    """
    names = {name for name in running() if not name.startswith("lanes.")}
    mine = {task for task in asyncio.all_tasks() if task.get_name() in names}
    if mine:
        await asyncio.wait(mine, timeout=1.0)
    await end(mine, ENOUGH_SECONDS)


async def point_hooks(services: Services) -> None:
    """What the first check of a new channel does."""
    async with services.database.system("a test prepares") as tx:
        rows = await tx.fetch("SELECT id FROM channel WHERE status = 'active'")
    await asyncio.gather(*(services.features.checker.check(row["id"], mend=True) for row in rows))
