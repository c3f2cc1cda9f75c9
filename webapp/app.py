"""The web application: its table of contents, and how it is served and drained."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from aiohttp import web

from services.bootstrap import Services, bootstrap
from services.kit.memory import settle
from services.kit.settings import Settings
from services.kit.tasks import end, spawn
from services.lanes.models import LaneKind
from services.seed import ensure_master
from services.worker import keep, stop_on_signals, vitals
from webapp import routes
from webapp.auth.cookies import renew
from webapp.auth.gate import check_routes, gate
from webapp.auth.limits import counters
from webapp.cabinet.counts import open_up
from webapp.cabinet.failures import failures
from webapp.express import Express
from webapp.keys import DRAINING, SERVICES
from webapp.middlewares import guard
from webapp.server import Crowd, GuardedRunner, Limits

log = logging.getLogger(__name__)

KEEPALIVE_SECONDS = 75
DRAIN_SECONDS = 3.0
MAX_BODY = 1024 * 1024

Prepare = Callable[[Services], None]


def build_app(services: Services) -> web.Application:
    """Return the application over these services."""
    app = web.Application(middlewares=[guard, gate, failures], client_max_size=MAX_BODY)
    app[SERVICES] = services
    app[DRAINING] = {"now": False}
    app.cleanup_ctx.append(counters)
    app.on_response_prepare.append(renew)
    open_up(app)
    routes.add(app)
    check_routes(app)
    return app


async def serve(settings: Settings, prepare: Prepare | None = None, *, bots: bool = True) -> None:
    """Serve until told to stop, then drain: not ready, finish requests, hand lanes back."""
    services = await bootstrap(settings)
    if prepare is not None:
        prepare(services)
    if bots:
        services.serve(LaneKind.BOT)
    await ensure_master(services)
    await services.channel_cache.warm()
    stop = stop_on_signals()
    app = build_app(services)
    runner = make_runner(app, Crowd(Limits(), settings.trusted_proxies))
    await runner.setup()
    host, _, port = settings.listen.rpartition(":")
    await web.TCPSite(runner, host.strip("[]"), int(port), backlog=1024).start()
    log.info("web listens", extra={"listen": settings.listen})
    settle()
    lanes = spawn(keep(services.runner.run, stop), "lanes.run")
    pulse = spawn(keep(partial(vitals(services, "web").run, stop), stop), "web.pulse")
    await stop.wait()
    await _drain(app, runner, services)
    await end([lanes, pulse], 1.0)
    await services.close()


def make_runner(app: web.Application, crowd: Crowd) -> web.AppRunner:
    """Return a runner that closes slow clients itself and writes no access log (URLs may hold
    secrets).
    """
    return GuardedRunner(
        app,
        crowd,
        Express(app[SERVICES]),
        access_log=None,
        keepalive_timeout=KEEPALIVE_SECONDS,
        shutdown_timeout=DRAIN_SECONDS,
        handle_signals=False,
        lingering_time=0.5,
    )


async def _drain(app: web.Application, runner: web.AppRunner, services: Services) -> None:
    app[DRAINING]["now"] = True
    await asyncio.gather(runner.cleanup(), services.runner.stop())
