"""Where one is signed in: sessions, signing out here and everywhere, how long sessions live."""

from __future__ import annotations

from aiohttp import web

from services.identity.queries import IDLE_DAYS, MAX_DAYS
from services.kit.errors import InvalidInput, NotFound
from webapp.api.schema import path_id
from webapp.auth import cookies
from webapp.auth.session import page, session
from webapp.cabinet import frame
from webapp.cabinet.devices import device
from webapp.cabinet.pieces import go, sheet
from webapp.keys import SERVICES

PLACE = "/app/security"
DAYS = (1, 7, 14, 30, MAX_DAYS)
HERE, EVERYWHERE = "here", "everywhere"


@page("self.read")
async def show(request: web.Request) -> web.Response:
    """Answer GET /app/security."""
    return await _show(request)


@page("self.write")
async def end(request: web.Request) -> web.Response:
    """Answer POST /app/security/sessions/{id}/end."""
    identity = request.app[SERVICES].features.identity
    await identity.sessions.end_one(session(request).actor, path_id(request))
    return go(f"{PLACE}?done=ended")


@page("self.read")
async def ask_everywhere(request: web.Request) -> web.Response:
    """Answer GET /app/security/everywhere: how many sessions would end."""
    identity = request.app[SERVICES].features.identity
    lines = await identity.sessions.list(session(request).user.id)
    return sheet(request, "security/everywhere.html", count=len(lines))


@page("self.write")
async def logout(request: web.Request) -> web.Response:
    """Answer POST /app/security/logout; `which` says here or everywhere."""
    who, sessions = session(request), request.app[SERVICES].features.identity.sessions
    which = str((await request.post()).get("which", ""))
    if which not in {HERE, EVERYWHERE}:
        raise InvalidInput("error.invalid_input", field="which")
    if which == EVERYWHERE:
        await sessions.end_all(who.actor)
    else:
        await sessions.end_one(who.actor, who.id)
    response = go("/app")
    cookies.drop(request, response, cookies.ACCESS, cookies.REFRESH)
    return response


@page("security.write")
async def lifetime(request: web.Request) -> web.Response:
    """Answer POST /app/security/lifetime."""
    who, services = session(request), request.app[SERVICES]
    text = str((await request.post()).get("days", ""))
    days = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    try:
        async with services.database.tenant(who.tenant_id) as tx:
            await services.features.identity.lifetime.change(tx, who.actor, days)
    except InvalidInput as error:
        return await _show(request, error)
    return go(f"{PLACE}?done=lifetime")


async def _show(request: web.Request, error: InvalidInput | None = None) -> web.Response:
    who, identity = session(request), request.app[SERVICES].features.identity
    lines = sorted(await identity.sessions.list(who.user.id), key=lambda line: line.id != who.id)
    days = await _days(request) if who.may("security.write") else 0
    return await frame.render(
        request, "security/list.html", tab="security", status=422 if error else 200, lines=lines,
        device=device, days=days, lengths=sorted({*DAYS, days} - {0}), idle=IDLE_DAYS, error=error,
        query=request.query,
    )  # fmt: skip


async def _days(request: web.Request) -> int:
    services, who = request.app[SERVICES], session(request)
    if who.tenant is None:
        raise NotFound("error.no_tenant")
    async with services.database.tenant(who.tenant) as tx:
        return await services.features.identity.lifetime.days(tx)
