"""The HTTP server's manners: slow, greedy and malformed clients are sent away.

aiohttp waits for headers and bodies for as long as a client likes. Here a connection is closed
when a request's headers are not complete within 10 s or its body within 30 s, one address holds at
most 50 connections (a trusted proxy's are not counted: it speaks for many), and what is not HTTP
is answered 400 in as few words as possible and closed.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from webapp.connection import Connection
from webapp.deadlines import Deadlines
from webapp.express import Express

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


class Server(web.Server):
    """Makes guarded connections."""

    def __init__(self, plain: web.Server, crowd: Crowd, express: Express | None = None) -> None:
        super().__init__(
            plain.request_handler,
            request_factory=plain.request_factory,
            handler_cancellation=plain.handler_cancellation,
            loop=plain._loop,
            **plain._kwargs,
        )
        self.crowd = crowd
        self.deadlines = Deadlines(plain._loop)
        self._express = express

    def __call__(self) -> Connection:
        """Return the protocol of a new connection."""
        return Connection(self, self._express, loop=self._loop, **self._kwargs)


class GuardedRunner(web.AppRunner):
    """Runs an application behind a guarded server; webhooks may take the short way."""

    __slots__ = ("_crowd", "_express")

    def __init__(
        self, app: web.Application, crowd: Crowd, express: Express | None = None, **kwargs: Any
    ) -> None:
        super().__init__(app, **kwargs)
        self._crowd = crowd
        self._express = express

    async def _make_server(self) -> web.Server:
        return Server(await super()._make_server(), self._crowd, self._express)
