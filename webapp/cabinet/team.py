"""The team: who belongs here with which role and for which accounts; changing it; leaving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from aiohttp import web

from services.desk.values import View, Viewer
from services.kit.errors import AppError, Conflict, InvalidInput, NotFound
from services.tenants.actor import Role
from services.tenants.errors import LastOwner
from services.tenants.rules import INVITABLE
from webapp.api.schema import path_id
from webapp.auth.session import page, session
from webapp.cabinet import frame
from webapp.cabinet.pieces import go, sheet
from webapp.desk import Seat, seat
from webapp.keys import SERVICES

PLACE = "/app/team"
MARK = "c-"
"""Before the id of an account in the name of its switch."""
REFUSALS = (InvalidInput, Conflict, NotFound)


@dataclass(frozen=True, slots=True)
class Line:
    """A member as the list shows them; `channels`: names of what they are limited to."""

    id: UUID
    user_id: UUID
    name: str
    role: str
    limits: tuple[UUID, ...]
    channels: tuple[str, ...]
    since: datetime
    is_me: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What the form says: a role, and the accounts a manager is limited to."""

    role: str
    channels: tuple[UUID, ...]


@page("team.read")
async def show(request: web.Request) -> web.Response:
    """Answer GET /app/team."""
    names = await channel_names(request)
    async with seat(request) as at:
        lines = await _lines(request, at, names)
    return await frame.render(
        request, "team/list.html", tab="team", lines=lines, is_alone=_is_last_owner(lines),
        query=request.query,
    )  # fmt: skip


@page("team.write")
async def one(request: web.Request) -> web.Response:
    """Answer GET /app/team/{id}."""
    line = await _line(request)
    return await _form(request, line, Change(line.role, line.limits))


@page("team.write")
async def change(request: web.Request) -> web.Response:
    """Answer POST /app/team/{id}."""
    line, wanted = await _line(request), read(await request.post())
    try:
        await _change(request, line, wanted)
    except REFUSALS as error:
        return await _form(request, line, wanted, error)
    return go(f"{PLACE}?done=saved")


@page("team.write")
async def ask_remove(request: web.Request) -> web.Response:
    """Answer GET /app/team/{id}/remove: what happens then, in numbers."""
    line = await _line(request)
    async with seat(request) as at:
        counts = await at.desk.dialogs.counts(at.tx, Viewer(line.user_id, line.name, None))
        services = request.app[SERVICES]
        members = await services.features.tenants.team.members(at.tx)
    return sheet(
        request, "team/remove.html", line=line, dialogs=counts[View.MINE], left=len(members) - 1
    )


@page("team.write")
async def remove(request: web.Request) -> web.Response:
    """Answer POST /app/team/{id}/remove."""
    line, team = await _line(request), request.app[SERVICES].features.tenants.team
    try:
        async with seat(request) as at:
            await team.remove(at.tx, at.actor, line.user_id)
    except LastOwner as error:
        return await _form(request, line, Change(line.role, line.limits), error)
    return go(f"{PLACE}?done=removed")


@page("self.read")
async def ask_leave(request: web.Request) -> web.Response:
    """Answer GET /app/team/leave."""
    if session(request).tenant is None:
        raise NotFound("error.no_tenant")
    async with seat(request) as at:
        counts = await at.desk.dialogs.counts(at.tx, at.viewer)
        is_last = _is_last_owner(await _lines(request, at, {}))
    return sheet(request, "team/leave.html", dialogs=counts[View.MINE], is_last=is_last)


@page("self.write")
async def leave(request: web.Request) -> web.Response:
    """Answer POST /app/team/leave: on to another business of the person's, if there is one."""
    who, identity = session(request), request.app[SERVICES].features.identity
    if who.tenant is None:
        raise NotFound("error.no_tenant")
    try:
        async with seat(request) as at:
            await request.app[SERVICES].features.tenants.team.leave(at.tx, at.actor)
    except LastOwner:
        return go(f"{PLACE}?done=last_owner")
    for other in await identity.sessions.seats_of(who.user.id):
        await identity.sessions.move(who.id, who.actor, other.tenant_id)
        return go("/app")
    return await frame.render(request, "team/left.html")


async def channel_names(request: web.Request) -> dict[UUID, str]:
    """Return the names of the business's bots and accounts."""
    channels = request.app[SERVICES].features.channels
    found = await channels.channels(session(request).tenant_id)
    return {one.id: one.title or one.name for one in found}


def read(typed: Mapping[str, Any]) -> Change:
    """Return what a form of roles and accounts says."""
    chosen = [name.removeprefix(MARK) for name in typed if name.startswith(MARK)]
    return Change(str(typed.get("role", "")), tuple(_ids(chosen)))


def role_of(wanted: Change) -> Role:
    """Return the role a form names. Raises InvalidInput, for limits on a role without them too."""
    if wanted.role not in set(INVITABLE):
        raise InvalidInput("team.role.unknown", field="role")
    if wanted.channels and wanted.role != Role.MANAGER:
        raise InvalidInput("error.scope_of_managers", field="channels")
    return Role(wanted.role)


async def _change(request: web.Request, line: Line, wanted: Change) -> None:
    team, role = request.app[SERVICES].features.tenants.team, role_of(wanted)
    async with seat(request) as at:
        if role != line.role:
            await team.change_role(at.tx, at.actor, line.user_id, role)
        if role is Role.MANAGER and set(wanted.channels) != set(line.limits):
            await team.limit(at.tx, at.actor, line.user_id, wanted.channels)


async def _form(
    request: web.Request, line: Line, wanted: Change, error: AppError | None = None
) -> web.Response:
    return await frame.render(
        request, "team/one.html", tab="team", status=422 if error else 200, line=line,
        wanted=wanted, error=error, names=await channel_names(request), roles=INVITABLE,
    )  # fmt: skip


async def _line(request: web.Request) -> Line:
    """Return the member of the address. Raises NotFound."""
    team, names = request.app[SERVICES].features.tenants.team, await channel_names(request)
    async with seat(request) as at:
        row = await team.member(at.tx, path_id(request))
    return _shown(row, names, session(request).user.id)


async def _lines(request: web.Request, at: Seat, names: Mapping[UUID, str]) -> list[Line]:
    rows = await request.app[SERVICES].features.tenants.team.members(at.tx)
    return [_shown(row, names, session(request).user.id) for row in rows]


def _shown(row: Any, names: Mapping[UUID, str], me: UUID) -> Line:
    limits = tuple(_ids(orjson.loads(row["scope"]).get("channels") or ()))
    return Line(
        id=row["id"],
        user_id=row["user_id"],
        name=row["name"],
        role=row["role"],
        limits=limits,
        channels=tuple(names[one] for one in limits if one in names),
        since=row["created_at"],
        is_me=row["user_id"] == me,
    )


def _is_last_owner(lines: Sequence[Line]) -> bool:
    """Say whether the caller is the only owner."""
    return [line.is_me for line in lines if line.role == Role.OWNER] == [True]


def _ids(texts: Sequence[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            raise NotFound("error.not_found") from None
    return found
