"""Invitations: making a one-time link, the open ones, and what the invited see."""

from __future__ import annotations

from aiohttp import web

from services.kit.errors import AppError, Conflict, InvalidInput, NotFound, QuotaExceeded
from services.tenants.links import Link
from services.tenants.rules import INVITABLE
from webapp.api.schema import path_id
from webapp.auth.session import page, session
from webapp.cabinet import frame
from webapp.cabinet.pieces import go
from webapp.cabinet.team import Change, channel_names, read, role_of
from webapp.desk import seat
from webapp.keys import SERVICES

PLACE = "/app/team/invites"
MINUTES = (15, 60, 1440)
REFUSALS = (InvalidInput, Conflict, NotFound)
LINK_REFUSALS = (NotFound, Conflict, QuotaExceeded)


@page("team.invite")
async def show(request: web.Request) -> web.Response:
    """Answer GET /app/team/invites."""
    return await _show(request, Change("manager", ()))


@page("team.invite")
async def make(request: web.Request) -> web.Response:
    """Answer POST /app/team/invites: the link is in this answer and nowhere else."""
    typed = await request.post()
    wanted, minutes = read(typed), str(typed.get("minutes", ""))
    links = request.app[SERVICES].features.tenants.links
    try:
        role, seconds = role_of(wanted), _minutes(minutes) * 60
        async with seat(request) as at:
            made = await links.invite(
                at.tx, at.actor, role, seconds=seconds, channels=wanted.channels
            )
            url = await links.address(at.tx, made.token)
    except REFUSALS as error:
        return await _show(request, wanted, error)
    return await _made(request, made, url, wanted)


@page("team.invite")
async def withdraw(request: web.Request) -> web.Response:
    """Answer POST /app/team/invites/{id}/withdraw."""
    links = request.app[SERVICES].features.tenants.links
    async with seat(request) as at:
        await links.withdraw(at.tx, at.actor, path_id(request))
    return go(PLACE)


@page("self.join")
async def look(request: web.Request) -> web.Response:
    """Answer GET /app/join/{token}: the business and the role, before anything is used up."""
    who, identity = session(request), request.app[SERVICES].features.identity
    try:
        offer = await identity.joining.look(who.actor, _token(request))
    except LINK_REFUSALS as error:
        return await frame.render(request, "team/no_join.html", error=error)
    return await frame.render(
        request, "team/join.html", offer=offer, token=_token(request),
        is_here=who.tenant == offer.tenant_id,
    )  # fmt: skip


@page("self.join")
async def accept(request: web.Request) -> web.Response:
    """Answer POST /app/join/{token}: a member from now on, and the session works there."""
    who, identity = session(request), request.app[SERVICES].features.identity
    try:
        await identity.joining.accept(who.id, who.actor, _token(request))
    except LINK_REFUSALS as error:
        return await frame.render(request, "team/no_join.html", error=error, status=422)
    return go("/app")


async def _show(
    request: web.Request, wanted: Change, error: AppError | None = None
) -> web.Response:
    links = request.app[SERVICES].features.tenants.links
    async with seat(request) as at:
        found = [one for one in await links.made(at.tx) if one.is_open]
    return await frame.render(
        request, "team/invites.html", tab="team", status=422 if error else 200, found=found,
        wanted=wanted, error=error, names=await channel_names(request), roles=INVITABLE,
        minutes=MINUTES,
    )  # fmt: skip


async def _made(request: web.Request, made: Link, url: str, wanted: Change) -> web.Response:
    names, public = await channel_names(request), request.app[SERVICES].settings.public_url or ""
    return await frame.render(
        request, "team/made.html", tab="team", made=made,
        link=url or f"{public}/app/join/{made.token}",
        limits=[names[one] for one in wanted.channels if one in names],
    )  # fmt: skip


def _minutes(text: str) -> int:
    if text not in {str(one) for one in MINUTES}:
        raise InvalidInput("team.invite.no_minutes", field="minutes")
    return int(text)


def _token(request: web.Request) -> str:
    return request.match_info["token"][:64]
