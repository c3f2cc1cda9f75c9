"""The short way for webhooks: from the parser straight into the next flush, without a task.

For each call aiohttp makes a request, a writer, a response and two tasks, and the application a
frame of middleware: two thirds of what a stored event costs. A connection asks here first. Only
the plain case is taken: a POST of HTTP/1.1 on a kept connection, to a hook this process knows,
with a small body of announced length, whose proof holds. The checks are the same ones
(`Connector.open`, `Inbox`). Whatever else comes, and whatever is wrong, goes the long way to
`hooks.receive_hook`, which judges it anew: here nothing is refused, only answered or passed on.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Protocol

from aiohttp.http import HttpVersion11
from aiohttp.http_parser import RawRequestMessage

from services.bootstrap import Services
from services.channels.view import ChannelView
from services.connectors.base import HookRequest, Reply
from services.kit import metrics
from services.kit.errors import Unavailable
from webapp.hookhead import SingleHeaders, trace_of

PREFIX = "/hooks/"
MAX_BODY = 64 * 1024
ANSWER_SECONDS = 2.5
"""A sender hears 503 after that long without the database."""


class Line(Protocol):
    """The connection a call came in on."""

    def answer(self, call: Call, data: bytes) -> bool:
        """Write the answer; False when the call was answered already or its sender has gone."""
        ...


class Call:
    """One webhook call on the short way, until its rows are on disk."""

    __slots__ = ("_line", "_reply", "_started")

    def __init__(self, line: Line, reply: Reply, started: float) -> None:
        self._line = line
        self._reply = reply
        self._started = started

    def settled(self, fresh: int, error: Exception | None) -> None:
        """Answer what the commit says."""
        del fresh
        if error is None:
            self._say(self._reply.status, self._reply.body, self._reply.content_type)
        elif isinstance(error, Unavailable):
            self.give_up()
        else:
            self._say(500)

    def give_up(self) -> None:
        """Ask the sender to repeat."""
        self._say(503)

    def _say(self, status: int, body: bytes = b"", content_type: str = "") -> None:
        head = _head(status, len(body), content_type)
        data = b"%b%b\r\n\r\n%b" % (head, _date(int(time.time())), body)
        if self._line.answer(self, data):
            metrics.hook(time.perf_counter() - self._started, status)


class Express:
    """Decides what goes the short way, and sends it."""

    __slots__ = ("_base", "_channels", "_inbox", "_registry")

    def __init__(self, services: Services) -> None:
        self._channels = services.channel_cache
        self._inbox = services.inbox
        self._registry = services.registry
        self._base = services.settings.public_url or ""

    def channel_of(self, message: RawRequestMessage) -> ChannelView | None:
        """Return the channel a plain call is for, None when it must go the long way."""
        path = message.path
        if not path.startswith(PREFIX) or message.method != "POST" or not _is_plain(message):
            return None
        provider, _, key = path[len(PREFIX) :].partition("/")
        return self._channels.fresh_hook(provider, key)

    def take(
        self, line: Line, channel: ChannelView, message: RawRequestMessage, body: bytes, peer: str
    ) -> Call | None:
        """Check the call and put its events into the next flush; None: the long way."""
        started = time.perf_counter()
        headers = message.headers
        url = self._base + message.path
        request = HookRequest("POST", url, SingleHeaders(headers), body, peer)
        try:
            opened = self._registry[channel.provider].open(channel.account, request)
            call = Call(line, opened.reply, started)
            trace = trace_of(headers)
            if self._inbox.offer(channel, opened.events, trace, call.settled):
                return call
        except Exception:  # noqa: BLE001, S110 - judged, answered and logged on the long way
            pass
        return None


def _is_plain(message: RawRequestMessage) -> bool:
    if message.version != HttpVersion11 or message.should_close or message.upgrade:
        return False
    if message.chunked or message.compression or "Expect" in message.headers:
        return False
    length = message.headers.get("Content-Length", "")
    return 0 < len(length) < 6 and 0 < int(length) <= MAX_BODY  # the parser lets digits through


@lru_cache(maxsize=2)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()


@lru_cache(maxsize=256)
def _head(status: int, length: int, content_type: str) -> bytes:
    """Return the answer's head up to the value of Date."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Content-Length: {length}"]
    if length:
        lines.append(f"Content-Type: {content_type}")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        lines.append("Retry-After: 2")
    return "\r\n".join([*lines, "Date: "]).encode()
