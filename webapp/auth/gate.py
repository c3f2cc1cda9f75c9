"""The gate every request passes after the guard: no caller without a right reaches a view.

Default deny: a route is open by name (`OPEN`, each with its reason), or its view is marked with
`require` or `page`, or it answers nobody. `check_routes` refuses to build an application with an
unmarked view or a permission the matrix does not name.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from aiohttp import web

from services.identity.errors import CodeNeeded, Unauthenticated
from services.kit.errors import AppError, Forbidden, InvalidInput
from services.tenants.rights import rights
from webapp.auth import cookies, stepup
from webapp.auth.caller import caller
from webapp.auth.limits import pace
from webapp.auth.session import (
    REFUSAL,
    SESSION,
    SHELL,
    Rule,
    Session,
    SessionKind,
    View,
    rule_of,
)

log = logging.getLogger(__name__)

OPEN = {
    "/": "says what this is",
    "/hooks/{provider}/{key}": "each provider proves its own calls",
    "/f/{token}": "the token is signed and names one file until its time is over",
    "/healthz": "says alive or not, nothing else",
    "/readyz": "says ready or not, nothing else",
    "/metrics": "asks for its own token",
    "/api/docs": "the same for eyes",
    "/api/v1/openapi.json": "what the API is, not what is in it",
    "/api/v1/auth/telegram": "where the Mini App signs in",
    "/api/v1/auth/refresh": "brings its own token",
    "/api/v1/auth/logout": "brings its own token; signing out must always work",
    "/static/{release}/{name}": "the same files for everybody, nobody's data",
    "/app/files/{name}": "the name is a link sealed for five minutes",
    "/app/errors": "pages fail before sign-in too; counted, nothing of it is believed",
    "/app/login": "sends a browser to Telegram",
    "/app/login/callback": "where Telegram sends it back, with a proof",
}
"""Routes without a caller, by canonical path."""
HOME, REST = "/app", "/app/more"


class Unmarked(Exception):
    """A route nobody decided about."""


@web.middleware
async def gate(request: web.Request, handler: View) -> web.StreamResponse:
    """Find the caller, ask the matrix, run the view."""
    if "%00" in request.raw_path and not request.path.startswith("/hooks/"):  # 404 there, and bare
        raise InvalidInput("error.invalid_input")  # no text of ours holds a NUL, no table either
    resource = request.match_info.route.resource
    if resource is None or resource.canonical in OPEN:
        return await handler(request)  # nothing there (404, 405), or open to all
    rule = rule_of(request.match_info.handler)
    if rule is None:
        log.error("a route without a rule was asked for", extra={"route": resource.canonical})
        raise web.HTTPNotFound
    try:
        await _admit(request, rule)
    except (Unauthenticated, Forbidden) as error:
        return await _turn_away(request, rule, error)
    response = await handler(request)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


async def _admit(request: web.Request, rule: Rule) -> None:
    who = request[SESSION] = await caller(request)
    if rule.is_page and who.kind is SessionKind.MACHINE:
        raise Forbidden("error.people_only")
    allow(who, rule.permission)
    await pace(request, who)


def allow(caller: Session, permission: str) -> None:
    """Raise Forbidden unless the matrix lets the caller do this now."""
    about_self = permission.startswith("self.")
    if not caller.may(permission):
        raise Forbidden(_why_not(caller))
    if caller.code_needed and not about_self:
        raise CodeNeeded("auth.code_needed")
    if rights()[permission].confirm and caller.has_factor and not caller.is_confirmed:
        raise CodeNeeded("auth.code_needed")


def _why_not(caller: Session) -> str:
    if caller.kind is SessionKind.MACHINE:
        return "error.scope_missing"
    return "error.forbidden" if caller.role is not None else "auth.no_seat"


async def _turn_away(request: web.Request, rule: Rule, error: AppError) -> web.StreamResponse:
    """Answer who may not pass: whole pages in their own way, everything else as the API does."""
    if rule.is_page and isinstance(error, CodeNeeded):
        return stepup.ask(request)
    if rule.is_page and request.path.rstrip("/") == HOME and _belongs(request):
        # the Mini App opens at home: who has none here (billing) begins at the rest
        return web.Response(status=303, headers={"Location": REST})
    if rule.is_page and "HX-Request" not in request.headers:
        signed_out = isinstance(error, Unauthenticated)
        shell, refusal = request.app.get(SHELL), request.app.get(REFUSAL)
        if signed_out and shell is not None and request.method in cookies.SAFE_METHODS:
            return await shell(request)
        is_known = not signed_out and SESSION in request  # a forged form is nobody's
        if is_known and refusal is not None:
            return await refusal(request, error)
    raise error


def _belongs(request: web.Request) -> bool:
    return SESSION in request and request[SESSION].role is not None


def routes(app: web.Application) -> Iterator[tuple[str, str, object]]:
    """Yield method, canonical path and view of every route."""
    for route in app.router.routes():
        if route.resource is not None:
            yield route.method, route.resource.canonical, route.handler


def check_routes(app: web.Application) -> None:
    """Raise Unmarked when a route is neither open nor marked with a permission of the matrix."""
    for method, path, view in routes(app):
        rule = rule_of(view)
        if path not in OPEN and (rule is None or rule.permission not in rights().permissions):
            raise Unmarked(f"{method} {path}")
