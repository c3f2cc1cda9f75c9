"""One call of the product at a fake, from headers to last byte: points, faults, journal."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import web

from sandbox.city.core import Core, Json
from sandbox.city.faults import FAULTS_AFTER, WEBHOOK_KINDS, Fault, Kind
from sandbox.city.journal import Entry, Outcome

Refuse = Callable[[Fault], web.Response]
_BEFORE = frozenset(Kind) - FAULTS_AFTER - WEBHOOK_KINDS - {Kind.DROP}
_DROP = frozenset({Kind.DROP})
_FOREVER_SECONDS = 3600.0
_RETRY_AFTER = re.compile(rb'"retry_after":\s*(\d+)')
_CHUNK = b" " * 65_536


@dataclass(slots=True)
class Crossing:
    """Who calls what; `refuse` words a fault the way this provider would."""

    provider: str
    account: str
    method: str
    refuse: Refuse
    chat: str = ""
    entry: Entry | None = None


def reply(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer."""
    return web.Response(
        body=orjson.dumps(body), status=status, content_type="application/json", headers=headers
    )


def trace_of(request: web.BaseRequest) -> str:
    """The caller's trace id, if it sends one: W3C trace context or a request id."""
    parent = request.headers.get("traceparent", "")
    if parent.count("-") == 3:
        return parent.split("-")[1]
    return request.headers.get("X-Request-Id", "") or request.headers.get("X-Trace-Id", "")


def new_trace() -> tuple[str, dict[str, str]]:
    """A trace for a webhook of ours and the header that carries it: the log then shows which
    calls a webhook caused. The real providers send none, and the product makes its own.
    """
    trace = uuid4().hex
    return trace, {"traceparent": f"00-{trace}-{trace[:16]}-01"}


async def enter(core: Core, request: web.BaseRequest, crossing: Crossing) -> None:
    """Headers are here; the body is not read yet."""
    if core.points.armed:
        await core.points.pass_by("headers", crossing.provider, crossing.method, "")
    if core.faults.any(crossing.provider) and core.faults.take(
        crossing.provider, _DROP, account=crossing.account, method=crossing.method
    ):
        cut(request)


def cut(request: web.BaseRequest) -> None:
    """Reset the connection under the caller."""
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError


async def serve(
    core: Core,
    request: web.BaseRequest,
    crossing: Crossing,
    body: Json,
    work: Callable[[], Awaitable[web.StreamResponse]],
) -> web.StreamResponse:
    """Let one read call happen, or misbehave as ordered, and write it into the journal."""
    entry = core.journal.open(
        "call",
        crossing.provider,
        crossing.account,
        crossing.method,
        crossing.chat,
        body,
        trace_of(request),
    )
    crossing.entry = entry
    if core.points.armed:
        await _pass(core, "body", crossing)
    if core.faults.any(crossing.provider):
        struck = await _misbehave_before(core, request, crossing)
        if struck is not None:
            entry.note = _wait(struck) or entry.note
            core.journal.close(entry, struck.status, Outcome.FAULT)
            return struck
    response = await work()
    accepted = response.status < 300
    entry.outcome = Outcome.ACCEPTED if accepted else Outcome.REFUSED
    entry.note = _wait(response) or entry.note
    if accepted:
        await _withhold(core, request, crossing)
    core.journal.close(entry, response.status)
    if core.points.armed:
        await response.prepare(request)
        await response.write_eof()
        await _pass(core, "answered", crossing)
    return response


def _wait(response: web.StreamResponse) -> str:
    """How long a 429 asks to wait, for the journal's reader."""
    if response.status != 429:
        return ""
    asked = response.headers.get("Retry-After", "")
    if not asked and isinstance(response, web.Response) and isinstance(response.body, bytes):
        found = _RETRY_AFTER.search(response.body)
        asked = found.group(1).decode() if found else ""
    return f"wait {asked}" if asked else ""


async def _pass(core: Core, moment: str, crossing: Crossing) -> None:
    await core.points.pass_by(moment, crossing.provider, crossing.method, crossing.chat)


async def _withhold(core: Core, request: web.BaseRequest, crossing: Crossing) -> None:
    if core.points.armed:
        await _pass(core, "accepted", crossing)
    if not core.faults.any(crossing.provider):
        return
    for fault in _struck(core, crossing, FAULTS_AFTER):
        if crossing.entry is not None:
            crossing.entry.note = fault.kind
            core.feed.touch()
        if fault.kind is Kind.RESET:
            cut(request)
        await asyncio.sleep(float(fault.params.get("seconds", _FOREVER_SECONDS)))


def _struck(core: Core, crossing: Crossing, kinds: frozenset[Kind]) -> list[Fault]:
    return core.faults.take(
        crossing.provider,
        kinds,
        account=crossing.account,
        chat=crossing.chat,
        method=crossing.method,
    )


async def _misbehave_before(
    core: Core, request: web.BaseRequest, crossing: Crossing
) -> web.StreamResponse | None:
    # Token faults of Avito need the token's age; its own code asks for them.
    kinds = _BEFORE - {Kind.EXPIRE_TOKEN, Kind.REFUSE_REFRESH}
    for fault in _struck(core, crossing, kinds):
        if crossing.entry is not None:
            crossing.entry.note = fault.kind
        if fault.kind is Kind.DELAY:
            await asyncio.sleep(float(fault.params.get("seconds", 6)))
            continue
        return await _spoil(request, crossing, fault)
    return None


async def _spoil(request: web.BaseRequest, crossing: Crossing, fault: Fault) -> web.StreamResponse:
    status = int(fault.params.get("status", 200))
    match fault.kind:
        case Kind.ANSWER:
            return _answer(fault, status)
        case Kind.HTML:
            page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
            return web.Response(text=page, content_type="text/html", status=status)
        case Kind.HUGE:
            return await _pour(request, int(fault.params.get("bytes", 64 << 20)), pause=0)
        case Kind.ENDLESS:
            return await _pour(request, None, pause=0.05)
        case _:
            return crossing.refuse(fault)


def _answer(fault: Fault, status: int) -> web.Response:
    body = fault.params.get("body", {})
    headers = fault.params.get("headers")
    if isinstance(body, str):
        return web.Response(text=body, status=status, headers=headers)
    return reply(body, status, headers)


async def _pour(request: web.BaseRequest, size: int | None, *, pause: float) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"ok":true,"result":"')
    poured = 0
    while size is None or poured < size:
        await response.write(_CHUNK)
        poured += len(_CHUNK)
        await asyncio.sleep(pause)
    await response.write(b'"}')
    await response.write_eof()
    return response
