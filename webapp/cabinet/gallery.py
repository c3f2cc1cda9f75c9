"""Every component in every state, for people who build pages and for the browser tests.

In development only: in production they are pages that do not exist. The data is invented and made
to hurt: a name of 64 letters, right-to-left text, emoji, a word without a place to break.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aiohttp import web

from services.kit.errors import NotFound
from webapp.auth.session import page
from webapp.cabinet import frame
from webapp.keys import SERVICES

PAGES = ("rows", "tasks", "forms", "talk", "states", "table", "steps")
LONG = "Константин Константинопольский-Задунайский, «Всё для велосипеда»"
RTL = "مرحبا، هل الدراجة متاحة؟"
EMOJI = "Мария 🚲👩‍👩‍👧‍👦 и компания"
WORD = "Длиннющееслововкоторомнетниодногопробела" * 3
COUNTS = {"now": 4, "dialogs": 3, "undelivered": 1_205}


@page("self.read")
async def show(request: web.Request) -> web.Response:
    """Answer GET /app/gallery/{name}."""
    name = request.match_info["name"]
    is_prod = SERVICES in request.app and request.app[SERVICES].settings.is_prod
    if is_prod or name not in PAGES:
        raise NotFound("error.not_found", path=request.path)
    return await frame.render(
        request,
        f"gallery/{name}.html",
        tab="now",
        counts=COUNTS,
        pages=PAGES,
        name=name,
        tabs=frame.TABS,
        **_hurting(request),
    )


def add(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get("/app/gallery/{name}", show)


def _hurting(request: web.Request) -> dict[str, Any]:
    now = frame.moment(request)
    return {
        "LONG": LONG,
        "RTL": RTL,
        "EMOJI": EMOJI,
        "WORD": WORD,
        "now": now,
        "yesterday": now - timedelta(days=1),
        "last_year": now - timedelta(days=400),
    }
