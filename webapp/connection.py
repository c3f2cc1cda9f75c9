"""One client's connection: its deadlines, and the short way for webhooks.

aiohttp's task for the connection sleeps on `_waiter` between requests. While it sleeps the waiter
is held back when data comes, so that `express` may take the request before the task hears of it;
what is not taken wakes the task as ever. Answers keep their order: as long as a call is on the
short way, whatever the client sends meanwhile waits in `_messages`.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from aiohttp import StreamReader, web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from services.channels.view import ChannelView
from webapp.express import ANSWER_SECONDS, Call, Express

if TYPE_CHECKING:
    from webapp.server import Server

log = logging.getLogger(__name__)


class Connection(RequestHandler):
    """One client's connection."""

    __slots__ = ("_call", "_crowd", "_deadlines", "_express", "_held", "_payload", "_peer", "due")

    def __init__(self, server: Server, express: Express | None, **kwargs: Any) -> None:
        super().__init__(server, **kwargs)
        self._crowd = server.crowd
        self._deadlines = server.deadlines
        self._express = express
        self._peer = ""
        self.due = 0.0
        self._payload: StreamReader | None = None
        self._held: asyncio.Future[None] | None = None
        self._call: Call | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in, or close it at once."""
        super().connection_made(transport)
        name = transport.get_extra_info("peername")
        self._peer = str(name[0]) if isinstance(name, tuple) else ""
        if not self._crowd.enter(self._peer):
            log.info("connection refused: too many of one address")
            self.force_close()
            return
        self._deadlines.add(self)
        self._expect_headers()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget it."""
        self._deadlines.discard(self)
        self._crowd.leave(self._peer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; see who takes what came out of it, and by when it must be whole."""
        waiter = self._waiter
        is_idle = waiter is not None and not waiter.done()
        if is_idle:
            self._held, self._waiter = waiter, None
        before = self._request_count
        super().data_received(data)
        if self._request_count != before:
            self._expect_body(self._messages[-1][1] if self._messages else None)
        elif is_idle and self.due == 0.0:
            self._expect_headers()  # the first bytes of a further request
        if self._held is not None and self._call is None:
            self._offer()

    def answer(self, call: Call, data: bytes) -> bool:
        """Write the answer of a call on the short way; look at what came meanwhile. False when
        that call is over.
        """
        if self._call is not call:
            return False
        self._end_call()
        if self.transport is not None:
            self.transport.write(data)
        if self._close or self._force_close:
            self.force_close()
            return True
        self._stay_alive()
        if self._held is not None:
            self._offer()
        return True

    def late(self) -> None:
        """Give up: on the database for a call on the short way, else on the client."""
        payload = self._payload
        if self._call is not None:
            self._call.give_up()
        elif payload is None or not payload.is_eof():
            log.info(
                "slow client closed", extra={"part": "headers" if payload is None else "body"}
            )
            self.force_close()

    def close(self) -> None:
        """Take nothing more; a call on the short way is answered first."""
        if self._call is None:
            self._let_go()
        super().close()

    def force_close(self) -> None:
        """Close now; whoever is still to be answered is not."""
        if self._call is not None:
            self._end_call()
        if self._held is not None:
            self._waiter, self._held = self._held, None
        super().force_close()

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

    def _offer(self) -> None:
        """Let the short way have the one request that waits, else wake aiohttp's task."""
        if len(self._messages) == 1 and self._express is not None and not self._paused:
            message, payload = self._messages[0]
            if isinstance(message, RawRequestMessage):
                channel = self._express.channel_of(message)
                if channel is not None and not payload.is_eof():
                    return  # held until its body is whole
                if channel is not None and self._start(channel, message, payload):
                    return
        self._let_go()

    def _start(
        self, channel: ChannelView, message: RawRequestMessage, payload: StreamReader
    ) -> bool:
        # Looked at, not read: reading resumes the parser, and the long way may still need it.
        body = b"".join(payload._buffer)
        call = self._express.take(self, channel, message, body, self._peer)  # type: ignore[union-attr]
        if call is None:
            return False
        self._messages.popleft()
        self._parser.message_consumed()  # type: ignore[union-attr]
        self._manager.requests_count += 1  # type: ignore[union-attr]
        self._request_in_progress = True
        self._call = call
        self.due = self._loop.time() + ANSWER_SECONDS
        return True

    def _end_call(self) -> None:
        self._call = None
        self.due = 0.0
        self._request_in_progress = False
        done = self._handler_waiter
        if done is not None and not done.done():
            done.set_result(None)

    def _let_go(self) -> None:
        """Give the waiter back; wake aiohttp's task when there is something for it."""
        waiter, self._held = self._held, None
        if waiter is None:
            return
        self._waiter = waiter
        if self._messages and not waiter.done():
            waiter.set_result(None)

    def _stay_alive(self) -> None:
        """Begin the time a kept connection may idle, as aiohttp does after its own answers."""
        until = self._loop.time() + self._keepalive_timeout
        self._next_keepalive_close_time = until
        if self._keepalive_handle is None:
            self._keepalive_handle = self._loop.call_at(until, self._process_keepalive)

    def _expect_headers(self) -> None:
        self._payload = None
        self.due = self._loop.time() + self._crowd.limits.header_seconds

    def _expect_body(self, payload: StreamReader | None) -> None:
        self._payload = payload
        is_whole = payload is None or payload.is_eof()
        self.due = 0.0 if is_whole else self._loop.time() + self._crowd.limits.body_seconds
