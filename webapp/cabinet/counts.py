"""The numbers on the tabs, and the opening of the cabinet in an application."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from services.desk.values import View
from webapp.auth.session import session
from webapp.cabinet import frame
from webapp.desk import seat
from webapp.keys import SERVICES


def open_up(app: web.Application) -> None:
    """Give the application its pages' frame and the numbers on it."""
    frame.setup(app, app[SERVICES].clock)
    app[frame.COUNTS] = counts


async def counts(request: web.Request) -> Mapping[str, int]:
    """Return what waits behind each tab the caller may open."""
    who = session(request)
    if who.tenant is None or who.code_needed or not who.may("dialogs.read"):
        return {}
    async with seat(request) as at:
        dialogs = await at.desk.dialogs.counts(at.tx, at.viewer)
        stuck = await at.desk.undelivered.groups(at.tx, at.viewer)
    waiting, lost = dialogs.get(View.WAITING, 0), sum(group.count for group in stuck)
    return {"dialogs": waiting, "undelivered": lost, "more": lost}
