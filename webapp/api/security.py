"""How long sessions of the business live; a shorter life acts on the next call of everybody."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from services.identity.queries import IDLE_DAYS, MAX_DAYS
from webapp.api.schema import Answer, Body, answer, body, describe
from webapp.auth.session import require, session
from webapp.keys import SERVICES


class Security(Answer):
    """Days after which everybody signs in again, and after which an unused session ends."""

    session_days: int
    idle_days: int = IDLE_DAYS


class SecurityChange(Body):
    """A new lifetime."""

    session_days: Annotated[int, Field(ge=1, le=MAX_DAYS)]


@require("settings.read")
@describe("How long sessions of the business live", answer=Security)
async def show(request: web.Request) -> web.Response:
    """Answer GET /api/v1/security."""
    services = request.app[SERVICES]
    async with services.database.tenant(session(request).tenant_id) as tx:
        days = await services.features.identity.lifetime.days(tx)
    return answer(Security(session_days=days))


@require("security.write")
@describe("Set how long sessions of the business live", body=SecurityChange, answer=Security)
async def change(request: web.Request) -> web.Response:
    """Answer PUT /api/v1/security."""
    who, wanted = session(request), await body(request, SecurityChange)
    services = request.app[SERVICES]
    async with services.database.tenant(who.tenant_id) as tx:
        await services.features.identity.lifetime.change(tx, who.actor, wanted.session_days)
    return answer(Security(session_days=wanted.session_days))
