"""Invitations: one-time links into the business, and what the invited see and do with them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.tenants.actor import Role
from services.tenants.links import Invite, Offer
from webapp.api.members import Channels, RoleName
from webapp.api.schema import Answer, Body, Done, answer, body, describe, path_id
from webapp.auth.session import require, session
from webapp.keys import SERVICES


class NewInvite(Body):
    """Whom to invite: a role, limits for a manager, and how long the link lives."""

    role: RoleName
    channels: Channels = []
    minutes: Annotated[int, Field(ge=5, le=1440)] = 15


class InviteMade(Answer):
    """A fresh invitation; `token` and `url` (into the master bot) are shown once."""

    id: UUID
    token: str
    url: str
    role: str
    expires_at: datetime


class InviteRow(Answer):
    """One invitation: open, used by somebody, or expired."""

    id: UUID
    role: str
    channels: list[UUID]
    created_at: datetime
    expires_at: datetime
    is_open: bool
    used_by: str | None


class Invites(Answer):
    """The latest hundred, newest first."""

    items: list[InviteRow]
    next_cursor: None = None


class InviteToken(Body):
    """The token of a link somebody was given."""

    token: Annotated[str, Field(min_length=1, max_length=64)]


class OfferShown(Answer):
    """What a link offers."""

    tenant_id: UUID
    tenant_name: str
    role: str
    expires_at: datetime


@require("team.invite")
@describe("Make a one-time link for a newcomer", body=NewInvite, answer=InviteMade, status=201)
async def make_invite(request: web.Request) -> web.Response:
    """Answer POST /api/v1/invites."""
    who, wanted = session(request), await body(request, NewInvite)
    services = request.app[SERVICES]
    links, role = services.features.tenants.links, Role(wanted.role)
    seconds = wanted.minutes * 60
    async with services.database.tenant(who.tenant_id) as tx:
        made = await links.invite(tx, who.actor, role, seconds=seconds, channels=wanted.channels)
        url = await links.address(tx, made.token)
    shown = InviteMade(
        id=made.id, token=made.token, url=url, role=made.role, expires_at=made.expires_at
    )
    return answer(shown, status=201)


@require("team.invite")
@describe("Invitations made lately", answer=Invites)
async def list_invites(request: web.Request) -> web.Response:
    """Answer GET /api/v1/invites."""
    services = request.app[SERVICES]
    async with services.database.tenant(session(request).tenant_id) as tx:
        found = await services.features.tenants.links.made(tx)
    return answer(Invites(items=[_row(invite) for invite in found]))


@require("team.invite")
@describe("Withdraw an unused invitation", answer=Done)
async def withdraw_invite(request: web.Request) -> web.Response:
    """Answer DELETE /api/v1/invites/{id}."""
    who, link_id = session(request), path_id(request)
    services = request.app[SERVICES]
    async with services.database.tenant(who.tenant_id) as tx:
        await services.features.tenants.links.withdraw(tx, who.actor, link_id)
    return answer(Done())


@require("self.join")
@describe("See what an invitation offers, without using it", body=InviteToken, answer=OfferShown)
async def look(request: web.Request) -> web.Response:
    """Answer POST /api/v1/invites/look."""
    who, wanted = session(request), await body(request, InviteToken)
    identity = request.app[SERVICES].features.identity
    return answer(_offer(await identity.joining.look(who.actor, wanted.token)))


@require("self.join")
@describe("Use an invitation up and work there", body=InviteToken, answer=OfferShown)
async def accept(request: web.Request) -> web.Response:
    """Answer POST /api/v1/invites/accept."""
    who, wanted = session(request), await body(request, InviteToken)
    identity = request.app[SERVICES].features.identity
    return answer(_offer(await identity.joining.accept(who.id, who.actor, wanted.token)))


def _row(invite: Invite) -> InviteRow:
    return InviteRow(
        id=invite.id,
        role=invite.role,
        channels=list(invite.channels),
        created_at=invite.created_at,
        expires_at=invite.expires_at,
        is_open=invite.is_open,
        used_by=invite.used_by,
    )


def _offer(offer: Offer) -> OfferShown:
    return OfferShown(
        tenant_id=offer.tenant_id,
        tenant_name=offer.tenant_name,
        role=offer.role,
        expires_at=offer.expires_at,
    )
