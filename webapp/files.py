"""GET /f/{token}: a file by its link. Forged, expired, unknown and erased ones answer alike: 404.

Always an attachment with a type of our own finding, never shown by the browser as a page of ours.
"""

from __future__ import annotations

from contextlib import aclosing
from urllib.parse import quote

from aiohttp import web

from webapp.keys import SERVICES

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


async def show(request: web.Request) -> web.StreamResponse:
    """Stream the file."""
    found = await request.app[SERVICES].features.file_links.open(request.match_info["token"])
    if found is None:
        raise web.HTTPNotFound
    response = web.StreamResponse(headers=HEADERS | {"Content-Disposition": named(found.name)})
    response.content_type = found.mime
    response.content_length = found.size
    await response.prepare(request)
    async with aclosing(found.chunks) as chunks:
        if request.method != "HEAD":
            async for chunk in chunks:
                await response.write(chunk)
    await response.write_eof()
    return response


def named(name: str) -> str:
    """Return the disposition: the name in plain letters for old programs, the whole beside it."""
    clean = "".join(c for c in name if c.isprintable() and c not in '/\\"')[:150] or "file"
    plain = clean.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='')}"
