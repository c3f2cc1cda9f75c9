"""More: the rest of the cabinet as rows, as much of it as there is and as the person may open."""

from __future__ import annotations

from aiohttp import web

from services.kit.errors import NotFound
from webapp.auth.session import page, session
from webapp.cabinet import frame

GROUPS = {
    "talk": ("undelivered", "bots", "accounts", "workspaces", "canned"),
    "business": ("team", "security", "settings"),
}


@page("self.read")
async def show(request: web.Request) -> web.Response:
    """Answer GET /app/more."""
    rows = {tab.name: tab for tab in frame.tabs(request.app, session(request))}
    groups = {name: [rows[one] for one in names if one in rows] for name, names in GROUPS.items()}
    return await frame.render(request, "home/more.html", tab="more", groups=groups)


@page("self.read")
async def nowhere(request: web.Request) -> web.Response:
    """Answer GET /app/… that is no page."""
    raise NotFound("error.not_found", path=request.path)
