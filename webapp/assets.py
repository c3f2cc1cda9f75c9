"""Static files: ours and htmx's, read once at start, gzip beside them.

All live under one address that changes with any of them (`/static/{release}/app.css`), so that a
browser keeps them for ever and modules import each other by relative names. A page from before an
update asks for an older release: it gets today's file, not to be kept.

htmx comes inside a wheel and is only read from there: no third-party code is in the repository.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).with_name("static")
ROUTE = "/static/{release}/{name}"
CARRIED = {"htmx.js": ("django-htmx", "django_htmx/static/django_htmx/htmx-2.min.js")}
"""Name we serve: the wheel that carries the file, its place inside."""
KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
REMARK = re.compile(rb"^[ \t]*(?:/\*.*?\*/[ \t]*\n|//[^\n]*\n)", re.DOTALL | re.MULTILINE)
"""A remark on lines of its own: for readers, not for browsers; its lines stay, empty, so that a
reported line number is the source's.
"""
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it travels."""

    kind: str
    body: bytes
    packed: bytes


@dataclass(frozen=True, slots=True)
class Assets:
    """Every file of this program, and the release they make together."""

    release: str
    files: Mapping[str, Asset]

    def url(self, name: str) -> str:
        """Return the address of a file. Raises KeyError for one that is not there."""
        return f"/static/{self.release}/{name}" if self.files[name] else ""


@functools.cache
def assets() -> Assets:
    """Return the files. Raises FileNotFoundError when a wheel lacks what it should carry."""
    bodies = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.is_file()}
    for name, (wheel, place) in CARRIED.items():
        bodies[name] = Path(str(distribution(wheel).locate_file(place))).read_bytes()
    digest = hashlib.sha256()
    for name, body in sorted(bodies.items()):
        digest.update(name.encode() + b"\0" + body + b"\0")
    return Assets(digest.hexdigest()[:12], {name: _asset(name, bodies[name]) for name in bodies})


async def serve(request: web.Request) -> web.Response:
    """Answer GET /static/{release}/{name}."""
    known = assets()
    asset = known.files.get(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    is_current = request.match_info["release"] == known.release
    headers = {"Cache-Control": FOR_EVER if is_current else "no-cache", "Vary": "Accept-Encoding"}
    packs = "gzip" in request.headers.get("Accept-Encoding", "")
    if packs:
        headers["Content-Encoding"] = "gzip"
    body = asset.packed if packs else asset.body
    return web.Response(body=body, content_type=asset.kind, charset="utf-8", headers=headers)


def _asset(name: str, body: bytes) -> Asset:
    if name.endswith(".js") and name not in CARRIED:
        body = REMARK.sub(lambda found: b"\n" * found[0].count(b"\n"), body)
    return Asset(KINDS[Path(name).suffix], body, gzip.compress(body, 9, mtime=0))
