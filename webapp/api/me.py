"""Who I am here: person, business, role, rights; changing one's own language, zone, business."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import ConfigDict, Field

from services.kit.errors import NotFound
from services.tenants.service import Seat
from webapp.api.schema import Answer, Body, Done, answer, body, describe
from webapp.auth.session import Session, require, session
from webapp.keys import SERVICES


class Person(Answer):
    """The signed-in person."""

    id: UUID
    telegram_id: int
    name: str
    locale: str
    zone: str


class Business(Answer):
    """A business the person belongs to."""

    id: UUID
    name: str
    slug: str
    role: str


class Me(Answer):
    """The caller. `channels`: the bots and accounts one is limited to, null for all."""

    user: Person
    tenant: Business | None
    tenants: list[Business]
    role: str | None
    permissions: list[str]
    channels: list[UUID] | None
    is_admin: bool
    csrf: str
    second_factor: bool
    code_needed: bool


class MeChange(Body):
    """What to change; what is left out stays."""

    locale: Literal["ru", "en"] | None = None
    zone: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class Choice(Body):
    """The business to work with."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    tenant_id: UUID


@require("self.read")
@describe("Who you are, in which business, and what you may do", answer=Me)
async def show(request: web.Request) -> web.Response:
    """Answer GET /api/v1/me."""
    who = session(request)
    sessions = request.app[SERVICES].features.identity.sessions
    seats = await sessions.seats_of(who.user.id)
    return answer(_me(who, [_business(seat) for seat in seats]))


@require("self.write")
@describe("Change your language or time zone", body=MeChange, answer=Done)
async def change(request: web.Request) -> web.Response:
    """Answer PATCH /api/v1/me."""
    who, wanted = session(request), await body(request, MeChange)
    services = request.app[SERVICES]
    tenants = services.features.tenants
    async with services.database.system("a person's own row") as tx:
        if wanted.locale is not None:
            await tenants.set_locale(tx, who.actor, wanted.locale)
        if wanted.zone is not None:
            await tenants.set_zone(tx, who.actor, wanted.zone)
    return answer(Done())


@require("self.write")
@describe("Work with another of your businesses", body=Choice, answer=Done)
async def choose(request: web.Request) -> web.Response:
    """Answer POST /api/v1/me/tenant. NotFound for a business the person does not belong to."""
    who, wanted = session(request), await body(request, Choice)
    sessions = request.app[SERVICES].features.identity.sessions
    await sessions.move(who.id, who.actor, wanted.tenant_id)
    return answer(Done())


@require("self.write")
@describe("Leave the business you work in; its last owner cannot", answer=Done)
async def leave(request: web.Request) -> web.Response:
    """Answer POST /api/v1/me/leave."""
    who, services = session(request), request.app[SERVICES]
    if who.tenant is None:
        raise NotFound("error.no_tenant")
    async with services.database.tenant(who.tenant) as tx:
        await services.features.tenants.team.leave(tx, who.actor)
    return answer(Done())


def _me(who: Session, businesses: list[Business]) -> Me:
    user = Person(
        id=who.user.id,
        telegram_id=who.user.telegram_id,
        name=who.user.name,
        locale=who.locale,
        zone=who.zone,
    )
    return Me(
        user=user,
        tenant=next((one for one in businesses if one.id == who.tenant), None),
        tenants=businesses,
        role=who.role,
        permissions=sorted(who.permissions),
        channels=sorted(who.channels) if who.channels is not None else None,
        is_admin=who.is_admin,
        csrf=who.csrf,
        second_factor=who.has_factor,
        code_needed=who.code_needed,
    )


def _business(seat: Seat) -> Business:
    return Business(id=seat.tenant_id, name=seat.name, slug=seat.slug, role=seat.role)
