"""The HTTP server's manners: slow, greedy and malformed clients are sent away.

aiohttp waits for headers and bodies for as long as a client likes. Here a connection is closed
when a request's headers are not complete within 10 s or its body within 30 s, one address holds at
most 50 connections (a trusted proxy's are not counted: it speaks for many), and what is not HTTP
is answered 400 in as few words as possible and closed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import StreamReader, web
from aiohttp.web_protocol import RequestHandler

log = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how many."""

    header_seconds: float = 10.0
    body_seconds: float = 30.0
    connections_per_peer: int = 50


class Crowd:
    """Open connections by address; trusted proxies and local sockets are not counted."""

    def __init__(self, limits: Limits, trusted: Iterable[str] = ()) -> None:
        self.limits = limits
        self._trusted: list[Network] = [ipaddress.ip_network(t, strict=False) for t in trusted]
        self._open: Counter[str] = Counter()

    def enter(self, peer: str) -> bool:
        """Count a connection; False when this address holds too many already."""
        if not peer or self._is_trusted(peer):
            return True
        self._open[peer] += 1
        return self._open[peer] <= self.limits.connections_per_peer

    def leave(self, peer: str) -> None:
        """Count a connection off."""
        if peer in self._open:
            self._open[peer] -= 1
            self._open += Counter()  # forgets addresses at zero

    def _is_trusted(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)


class Connection(RequestHandler):
    """One client's connection with its deadlines."""

    __slots__ = ("_crowd", "_late", "_peer")

    def __init__(self, server: Server, crowd: Crowd, **kwargs: Any) -> None:
        super().__init__(server, **kwargs)
        self._crowd = crowd
        self._late: asyncio.TimerHandle | None = None
        self._peer = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in, or close it at once."""
        super().connection_made(transport)
        name = transport.get_extra_info("peername")
        self._peer = str(name[0]) if isinstance(name, tuple) else ""
        if not self._crowd.enter(self._peer):
            log.info("connection refused: too many of one address")
            self.force_close()
            return
        self._expect_headers()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget it."""
        self._cancel()
        self._crowd.leave(self._peer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; a request whose headers are complete gets a deadline for its body."""
        before = self._request_count
        super().data_received(data)
        if self._request_count != before:
            payload = self._messages[-1][1] if self._messages else None
            self._expect_body(payload)
        elif self._late is None and self._waiter is not None:
            self._expect_headers()  # the first bytes of a further request

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is not HTTP, or a failure nobody caught, without telling what it was."""
        del message
        if status >= 500:
            log.error("request failed", exc_info=exc)
        else:
            log.info("malformed request", extra={"error": type(exc).__name__})
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun")
        response = web.Response(status=status)
        response.force_close()
        return response

    def _expect_headers(self) -> None:
        self._cancel()
        self._late = self._loop.call_later(self._crowd.limits.header_seconds, self._give_up, None)

    def _expect_body(self, payload: StreamReader | None) -> None:
        self._cancel()
        if payload is not None and not payload.is_eof():
            seconds = self._crowd.limits.body_seconds
            self._late = self._loop.call_later(seconds, self._give_up, payload)

    def _give_up(self, payload: StreamReader | None) -> None:
        self._late = None
        if payload is None or not payload.is_eof():
            log.info(
                "slow client closed", extra={"part": "headers" if payload is None else "body"}
            )
            self.force_close()

    def _cancel(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class Server(web.Server):
    """Makes guarded connections."""

    def __init__(self, plain: web.Server, crowd: Crowd) -> None:
        super().__init__(
            plain.request_handler,
            request_factory=plain.request_factory,
            handler_cancellation=plain.handler_cancellation,
            loop=plain._loop,
            **plain._kwargs,
        )
        self._crowd = crowd

    def __call__(self) -> Connection:
        """Return the protocol of a new connection."""
        return Connection(self, self._crowd, loop=self._loop, **self._kwargs)


class GuardedRunner(web.AppRunner):
    """Runs an application behind a guarded server."""

    __slots__ = ("_crowd",)

    def __init__(self, app: web.Application, crowd: Crowd, **kwargs: Any) -> None:
        super().__init__(app, **kwargs)
        self._crowd = crowd

    async def _make_server(self) -> web.Server:
        return Server(await super()._make_server(), self._crowd)
