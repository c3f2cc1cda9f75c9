"""The two processes without HTTP: a worker that drains lanes and runs tasks, a scheduler that
makes rows due.

Both obey SIGTERM within five seconds. taskiq's own command line does not (it waits for one more
message), so the receiver runs here and is ended by its finish event.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

from services.bootstrap import Services, bootstrap
from services.incidents.vitals import Vitals
from services.kit.listener import Listener
from services.kit.memory import settle
from services.kit.metrics_server import serve_metrics
from services.kit.row_gauges import RowGauges
from services.kit.schedule import Job, Scheduler
from services.kit.settings import Settings
from services.kit.tasks import end, spawn
from services.lanes.models import LaneKind
from services.notices.watch import watch
from services.upkeep import Upkeep

log = logging.getLogger(__name__)

MAX_TASKS = 20
RECONNECT_SECONDS = 1.0

Prepare = Callable[[Services], None]
Loop = Callable[[], Awaitable[None]]


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def run_worker(
    settings: Settings, prepare: Prepare | None = None, *, bots: bool = False
) -> None:
    """Drain lanes until told to stop. `prepare` subscribes what only this process needs (bots)."""
    services = await bootstrap(settings)
    if prepare is not None:
        prepare(services)
    services.serve(LaneKind.IN, LaneKind.OUT, *((LaneKind.BOT,) if bots else ()))
    await services.channel_cache.warm()
    stop = stop_on_signals()
    features = services.features
    loops = (
        services.runner.run,
        partial(receive, services),
        partial(features.job_worker.run, stop),
        partial(features.checker.run, stop),
        partial(features.polling.run, stop),
        partial(watch, features.incidents, features.notices, stop),
        partial(vitals(services, "worker").run, stop),
        page(services, stop),
    )
    await run_until_stopped(services, stop, loops)


async def run_scheduler(settings: Settings) -> None:
    """Make rows due until told to stop."""
    services = await bootstrap(settings)
    stop = stop_on_signals()
    scheduler = Scheduler(services.database, jobs(services))
    pulse = partial(vitals(services, "scheduler").run, stop)
    keeping = partial(watch, services.features.incidents, services.features.notices, stop)
    loops = (scheduler.run, pulse, keeping, page(services, stop))
    await run_until_stopped(services, stop, loops)


def vitals(services: Services, role: str) -> Vitals:
    """Return this process's pulse."""
    return Vitals(services.database, role, services.runner.owner)


def page(services: Services, stop: asyncio.Event) -> Loop:
    """Return the loop of this process's own metrics page (METRICS_LISTEN)."""
    settings = services.settings
    refresh = RowGauges(services.database).refresh
    return partial(serve_metrics, settings.metrics_listen, settings.metrics_token, refresh, stop)


def jobs(services: Services) -> tuple[Job, ...]:
    """Return what is made due, and how often."""
    upkeep = Upkeep(services.database, services.features)
    minute = timedelta(minutes=1)
    return (
        Job("bridge.tick", minute, upkeep.remind),
        Job("bridge.describe", minute, upkeep.describe),
        Job("polling.due", minute, services.features.polling.make_due),
        Job("retention", timedelta(minutes=30), upkeep.forget),
    )


async def run_until_stopped(
    services: Services, stop: asyncio.Event, loops: Sequence[Loop]
) -> None:
    """Run these loops; when stopped, finish calls, hand leases back, close."""
    settle()
    tasks = [spawn(keep(loop, stop), "process.loop") for loop in loops]
    try:
        await stop.wait()
        await services.runner.stop()
    finally:
        await end(tasks, 1.0)
        await services.close()


async def keep(loop: Loop, stop: asyncio.Event) -> None:
    """Start a loop again whenever it fails: a moment's trouble must not end a duty."""
    while not stop.is_set():
        try:
            await loop()
        except Exception:
            log.exception("loop failed, starting it again")
        with suppress(TimeoutError):  # told to stop, nobody waits for the pause to pass
            await asyncio.wait_for(stop.wait(), RECONNECT_SECONDS)


async def receive(services: Services) -> None:
    """Take taskiq messages; when the broker is away, look again every second (the sweep works
    meanwhile).
    """
    finish = asyncio.Event()
    try:
        while True:
            try:
                await services.broker.startup()
                await Listener(services.broker, MAX_TASKS).listen(finish)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - the doorbell may break in any way; rows do not
                log.warning("broker away", extra={"error": type(error).__name__})
            await asyncio.sleep(RECONNECT_SECONDS)
    finally:
        finish.set()
