"""The team: who belongs here, with which role, for which bots and accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from aiohttp import web
from pydantic import Field

from services.tenants.actor import Role
from webapp.api.schema import Answer, Body, Done, answer, body, describe, path_id
from webapp.auth.session import require, session
from webapp.keys import SERVICES

RoleName = Literal["owner", "manager", "analyst", "billing"]
Channels = Annotated[list[Annotated[UUID, Field(strict=False)]], Field(max_length=1000)]


class Member(Answer):
    """One member. `channels`: the bots and accounts a manager is limited to, null for all."""

    id: UUID
    user_id: UUID
    telegram_id: int
    name: str
    role: str
    channels: list[UUID] | None
    since: datetime


class Members(Answer):
    """Everyone, oldest first."""

    items: list[Member]
    next_cursor: None = None


class MemberChange(Body):
    """A new role, new limits, or both; what is left out stays. No `channels` means all of them."""

    role: RoleName | None = None
    channels: Channels | None = None


@require("team.read")
@describe("Members of the business", answer=Members)
async def list_members(request: web.Request) -> web.Response:
    """Answer GET /api/v1/members."""
    services = request.app[SERVICES]
    async with services.database.tenant(session(request).tenant_id) as tx:
        rows = await services.features.tenants.team.members(tx)
    return answer(Members(items=[_member(row) for row in rows]))


@require("team.write")
@describe("Change a member's role or limits", body=MemberChange, answer=Member)
async def change_member(request: web.Request) -> web.Response:
    """Answer PATCH /api/v1/members/{id}."""
    who, wanted, seat_id = session(request), await body(request, MemberChange), path_id(request)
    services = request.app[SERVICES]
    team = services.features.tenants.team
    async with services.database.tenant(who.tenant_id) as tx:
        seat = await team.member(tx, seat_id)
        if wanted.role is not None and wanted.role != seat["role"]:
            await team.change_role(tx, who.actor, seat["user_id"], Role(wanted.role))
        if wanted.channels is not None:
            await team.limit(tx, who.actor, seat["user_id"], wanted.channels)
        changed = _member(await team.member(tx, seat_id))
    return answer(changed)


@require("team.write")
@describe("Take a member's seat away, at once", answer=Done)
async def remove_member(request: web.Request) -> web.Response:
    """Answer DELETE /api/v1/members/{id}."""
    who, seat_id = session(request), path_id(request)
    services = request.app[SERVICES]
    team = services.features.tenants.team
    async with services.database.tenant(who.tenant_id) as tx:
        seat = await team.member(tx, seat_id)
        await team.remove(tx, who.actor, seat["user_id"])
    return answer(Done())


def _member(row: Any) -> Member:
    wanted = orjson.loads(row["scope"]).get("channels")
    return Member(
        id=row["id"],
        user_id=row["user_id"],
        telegram_id=row["telegram_user_id"],
        name=row["name"],
        role=row["role"],
        channels=[UUID(one) for one in wanted] if wanted else None,
        since=row["created_at"],
    )
