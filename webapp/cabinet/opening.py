"""Where a link out of a message leads: the page it names with home beneath it, or home with a word
why not. What is not the person's own looks like what was never there.
"""

from __future__ import annotations

import orjson
from aiohttp import web

from services.desk import whereabouts
from services.kit import deeplinks
from services.kit.deeplinks import Page, Spot
from services.kit.errors import NotFound
from services.tenants.service import Seat
from webapp.auth.session import Session, page, session
from webapp.cabinet.frame import is_fragment, speech
from webapp.cabinet.pieces import Toast, go
from webapp.desk import seat
from webapp.keys import SERVICES
from webapp.speech import apart

NOWHERE = "/app?said=nowhere"
RIGHTS: dict[Page, str] = {
    Page.DIALOGS: "dialogs.read",
    Page.BOTS: "bots.read",
    Page.ACCOUNTS: "accounts.read",
    Page.GROUPS: "workspaces.read",
    Page.UNDELIVERED: "deliveries.read",
}


@page("self.read")
async def arrive(request: web.Request) -> web.Response:
    """Answer GET /app/open?to=…"""
    spot = deeplinks.read(request.query.get("to", ""))
    if spot is None:
        return go(NOWHERE)
    if await _is_seen(request, spot):
        return lead(request, spot.path)
    other = await elsewhere(request, spot)
    return go(f"/app?said=elsewhere&to={spot.written}" if other else NOWHERE)


@page("self.write")
async def move(request: web.Request) -> web.Response:
    """Answer POST /app/open: work in the business that has the thing, and open it."""
    spot = deeplinks.read(str((await request.post()).get("token", "")))
    found = await elsewhere(request, spot) if spot is not None else None
    if spot is None or found is None:
        raise NotFound("error.not_found")
    who, sessions = session(request), request.app[SERVICES].features.identity.sessions
    await sessions.move(who.id, who.actor, found.tenant_id)
    return go(spot.path)


async def elsewhere(request: web.Request, spot: Spot) -> Seat | None:
    """Return the person's other business that has it."""
    who, services = session(request), request.app[SERVICES]
    if spot.id is None or who.code_needed:
        return None
    for other in await services.features.identity.sessions.seats_of(who.user.id):
        if other.tenant_id == who.tenant:
            continue
        async with services.database.tenant(other.tenant_id) as tx:
            if await whereabouts.is_held(tx, spot):
                return other
    return None


async def told(request: web.Request) -> Toast | None:
    """Return why a link led home instead of to its page: for the page home."""
    s, said = speech(request), request.query.get("said", "")
    spot = deeplinks.read(request.query.get("to", ""))
    other = await elsewhere(request, spot) if said == "elsewhere" and spot else None
    if other is not None and spot is not None:
        text = s.t("web.open.elsewhere", name=apart(other.name))
        return Toast(text, "/app/open", spot.written, s.t("web.open.move"))
    return Toast(s.t("web.open.nowhere")) if said in {"nowhere", "elsewhere"} else None


async def _is_seen(request: web.Request, spot: Spot) -> bool:
    who = session(request)
    if not _is_asked_here(who, spot):
        return True
    async with seat(request) as at:
        return await whereabouts.is_seen(at.desk, at.tx, at.viewer, spot)


def _is_asked_here(who: Session, spot: Spot) -> bool:
    """Say whether to look; who may not, or has a code to give first, hears so from the page."""
    may = who.may(RIGHTS[spot.page]) if spot.id is not None else False
    return who.tenant is not None and may and not who.code_needed


def lead(request: web.Request, path: str) -> web.Response:
    """Return the way to a page; in the Mini App it is put on top of home in the history."""
    if not is_fragment(request):
        return go(path)
    way = {"path": path, "target": "#main", "swap": "outerHTML", "push": path}
    return web.Response(headers={"HX-Location": orjson.dumps(way).decode()})
