"""`/metrics` and `/healthz` for processes without a web server (METRICS_LISTEN).

A request line and headers of a scraper are all it reads; anything else is closed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from services.kit import metrics

log = logging.getLogger(__name__)

MAX_HEAD = 8192
HEAD_SECONDS = 5.0
OK = "200 OK"

Refresh = Callable[[], Awaitable[bool]]


class MetricsServer:
    """Answers scrapes until closed. `refresh` reads the rows first; `token` as in /metrics."""

    def __init__(self, listen: str, token: str | None, refresh: Refresh) -> None:
        host, _, port = listen.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self._token = token
        self._refresh = refresh
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen; return the port (0 asks for any). Raises OSError when it is taken."""
        self._server = await asyncio.start_server(
            self._serve, self._host, self._port, limit=MAX_HEAD
        )
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
            writer.write(await self._answer(head.decode("latin-1")))
            await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, TimeoutError):
            return
        finally:
            writer.close()

    async def _answer(self, head: str) -> bytes:
        line, *headers = head.split("\r\n")
        match line.split(" ")[:2]:
            case ["GET", "/healthz"]:
                return _response(OK, b"alive\n")
            case ["GET", "/metrics"] if metrics.allowed(self._token, _authorization(headers)):
                await self._refresh()
                return _response(OK, metrics.render(), metrics.CONTENT_TYPE)
            case ["GET", "/metrics"]:
                return _response("401 Unauthorized", b"")
        return _response("404 Not Found", b"")


async def serve_metrics(
    listen: str | None, token: str | None, refresh: Refresh, stop: asyncio.Event
) -> None:
    """Serve until stopped; without an address there is nothing to serve."""
    if not listen:
        await stop.wait()
        return
    server = MetricsServer(listen, token, refresh)
    try:
        await server.start()
    except OSError as error:
        # A second worker on the same machine: the work matters more than its page.
        log.warning("metrics page not served", extra={"error": type(error).__name__})
    try:
        await stop.wait()
    finally:
        await server.close()


def _authorization(headers: list[str]) -> str | None:
    for header in headers:
        name, _, value = header.partition(":")
        if name.strip().lower() == "authorization":
            return value.strip()
    return None


def _response(status: str, body: bytes, content_type: str = "text/plain; charset=utf-8") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
