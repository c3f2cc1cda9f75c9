"""Static files of the page, under a strict policy."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

PAGE = Path(__file__).parent.parent / "page"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript",
         ".svg": "image/svg+xml"}  # fmt: skip
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def serve(request: web.BaseRequest, path: str) -> web.StreamResponse:
    """One file of the page folder, by its plain name."""
    name = path.lstrip("/") or "index.html"
    file = PAGE / name
    if request.method not in {"GET", "HEAD"} or "/" in name or file.suffix not in TYPES:
        return web.Response(status=404, text="not found")
    if not file.is_file():
        return web.Response(status=404, text="not found")
    return web.Response(
        body=file.read_bytes(), content_type=TYPES[file.suffix], charset="utf-8", headers=HEADERS
    )
