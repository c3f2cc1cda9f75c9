"""What a machine may do with what was given up on: retry or drop a delivery, replay an event.

Each answers `{"moved": n}`: 1 the first time, 0 when nothing was left to move (a second press).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import orjson
from aiohttp import web
from pydantic import Field

from services.audit.service import Object
from services.kit.db import Tx
from services.kit.errors import NotFound
from webapp.api.schema import Answer, describe
from webapp.auth.session import require, session
from webapp.keys import SERVICES


class Moved(Answer):
    """How many rows moved."""

    moved: Annotated[int, Field(ge=0, le=1)]


Move = Callable[[Tx, UUID], Awaitable[int]]


@require("deliveries.retry")
@describe("Send a parked or unknown delivery again", answer=Moved)
async def retry_delivery(request: web.Request) -> web.Response:
    """Answer POST /api/v1/deliveries/{id}/retry."""
    outbox = request.app[SERVICES].outbox
    return await _move(request, "delivery", "retried", lambda tx, one: outbox.retry(tx, [one]))


@require("deliveries.drop")
@describe("Give a delivery up for good", answer=Moved)
async def drop_delivery(request: web.Request) -> web.Response:
    """Answer POST /api/v1/deliveries/{id}/drop."""
    outbox = request.app[SERVICES].outbox
    return await _move(request, "delivery", "dropped", lambda tx, one: outbox.drop(tx, [one]))


@require("inbox.replay")
@describe("Take a parked event up again", answer=Moved)
async def replay_event(request: web.Request) -> web.Response:
    """Answer POST /api/v1/inbox/{id}/replay."""
    inbox = request.app[SERVICES].inbox
    return await _move(request, "event", "replayed", inbox.replay_in)


async def _move(request: web.Request, kind: str, act: str, move: Move) -> web.Response:
    """Do it and write it into the audit, in one transaction. Raises NotFound, Forbidden."""
    services = request.app[SERVICES]
    caller = session(request)
    one = _id(request)
    async with services.database.tenant(caller.tenant_id) as tx:
        if kind == "delivery" and not await services.outbox.knows(tx, one):
            raise NotFound("error.not_found")
        moved = await move(tx, one)
        if moved:
            audit = services.features.audit
            await audit.record(tx, caller.actor, f"{kind}.{act}", Object(kind, one))
    return web.Response(body=orjson.dumps({"moved": moved}), content_type="application/json")


def _id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["id"])
    except ValueError as error:
        raise NotFound("error.not_found") from error
