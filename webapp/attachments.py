"""GET /app/files/{name}: an attachment of a dialog, for the eyes, by a link of five minutes.

The type is found by the first bytes, never believed; only pictures, sound and video are shown in
place, everything else is saved. What the provider does not give (any more) is not there: 404.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

from aiohttp import web

from services.connectors.errors import ConnectorError, Temporary
from services.desk.attachments import Content
from services.kit.mime import sniff
from webapp.files import HEADERS, named
from webapp.keys import SERVICES

IN_PLACE = ("image/", "audio/", "video/")


async def show(request: web.Request) -> web.StreamResponse:
    """Stream it."""
    found = await request.app[SERVICES].features.desk.attachments.open(request.match_info["name"])
    try:
        return await _show(request, found)
    finally:  # who left in the middle leaves the provider's answer open
        if isinstance(found.stream, AsyncGenerator):
            await found.stream.aclose()


async def _show(request: web.Request, found: Content) -> web.StreamResponse:
    head = await _first(found)
    response = web.StreamResponse(headers=HEADERS | {"Cache-Control": "private, max-age=300"})
    response.content_type = sniff(head)
    if not response.content_type.startswith(IN_PLACE):
        response.headers["Content-Disposition"] = named(found.name)
    with contextlib.suppress(ConnectionResetError):  # whoever asked may have gone to another page
        await response.prepare(request)
        if request.method != "HEAD":
            await _pour(response, head, found.stream)
        await response.write_eof()
    return response


async def _first(found: Content) -> bytes:
    """Return the first piece; what fails before it is told by a status, not by a torn file."""
    try:
        return await anext(found.stream, b"")
    except Temporary as error:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from error
    except ConnectorError as error:
        raise web.HTTPNotFound from error


async def _pour(response: web.StreamResponse, head: bytes, rest: AsyncIterator[bytes]) -> None:
    await response.write(head)
    async for chunk in rest:
        await response.write(chunk)
