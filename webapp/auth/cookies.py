"""A browser's session: two cookies it cannot read, and the checks that a change was meant.

`__Host-` (Secure, HttpOnly, SameSite=Lax, no domain) wherever the product is reached by https.
Only on a laptop without https the names go without the prefix: browsers would drop them there.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from services.identity.queries import MAX_DAYS
from services.identity.sessions import Sessions
from services.identity.values import Issued
from services.kit.errors import Forbidden
from services.kit.settings import Settings
from webapp.keys import SERVICES

ACCESS = "vishenka"
REFRESH = "vishenka-refresh"
LOGIN = "vishenka-login"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
FORM = "application/x-www-form-urlencoded"
SAFE_METHODS = frozenset({"GET", "HEAD"})
RENEWED: web.RequestKey[Issued] = web.RequestKey("renewed", Issued)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_secure(settings: Settings) -> bool:
    """Say whether browsers reach us by https."""
    return settings.is_prod or (settings.public_url or "").startswith("https://")


def read(request: web.Request, name: str) -> str:
    """Return a cookie of ours, "" when there is none."""
    return request.cookies.get(_name(request, name), "")


async def renew(request: web.Request, response: web.StreamResponse) -> None:
    """Give the browser the tokens that were renewed while it was answered, with whatever answer
    (a signal of the application: an error or a stream must not lose them).
    """
    issued = request.get(RENEWED)
    if issued is not None:
        put(request, response, issued)


def put(request: web.Request, response: web.StreamResponse, issued: Issued) -> None:
    """Give the browser fresh tokens."""
    keep(request, response, ACCESS, issued.access_token, issued.expires_in)
    keep(request, response, REFRESH, issued.refresh_token, MAX_DAYS * 86_400)


def keep(
    request: web.Request, response: web.StreamResponse, name: str, value: str, seconds: int
) -> None:
    """Set one cookie of ours. The header is written here: when `renew` runs, aiohttp has turned
    `response.cookies` into headers already.
    """
    secure = "; Secure" if is_secure(request.app[SERVICES].settings) else ""
    text = f"{_name(request, name)}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax"
    response.headers.add("Set-Cookie", text + secure)


def drop(request: web.Request, response: web.StreamResponse, *names: str) -> None:
    """Take cookies back, those renewed on the way too."""
    if ACCESS in names and RENEWED in request:
        del request[RENEWED]
    for name in names:
        keep(request, response, name, "", 0)


def check_origin(request: web.Request) -> None:
    """Raise Forbidden for a change that a foreign page, or none, sent the browser to make."""
    origin = request.headers.get("Origin", "")
    if origin not in _origins(request):
        raise Forbidden("auth.foreign_origin")


async def check_csrf(request: web.Request, sessions: Sessions, access_id: object) -> None:
    """Raise Forbidden for a change without the word only our pages know."""
    word = request.headers.get(CSRF_HEADER, "")
    if not word and request.content_type == FORM:
        word = str((await request.post()).get(CSRF_FIELD, ""))
    if not sessions.is_csrf(access_id, word):  # type: ignore[arg-type]
        raise Forbidden("auth.csrf")


def _origins(request: web.Request) -> set[str]:
    settings = request.app[SERVICES].settings
    public = urlsplit(settings.public_url or f"http://{settings.listen}")
    own = {f"{public.scheme}://{public.netloc}"}
    host = urlsplit(f"//{request.host}").hostname or ""
    if not settings.is_prod and host in LOOPBACK:
        own.add(f"http://{request.host}")  # a laptop: whatever port it was started on
    return own


def _name(request: web.Request, name: str) -> str:
    return f"__Host-{name}" if is_secure(request.app[SERVICES].settings) else name
