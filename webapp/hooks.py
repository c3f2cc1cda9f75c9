"""GET|POST /hooks/{provider}/{key}: open, store, reply. The one door for every provider's
webhooks.

404 for an unknown key, 401 for a failed check, 413 over 1 MiB, 503 with Retry-After without the
database. Nothing is answered 2xx before its rows are on disk. The Host header is never trusted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from services.channels.view import ChannelView
from services.connectors.base import HookRequest, Opened, Reply
from services.connectors.errors import Forged
from services.kit import metrics
from services.kit.errors import Unavailable
from services.kit.log import bind
from webapp.hookhead import SingleHeaders, trace_of
from webapp.keys import SERVICES

T = TypeVar("T")

MAX_BODY = 1024 * 1024
BODY_SECONDS = 30.0
DATABASE_SECONDS = 2.5
MALFORMED = (HttpProcessingError, web.RequestPayloadError)
RETRY_AFTER = {"Retry-After": "2"}


async def receive_hook(request: web.Request) -> web.Response:
    """Answer one webhook call."""
    started = time.perf_counter()
    trace = trace_of(request.headers)
    with bind(trace=trace):
        response = await _receive(request, trace)
    metrics.hook(time.perf_counter() - started, response.status)
    return response


async def _receive(request: web.Request, trace: str) -> web.Response:
    services = request.app[SERVICES]
    try:
        provider, key = request.match_info["provider"], request.match_info["key"]
        cache = services.channel_cache
        channel = cache.fresh_hook(provider, key)
        if channel is None:
            channel = await _in_time(cache.by_hook(provider, key))
        if channel is None:
            return web.Response(status=404)
        body = await _body(request)
        if body is None:
            return web.Response(status=413)
        opened = _open(request, channel, body)
        await _in_time(services.inbox.accept(channel, opened.events, trace=trace))
    except Forged:
        return web.Response(status=401)
    except Unavailable:
        return web.Response(status=503, headers=RETRY_AFTER)
    except TimeoutError:
        return _closing(408)
    except MALFORMED:
        return _closing(400)
    return _reply(opened.reply)


async def _in_time(work: Awaitable[T]) -> T:
    """Wait for the database no longer than a sender waits for us. Raises Unavailable."""
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            return await work
    except TimeoutError as error:
        raise Unavailable("error.database_away") from error


def _closing(status: int) -> web.Response:
    response = web.Response(status=status)
    response.force_close()
    return response


def _reply(reply: Reply) -> web.Response:
    if not reply.body:
        return web.Response(status=reply.status)
    return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)


async def _body(request: web.Request) -> bytes | None:
    """Return the raw body, None when it is too large. Raises TimeoutError for a sender that
    dawdles.
    """
    if (request.content_length or 0) > MAX_BODY:
        return None
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None


def _open(request: web.Request, channel: ChannelView, body: bytes) -> Opened:
    services = request.app[SERVICES]
    base = services.settings.public_url or ""
    headers = SingleHeaders(request.headers)
    hook = HookRequest(request.method, base + request.path_qs, headers, body, request.remote or "")
    return services.registry[channel.provider].open(channel.account, hook)
