"""Parts of pages that come alone: sheets and rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from webapp.auth.session import session
from webapp.cabinet import frame

OPENS = {"HX-Trigger-After-Settle": "sheet-open"}


@dataclass(frozen=True, slots=True)
class Toast:
    """What was done, in words; `url` and `token`: the way back or on, "" where there is none;
    `act` names it, "" is "undo".
    """

    text: str
    url: str = ""
    token: str = ""
    act: str = ""


def sheet(request: web.Request, template: str, **context: Any) -> web.Response:
    """Return a sheet, which opens itself."""
    response = piece(request, template, **context)
    response.headers.update(OPENS)
    return response


def go(path: str) -> web.Response:
    """Return the way to the page that shows what an act came to."""
    return web.Response(status=303, headers={"Location": path})


def piece(request: web.Request, template: str, **context: Any) -> web.Response:
    """Return a template without the frame around it."""
    s = frame.speech(request)
    speech = {"s": s, "t": s.t, "n": s.n, "who": session(request)}
    return frame.draw(request, template, speech | context)
