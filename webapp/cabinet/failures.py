"""What a whole page says when its view failed: an expected refusal or a calm error with a code.

Only for pages a browser asked for itself. Fragments get the JSON of the guard: the page that asked
has its own words for it (`static/live.js`), and the API speaks JSON anyway. Only what a page's own
form cannot say (a choice nobody offered) is 400 there, not 422: a 422 is put into the page.
"""

from __future__ import annotations

import logging

from aiohttp import web

from services.kit import errors
from services.kit.log import current_trace
from webapp.auth.session import View, rule_of
from webapp.cabinet import frame
from webapp.middlewares import problem

log = logging.getLogger(__name__)

STATUS: dict[type[errors.AppError], int] = {
    errors.NotFound: 404,
    errors.InvalidInput: 404,  # an address nobody of ours made
    errors.Forbidden: 403,
    errors.Unavailable: 503,
}


@web.middleware
async def failures(request: web.Request, handler: View) -> web.StreamResponse:
    """Draw the failure of a page as a page."""
    rule = rule_of(request.match_info.handler)
    if rule is not None and rule.is_page and frame.is_fragment(request):
        return await _part(request, handler)
    if rule is None or not rule.is_page or request.method != "GET":
        return await handler(request)
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return await _page(request, 404)
    except errors.AppError as error:
        return await _page(request, STATUS.get(type(error), 400))
    except web.HTTPException:
        raise
    except Exception:
        log.exception("page failed", extra={"route": _route(request)})
        return await _page(request, 500)


async def _part(request: web.Request, handler: View) -> web.StreamResponse:
    try:
        return await handler(request)
    except errors.InvalidInput as error:
        return problem(400, error.key, field=error.field)


async def _page(request: web.Request, status: int) -> web.Response:
    template = "states/gone.html" if status == 404 else "states/error.html"
    return await frame.render(request, template, status=status, trace=current_trace())


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"
