"""What stands around every page: layout, tabs, the shell for who is signed out, refusals.

One view serves an address in three forms: `<main>` alone for htmx, the whole page for a browser
with a session, the empty shell otherwise (the gate calls `shell` then, no view runs).
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp_jinja2
import jinja2
import orjson
from aiohttp import web

from services.kit.clock import Clock, SystemClock
from services.kit.errors import AppError
from services.kit.i18n import locales
from services.kit.log import current_trace
from webapp.assets import assets
from webapp.auth.session import REFUSAL, SESSION, SHELL, Session
from webapp.cabinet.policy import APP_SCRIPT, HEADERS
from webapp.speech import Speech

TEMPLATES = Path(__file__).parents[1] / "templates"
FRAGMENT, WHOLE = "frame/fragment.html", "frame/page.html"
SCHEME = "scheme"
VERSION = "X-Version"
PROBLEMS = ("auth.", "error.")
"""What of the catalogue a sign-in that failed may come back with, as `?problem=`."""
HTMX = orjson.dumps(
    {
        "allowEval": False,
        "allowScriptTags": False,
        "includeIndicatorStyles": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "scrollBehavior": "auto",
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            {"code": "422", "swap": True, "error": False},
            {"code": "[45]..", "swap": False, "error": True},
        ],
    }
).decode()
"""No evaluation, no script from answers, no page kept in storage."""

Counts = Callable[[web.Request], Awaitable[Mapping[str, int]]]
COUNTS: web.AppKey[Counts] = web.AppKey("counts", Callable)  # type: ignore[arg-type]
CLOCK: web.AppKey[Clock] = web.AppKey("cabinet-clock", Clock)


class Careful(jinja2.StrictUndefined):
    """What a template was not given may be asked for (`if row.note`), never shown."""

    def __bool__(self) -> bool:  # type: ignore[override]  # the parent's always raises
        """Say no: it is not there."""
        return False


@dataclass(frozen=True, slots=True)
class Tab:
    """A row of the tab bar or the left rail."""

    name: str
    path: str
    icon: str
    permission: str
    is_rail_only: bool = False


TABS = (
    Tab("now", "/app", "now", "home.read"),
    Tab("dialogs", "/app/dialogs", "chat", "dialogs.read"),
    Tab("undelivered", "/app/undelivered", "inbox", "deliveries.read", is_rail_only=True),
    Tab("reports", "/app/reports", "chart", "home.read"),
    Tab("bots", "/app/bots", "bot", "bots.read", is_rail_only=True),
    Tab("accounts", "/app/accounts", "hook", "accounts.read", is_rail_only=True),
    Tab("workspaces", "/app/workspaces", "users", "workspaces.read", is_rail_only=True),
    Tab("canned", "/app/canned", "bolt", "canned.read", is_rail_only=True),
    Tab("team", "/app/team", "user", "team.read", is_rail_only=True),
    Tab("security", "/app/security", "lock", "self.read", is_rail_only=True),
    Tab("settings", "/app/settings", "gear", "settings.read", is_rail_only=True),
    Tab("more", "/app/more", "more", "self.read"),
)


def setup(app: web.Application, clock: Clock | None = None) -> None:
    """Give the application its templates, the shell and the page of refusals."""
    app[CLOCK] = clock or SystemClock()
    env = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=Careful,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals |= {"asset": assets().url, "htmx_config": HTMX, "app_script": APP_SCRIPT}
    app[SHELL], app[REFUSAL] = shell, refuse


async def render(
    request: web.Request, template: str, *, tab: str = "", status: int = 200, **context: Any
) -> web.Response:
    """Return a page in the form this request wants."""
    who = request[SESSION]
    counts = await request.app[COUNTS](request) if COUNTS in request.app else {}
    frame = {
        "layout": FRAGMENT if is_fragment(request) else WHOLE,
        "who": who,
        "tab": tab,
        "tabs": tabs(request.app, who),
        "counts": counts,
        "scheme": scheme(request),
        **_words(speech(request)),
    }
    response = draw(request, template, frame | context, status)
    if request.method == "POST":  # the address stays the form's: what it was sent to shows nothing
        response.headers["HX-Push-Url"] = "false"
    if request.method == "POST":  # the address stays the form's: what it was sent to shows nothing
        response.headers["HX-Push-Url"] = "false"
    return unless_seen(request, response) if status == 200 else response


def unless_seen(request: web.Request, response: web.Response) -> web.Response:
    """Return 204 instead of what a page that looks again already shows."""
    if not is_fragment(request):
        return response
    version = hashlib.blake2b(response.body, digest_size=8).hexdigest()  # type: ignore[arg-type]
    if request.headers.get(VERSION) == version:
        return web.Response(status=204, headers=HEADERS)
    response.headers[VERSION] = version
    return response


def draw(
    request: web.Request, template: str, context: dict[str, Any], status: int = 200
) -> web.Response:
    """Return a template as an answer under the pages' policy."""
    text = aiohttp_jinja2.get_env(request.app).get_template(template).render(context)
    return web.Response(status=status, text=text, content_type="text/html", headers=HEADERS)


def speech(request: web.Request) -> Speech:
    """Return how to speak to the caller now."""
    who = request[SESSION]
    return _speech(request, who.locale, who.zone)


def _speech(request: web.Request, locale: str, zone: str) -> Speech:
    return Speech(locale, ZoneInfo(zone), request.app[CLOCK].now().astimezone(UTC))


def _words(s: Speech) -> dict[str, Any]:
    """Return what templates speak with."""
    return {"s": s, "t": s.t, "n": s.n}


async def shell(request: web.Request) -> web.Response:
    """Return the document without data: it signs in and asks for this address again."""
    s = _speech(request, language(request), "UTC")
    key = request.query.get("problem", "")
    said = s.t(key).split("\n") if key.startswith(PROBLEMS) else [key]
    context = {
        "scheme": scheme(request),
        "problem": said if said != [key] else [],
        **_words(s),
    }
    return draw(request, "frame/shell.html", context)


async def refuse(request: web.Request, error: AppError) -> web.Response:
    """Return the page for somebody who is signed in and may not see this one."""
    return await render(
        request, "states/refused.html", status=403, error=error, trace=current_trace()
    )


def tabs(app: web.Application, who: Session) -> list[Tab]:
    """Return the tabs whose page exists and that this person may open."""
    there = paths(app)
    return [tab for tab in TABS if tab.path in there and who.may(tab.permission)]


def paths(app: web.Application) -> set[str]:
    """Return the addresses this application answers to."""
    return {resource.canonical for resource in app.router.resources()}


def is_fragment(request: web.Request) -> bool:
    """Say whether htmx asks, for a page or for going back to one."""
    return "HX-Request" in request.headers


def scheme(request: web.Request) -> str:
    """Return light or dark as the last page found it, "" for a newcomer."""
    known = request.cookies.get(SCHEME, "")
    return known if known in {"light", "dark"} else ""


def language(request: web.Request) -> str:
    """Return the browser's language, of those we speak."""
    asked = request.headers.get("Accept-Language", "")[:2].lower()
    return asked if asked in locales() else "ru"


def moment(request: web.Request) -> datetime:
    """Return now, for views that count time."""
    return request.app[CLOCK].now()
