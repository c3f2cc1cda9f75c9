"""Is the process alive, may it be given work, what does it count.

`/healthz` answers as long as the loop turns, whatever else is away: restarting us would not bring
the database back. `/readyz` says whether to send us requests. `/metrics` is read by Prometheus,
with `METRICS_TOKEN` as a bearer token when one is set.
"""

from __future__ import annotations

from pathlib import Path
from weakref import WeakKeyDictionary

from aiohttp import web

from services.bootstrap import Services
from services.kit import metrics as counts
from services.kit.db import AWAY, Database
from services.kit.errors import Unavailable
from services.kit.row_gauges import RowGauges
from webapp.keys import DRAINING, SERVICES

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations" / "models"
APPLIED = "SELECT count(*) FROM aerich"
UNAVAILABLE = 503

_gauges: WeakKeyDictionary[Database, RowGauges] = WeakKeyDictionary()


async def healthz(request: web.Request) -> web.Response:
    """Return 200 while the loop turns."""
    del request
    return web.json_response({"status": "alive"})


async def readyz(request: web.Request) -> web.Response:
    """Return 200 when requests may come: the database answers, the schema is ours, no draining."""
    if request.app[DRAINING]["now"]:
        return _not_ready("draining")
    try:
        is_migrated = await _is_migrated(request.app[SERVICES])
    except (Unavailable, *AWAY):
        return _not_ready("database")
    return web.json_response({"status": "ready"}) if is_migrated else _not_ready("migrations")


async def metrics(request: web.Request) -> web.Response:
    """Return everything counted; 401 without the token."""
    services = request.app[SERVICES]
    if not counts.allowed(services.settings.metrics_token, request.headers.get("Authorization")):
        return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    await _gauges_of(services.database).refresh()
    return web.Response(body=counts.render(), headers={"Content-Type": counts.CONTENT_TYPE})


def _gauges_of(database: Database) -> RowGauges:
    if database not in _gauges:
        _gauges[database] = RowGauges(database)
    return _gauges[database]


async def _is_migrated(services: Services) -> bool:
    async with services.database.connection() as conn:
        applied: int = await conn.fetchval(APPLIED)
    return applied >= len(list(MIGRATIONS.glob("[0-9]*_*.py")))


def _not_ready(why: str) -> web.Response:
    return web.json_response({"status": "not ready", "why": why}, status=UNAVAILABLE)
