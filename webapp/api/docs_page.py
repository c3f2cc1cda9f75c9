"""`/api/docs`: the OpenAPI document for eyes, drawn on the server, without a script."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import Any

import orjson
from aiohttp import web

from webapp.api.docs import document

STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2rem}details{border-top:1px solid #8884;padding:.5rem 0}summary{cursor:pointer}
code,pre{font:14px/1.5 ui-monospace,monospace}pre{overflow:auto;background:#8881;padding:.75rem}
b{display:inline-block;min-width:4.5rem}"""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Vishenka API</title><link rel="icon" href="data:,"><style>{style}</style></head>
<body><main><h1>Vishenka API</h1>
<p>Machine-readable: <a href="/api/v1/openapi.json">openapi.json</a>. Every call carries
<code>Authorization: Bearer …</code>: a machine's key, or the access token of a session. Lists are
<code>{{"items": […], "next_cursor": …}}</code>, refusals
<code>{{"error": {{"code", "retryable", "field", "trace"}}}}</code>.</p>
{groups}</main></body></html>
"""
GROUP = "<h2>{name}</h2>{operations}"
OPERATION = """<details><summary><b>{method}</b> <code>{path}</code> {summary}</summary>
<p>{description}</p>{parts}</details>"""
PART = "<h3>{name}</h3><pre>{text}</pre>"


async def show(request: web.Request) -> web.Response:
    """Answer GET /api/docs."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
    headers = {"Content-Security-Policy": policy + "frame-ancestors 'none'"}
    return web.Response(
        text=page(document(request.app)), content_type="text/html", headers=headers
    )


def page(found: dict[str, Any]) -> str:
    """Return the document as a page, grouped by the first word of the path."""
    groups: dict[str, list[str]] = {}
    for path, verbs in sorted(found["paths"].items()):
        rows = groups.setdefault(path.split("/")[3], [])
        for method, operation in verbs.items():
            rows.append(_operation(path, method, operation, found["components"]["schemas"]))
    shown = "".join(
        GROUP.format(name=escape(name), operations="".join(rows)) for name, rows in groups.items()
    )
    return PAGE.format(style=STYLE, groups=shown)


def _operation(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    parts = [("Parameters", operation["parameters"])] if operation["parameters"] else []
    for name, holder in (("Body", operation.get("requestBody")), ("Answer", _good(operation))):
        if holder is not None:
            ref = holder["content"]["application/json"]["schema"]["$ref"]
            parts.append((name, schemas[ref.rpartition("/")[2]]))
    return OPERATION.format(
        method=method.upper(),
        path=escape(path),
        summary=escape(operation["summary"]),
        description=escape(operation.get("description", "Open to everybody.")),
        parts="".join(PART.format(name=name, text=_text(part)) for name, part in parts),
    )


def _good(operation: dict[str, Any]) -> dict[str, Any] | None:
    responses: dict[str, Any] = operation["responses"]
    return next((one for status, one in responses.items() if status.startswith("2")), None)


def _text(part: object) -> str:
    return escape(orjson.dumps(part, option=orjson.OPT_INDENT_2).decode())
