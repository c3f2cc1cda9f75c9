"""Sign-in of a browser: there to Telegram and back with cookies.

`GET /app/login?return_to=/app/…` sends the browser to the issuer, `/app/login/callback` takes it
back. What goes wrong is told by the sign-in page: `/app/?problem=` with a key of the catalogue.
"""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from services.identity.errors import Unauthenticated
from services.identity.login import HOME, Login
from services.kit.errors import AppError, Forbidden, QuotaExceeded, Unavailable
from webapp.auth import cookies, peer
from webapp.auth.limits import LOGIN_ADDRESS, knock
from webapp.keys import SERVICES

ATTEMPT_SECONDS = 600
TELLABLE = (Unauthenticated, Forbidden, QuotaExceeded, Unavailable)


async def begin(request: web.Request) -> web.Response:
    """Answer GET /app/login."""
    try:
        await knock(request, LOGIN_ADDRESS, peer.address(request))
        sent = await _login(request).begin(request.query.get("return_to", ""))
    except TELLABLE as error:
        return _problem(error)
    response = _see(sent.url)
    cookies.keep(request, response, cookies.LOGIN, sent.browser, ATTEMPT_SECONDS)
    return response


async def callback(request: web.Request) -> web.Response:
    """Answer GET /app/login/callback."""
    query, browser = request.query, cookies.read(request, cookies.LOGIN)
    try:
        await knock(request, LOGIN_ADDRESS, peer.address(request))
        if query.get("error"):
            raise Unauthenticated("auth.login_denied")
        arrived = await _login(request).finish(
            browser, query.get("state", ""), query.get("code", ""), peer.device(request)
        )
    except TELLABLE as error:
        response = _problem(error)
    else:
        response = _see(arrived.return_to)
        request[cookies.RENEWED] = arrived.issued
    cookies.drop(request, response, cookies.LOGIN)
    return response


def _login(request: web.Request) -> Login:
    return request.app[SERVICES].features.identity.login


def _problem(error: AppError) -> web.Response:
    return _see(f"{HOME}?{urlencode({'problem': error.key})}")


def _see(url: str) -> web.Response:
    headers = {"Location": url, "Cache-Control": "no-store"}
    return web.Response(status=303, headers=headers)
