"""The journal: deliveries, parked events, and what people did."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from aiohttp import web

from services.outbox.models import Class
from webapp.api.envelope import Page, Paging, page, parse
from webapp.api.schema import describe
from webapp.auth.session import require, session
from webapp.keys import SERVICES


class Journal(Paging):
    """Filters of the journal."""

    state: str | None = None
    conversation: UUID | None = None
    direction: str | None = None


class ParkedEvents(Paging):
    """Parked events; `state` may only be `parked`."""

    state: str = "parked"


@require("deliveries.read")
@describe("The journal of deliveries, newest first", query=Journal, answer=Page)
async def list_deliveries(request: web.Request) -> web.Response:
    """Answer GET /api/v1/deliveries."""
    caller = session(request)
    query = parse(Journal, request.query)
    services = request.app[SERVICES]
    async with services.database.tenant(caller.tenant_id) as tx:
        rows = await services.outbox.journal(
            tx,
            limit=query.limit,
            before=query.cursor,
            states=[query.state] if query.state else None,
            conversation_id=query.conversation,
            direction=query.direction,
        )
    return page([_delivery(row) for row in rows], query.limit)


def _delivery(row: Any) -> dict[str, Any]:
    return {**dict(row), "class": Class(row["class"]).name.lower()}


@require("inbox.read")
@describe("Parked inbound events, newest first", query=ParkedEvents, answer=Page)
async def list_inbox(request: web.Request) -> web.Response:
    """Answer GET /api/v1/inbox?state=parked."""
    caller = session(request)
    query = parse(ParkedEvents, request.query)
    inbox = request.app[SERVICES].inbox
    rows = await inbox.parked(caller.tenant_id, limit=query.limit, before=query.cursor)
    return page([{**dict(row), "state": "parked"} for row in rows], query.limit)


@require("audit.read")
@describe("What people did, newest first", query=Paging, answer=Page)
async def list_audit(request: web.Request) -> web.Response:
    """Answer GET /api/v1/audit."""
    caller = session(request)
    query = parse(Paging, request.query)
    services = request.app[SERVICES]
    async with services.database.tenant(caller.tenant_id) as tx:
        rows = await services.features.audit.entries(tx, limit=query.limit, before=query.cursor)
    return page([_act(row) for row in rows], query.limit)


def _act(row: Any) -> dict[str, Any]:
    entry = dict(row)
    return {"actor": entry.pop("actor_id"), **entry, "fields": orjson.loads(row["fields"])}
