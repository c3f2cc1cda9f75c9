"""Asks the supervisor, over its unix socket, to kill one of the product's processes."""

from __future__ import annotations

from pathlib import Path

import aiohttp
from aiohttp import web

from sandbox.city.wire import reply


async def kill(socket: Path | None, child: str) -> web.Response:
    """SIGKILL `child`; 404 without a supervisor."""
    if socket is None or not socket.exists():
        return reply({"error": "no supervisor"}, 404)
    if not child.isalpha():
        return reply({"error": "no such child"}, 404)
    connector = aiohttp.UnixConnector(path=str(socket))
    try:
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.post(f"http://supervisor/kill/{child}") as response,
        ):
            return reply(await response.json(), response.status)
    except (aiohttp.ClientError, OSError):
        return reply({"error": "the supervisor does not answer"}, 502)
