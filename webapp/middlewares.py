"""What every request passes: a trace id, expected refusals as JSON, unexpected ones as a calm 500
with a code.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web

from services.identity.errors import Unauthenticated
from services.kit import errors, metrics
from services.kit.log import bind, current_trace, new_trace

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATUS: dict[type[errors.AppError], int] = {
    errors.NotFound: 404,
    errors.Conflict: 409,
    Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.InvalidInput: 422,
    errors.ConsentMissing: 409,
    errors.QuotaExceeded: 429,
    errors.ChannelSuspended: 409,
    errors.Unavailable: 503,
}
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Bind the trace and turn every failure into an answer."""
    if request.path.startswith("/hooks/"):
        return await handler(request)
    started = time.perf_counter()
    with bind(trace=new_trace()):
        response = await _answer(request, handler)
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        seconds = time.perf_counter() - started
        metrics.http_request(request.method, _route(request), response.status, seconds)
        return response


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return problem(error.status, f"error.http_{error.status}")
    except errors.AppError as error:
        return _refusal(error)
    except Exception:
        log.exception("request failed", extra={"route": _route(request)})
        return problem(500, "error.internal")


def _refusal(error: errors.AppError) -> web.Response:
    field = str(error.params.get("field", ""))
    response = problem(_status(error), error.key, retryable=error.retryable, field=field)
    wait = error.params.get("retry_after_seconds")
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


def _status(error: errors.AppError) -> int:
    """Return the number of the nearest relative in the table: features refine the tree."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def problem(status: int, code: str, *, retryable: bool = False, field: str = "") -> web.Response:
    """Return an error as JSON: a stable code, whether repeating helps, and the trace for
    support.
    """
    body = {
        "error": {"code": code, "retryable": retryable, "field": field, "trace": current_trace()}
    }
    headers = {"Retry-After": "2"} if status in (429, 503) else {}
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json", headers=headers
    )


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"
