"""The person's businesses: a sheet to choose from, and the choice."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from services.kit.errors import NotFound
from webapp.auth.session import page, session
from webapp.cabinet.pieces import go, sheet
from webapp.keys import SERVICES


@page("self.read")
async def listed(request: web.Request) -> web.Response:
    """Answer GET /app/businesses."""
    sessions = request.app[SERVICES].features.identity.sessions
    seats = await sessions.seats_of(session(request).user.id)
    return sheet(request, "home/businesses.html", seats=seats)


@page("self.write")
async def choose(request: web.Request) -> web.Response:
    """Answer POST /app/businesses: work in the chosen one from now on."""
    who, text = session(request), str((await request.post()).get("tenant_id", ""))
    try:
        tenant_id = UUID(text)
    except ValueError as error:
        raise NotFound("error.not_found") from error
    await request.app[SERVICES].features.identity.sessions.move(who.id, who.actor, tenant_id)
    return go("/app")
