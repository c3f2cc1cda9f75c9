"""GETs at a third of the cost of a session's: a kept connection, one write, one answer.

Polls of thousands of accounts are made of such calls. What is not plain (a proxy, a body, an
address that must be quoted first) is left to the session behind `HotClient`.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from services.kit.http_reader import Answer, AnswerReader, NoAnswer, NotSent

CONNECT_SECONDS = 5.0
IDLE_SECONDS = 30.0
MOST_OPEN = 400
USUAL = "User-Agent: vishenka\r\nAccept-Encoding: gzip\r\n"

_plain_path = re.compile(r"[!$%&'()*+,\-./0-9:;=?@A-Z_a-z~]*")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection leads; `name` as the Host header says it."""

    host: str
    port: int
    is_tls: bool
    name: str


class _Gone(NoAnswer):
    """The other side closed the connection."""


class _Wire(asyncio.Protocol):
    """One connection; one call at a time."""

    def __init__(self, lean: Lean) -> None:
        self.idle_since = 0.0
        self.is_open = True
        self._lean = lean
        self._transport: asyncio.Transport | None = None
        self._reader: AnswerReader | None = None
        self._done: asyncio.Future[Answer] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if self._reader is None:  # it speaks unasked: not to be trusted with the next call
            self.close()
            return
        try:
            if self._reader.feed(data):
                self._finish(self._reader)
        except NoAnswer as error:
            self.fail(error)

    def eof_received(self) -> None:
        self.is_open = False
        try:
            if self._reader is not None and self._reader.feed_end():
                self._finish(self._reader)
        except NoAnswer as error:
            self.fail(error)

    def connection_lost(self, error: Exception | None) -> None:
        self._lean.lost(self)
        self.fail(_Gone(type(error).__name__ if error else "ServerDisconnected"))

    def ask(self, request: bytes, seconds: float) -> asyncio.Future[Answer]:
        """Send; the future ends with the answer or with NoAnswer."""
        loop = asyncio.get_running_loop()
        self._reader, self._done = AnswerReader(), loop.create_future()
        self._timer = loop.call_later(seconds, self._late)
        self._transport.write(request)  # type: ignore[union-attr]  # connected by now
        return self._done

    @property
    def is_connected(self) -> bool:
        """Say whether it ever led anywhere."""
        return self._transport is not None

    @property
    def has_heard(self) -> bool:
        """Say whether a byte of the answer has come."""
        return self._reader is not None and self._reader.has_begun

    def fail(self, error: NoAnswer) -> None:
        """End the call, and the connection with it."""
        self.close()
        self._stop_timer()
        if self._done is not None and not self._done.done():
            self._done.set_exception(error)

    def close(self) -> None:
        """Cut the connection."""
        self.is_open = False
        self._lean.lost(self)
        if self._transport is not None:
            self._transport.abort()

    def _late(self) -> None:
        self.fail(NoAnswer("TimeoutError"))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _finish(self, reader: AnswerReader) -> None:
        answer = reader.answer()
        self._reader = None
        self._stop_timer()
        if not reader.is_clean:
            self.close()
        if self._done is not None and not self._done.done():
            self._done.set_result(answer)


class Lean:
    """The process's plain GETs. Raises NotSent and NoAnswer, never with an address in the text."""

    def __init__(self) -> None:
        self._idle: dict[Place, deque[_Wire]] = {}
        self._open: set[_Wire] = set()
        self._tls: ssl.SSLContext | None = None

    async def get(self, url: str, headers: Mapping[str, str], seconds: float) -> Answer | None:
        """Return the answer; None for a URL that is not plain, which is then not asked."""
        found = _parted(url)
        if found is None:
            return None
        place, path = found
        request = _request(path, place, headers)
        ends = asyncio.get_running_loop().time() + seconds
        wire = self._take(place)
        if wire is not None:
            try:
                return await self._ask(wire, place, request, ends)
            except _Gone:  # while it idled, as a rule; asking twice is safe, it is a GET
                if wire.has_heard:
                    raise
        return await self._ask(await self._connect(place, ends), place, request, ends)

    async def _ask(self, wire: _Wire, place: Place, request: bytes, ends: float) -> Answer:
        loop = asyncio.get_running_loop()
        try:
            answer = await wire.ask(request, ends - loop.time())
        except asyncio.CancelledError:
            wire.close()  # the answer to come belongs to nobody
            raise
        if wire.is_open:
            wire.idle_since = loop.time()
            self._idle.setdefault(place, deque()).append(wire)
        return answer

    def _take(self, place: Place) -> _Wire | None:
        idle, now = self._idle.get(place), asyncio.get_running_loop().time()
        while idle and now - idle[0].idle_since > IDLE_SECONDS:
            idle.popleft().close()
        while idle:
            wire = idle.pop()
            if wire.is_open:
                return wire
        return None

    async def _connect(self, place: Place, ends: float) -> _Wire:
        if len(self._open) >= MOST_OPEN:
            self._drop_idle()
        if len(self._open) >= MOST_OPEN:
            raise NotSent("TooManyConnections")
        loop = asyncio.get_running_loop()
        wire = _Wire(self)
        self._open.add(wire)
        try:
            async with asyncio.timeout(min(CONNECT_SECONDS, ends - loop.time())):
                tls = self._context() if place.is_tls else None
                await loop.create_connection(lambda: wire, place.host, place.port, ssl=tls)
        except (OSError, ValueError) as error:  # TimeoutError and SSLError are OSErrors
            raise NotSent(type(error).__name__) from None
        finally:
            if not wire.is_connected:
                self._open.discard(wire)
        return wire

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    def lost(self, wire: _Wire) -> None:
        """Forget a connection that has ended."""
        self._open.discard(wire)

    def _drop_idle(self) -> None:
        for idle in self._idle.values():
            while idle:
                idle.pop().close()

    def close(self) -> None:
        """Cut every connection."""
        for wire in list(self._open):
            wire.close()
        self._idle.clear()


@lru_cache(maxsize=256)
def _place(scheme: str, name: str) -> Place | None:
    try:
        parts = urlsplit(f"{scheme}://{name}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if scheme not in {"http", "https"} or not host or not host.isascii() or "@" in name:
        return None
    is_tls = scheme == "https"
    return Place(host, port or (443 if is_tls else 80), is_tls, name)


def _parted(url: str) -> tuple[Place, str] | None:
    scheme, found, rest = url.partition("://")
    name, slash, path = rest.partition("/")
    if not (found and slash and _plain_path.fullmatch(path) and _plain_path.fullmatch(name)):
        return None
    if path.startswith(".") or "/." in path:  # dots are resolved by the session
        return None
    place = _place(scheme, name)
    return None if place is None else (place, path)


def _request(path: str, place: Place, headers: Mapping[str, str]) -> bytes:
    lines = [f"GET /{path} HTTP/1.1\r\nHost: {place.name}\r\n", USUAL]
    for name, value in headers.items():
        if "\r" in value or "\n" in value or "\0" in value:
            raise NotSent("ValueError")
        lines.append(f"{name}: {value}\r\n")
    lines.append("\r\n")
    try:
        return "".join(lines).encode("latin-1")
    except UnicodeEncodeError:
        raise NotSent("ValueError") from None
