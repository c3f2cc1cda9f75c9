"""The way to the page that asks for a code of the second factor, and back."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import orjson
from aiohttp import web

PLACE = "/app/security/code"
OURS = re.compile(r"/app(?:[/?][\w./?=&%~:-]*)?", re.ASCII)
"""Addresses a code may lead back to: pages of ours, nothing that names a host."""


def ask(request: web.Request) -> web.Response:
    """Lead whoever has to give a code first to the page that takes it. An answer of 303 would do
    for a whole page; a part of one, or a form, has to move the whole page too.
    """
    path = f"{PLACE}?next={quote(back_from(request), safe='')}"
    if "HX-Request" not in request.headers:
        return web.Response(status=303, headers={"Location": path})
    way = {"path": path, "target": "#main", "swap": "outerHTML"}
    return web.Response(status=403, headers={"HX-Location": orjson.dumps(way).decode()})


def back_from(request: web.Request) -> str:
    """Return the page to come back to: the one asked for, else the one it was asked from."""
    is_page = request.method == "GET" and request.headers.get("HX-Target", "main") == "main"
    if is_page:
        return ours(request.path_qs)
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    return ours(f"{here.path}?{here.query}" if here.query else here.path)


def ours(path: str) -> str:
    """Return the path if it is a page of ours, else home."""
    return path if OURS.fullmatch(path) and "//" not in path else "/app"
