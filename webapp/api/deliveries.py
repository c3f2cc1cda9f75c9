"""The journal: deliveries, parked events, and what people did."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aiohttp import web

from services.outbox.models import Class
from webapp.api import reading
from webapp.api.envelope import Paging, page, parse
from webapp.auth.machines import machine
from webapp.keys import SERVICES


class Journal(Paging):
    """Filters of the journal."""

    state: str | None = None
    conversation: UUID | None = None
    direction: str | None = None


class ParkedEvents(Paging):
    """Parked events; `state` may only be `parked`."""

    state: str = "parked"


async def list_deliveries(request: web.Request) -> web.Response:
    """Answer GET /api/v1/deliveries."""
    caller = await machine(request, "deliveries:read")
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


async def list_inbox(request: web.Request) -> web.Response:
    """Answer GET /api/v1/inbox?state=parked."""
    caller = await machine(request, "inbox:read")
    query = parse(ParkedEvents, request.query)
    inbox = request.app[SERVICES].inbox
    rows = await inbox.parked(caller.tenant_id, limit=query.limit, before=query.cursor)
    return page([{**dict(row), "state": "parked"} for row in rows], query.limit)


async def list_audit(request: web.Request) -> web.Response:
    """Answer GET /api/v1/audit."""
    caller = await machine(request, "audit:read")
    query = parse(Paging, request.query)
    database = request.app[SERVICES].database
    rows = await reading.audit(database, caller.tenant_id, query.limit, query.cursor)
    return page(rows, query.limit)
