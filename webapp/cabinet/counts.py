"""The numbers on the tabs, and the opening of the cabinet in an application."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from services.desk.values import Badges, View
from webapp.auth.session import session
from webapp.cabinet import frame
from webapp.desk import Seat, seat
from webapp.keys import SERVICES

BADGES: web.RequestKey[Badges] = web.RequestKey("badges", Badges)


def open_up(app: web.Application) -> None:
    """Give the application its pages' frame and the numbers on it."""
    frame.setup(app, app[SERVICES].clock)
    app[frame.COUNTS] = counts


async def counts(request: web.Request) -> Mapping[str, int]:
    """Return what waits behind each tab the caller may open."""
    who = session(request)
    if who.tenant is None or who.code_needed or not who.may("dialogs.read"):
        return {}
    found = request.get(BADGES)
    if found is None:
        async with seat(request) as at:
            found = await badges(request, at)
    waiting, lost = found.views[View.WAITING], found.stuck
    return {"dialogs": waiting, "undelivered": lost, "more": lost}


async def badges(request: web.Request, at: Seat) -> Badges:
    """Return the numbers of this moment; tabs and views of one page show the same ones."""
    found = request[BADGES] = await at.desk.dialogs.badges(at.tx, at.viewer)
    return found
