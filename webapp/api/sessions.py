"""Where I am signed in: the list, ending one, ending all; and the code of the second factor."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.identity.sessions import Sessions
from webapp.api.schema import Answer, Body, Done, answer, body, describe, path_id
from webapp.auth import cookies
from webapp.auth.session import require, session
from webapp.keys import SERVICES

Code = Annotated[str, Field(min_length=6, max_length=40)]


class SessionRow(Answer):
    """One sign-in. `device` is what the browser says of itself; `current` marks this one."""

    id: UUID
    kind: str
    device: str
    created_at: datetime
    last_seen_at: datetime
    current: bool


class SessionRows(Answer):
    """Living sessions, lately seen first."""

    items: list[SessionRow]
    next_cursor: None = None


class CodeGiven(Body):
    """Six digits from the phone, or a recovery code."""

    code: Code


class NewFactor(Answer):
    """The seed for the phone, shown once: as text, as a link, as a picture (SVG)."""

    secret: str
    uri: str
    svg: str


class Recovery(Answer):
    """Recovery codes, shown once; each works once."""

    codes: list[str]


def _sessions(request: web.Request) -> Sessions:
    return request.app[SERVICES].features.identity.sessions


@require("self.read")
@describe("Your sessions: device, kind, last seen", answer=SessionRows)
async def list_sessions(request: web.Request) -> web.Response:
    """Answer GET /api/v1/sessions."""
    who = session(request)
    lines = await _sessions(request).list(who.user.id)
    rows = [
        SessionRow(
            id=line.id,
            kind=line.kind,
            device=line.device,
            created_at=line.created_at,
            last_seen_at=line.last_seen_at,
            current=line.id == who.id,
        )
        for line in lines
    ]
    return answer(SessionRows(items=rows))


@require("self.write")
@describe("End one of your sessions", answer=Done)
async def end_session(request: web.Request) -> web.Response:
    """Answer DELETE /api/v1/sessions/{id}."""
    await _sessions(request).end_one(session(request).actor, path_id(request))
    return answer(Done())


@require("self.write")
@describe("End all your sessions, this one too", answer=Done)
async def end_all(request: web.Request) -> web.Response:
    """Answer POST /api/v1/auth/logout-all."""
    await _sessions(request).end_all(session(request).actor)
    response = answer(Done())
    cookies.drop(request, response, cookies.ACCESS, cookies.REFRESH)
    return response


@require("self.write")
@describe("Give the code of the second factor for this session", body=CodeGiven, answer=Done)
async def give_code(request: web.Request) -> web.Response:
    """Answer POST /api/v1/auth/code."""
    who, given = session(request), await body(request, CodeGiven)
    factor = request.app[SERVICES].features.identity.factor
    await factor.confirm(who.actor, who.id, given.code)
    return answer(Done())


@require("self.write")
@describe("Make a seed for the second factor", answer=NewFactor)
async def new_factor(request: web.Request) -> web.Response:
    """Answer POST /api/v1/second-factor."""
    who = session(request)
    factor = request.app[SERVICES].features.identity.factor
    made = await factor.begin(who.actor)
    return answer(NewFactor(secret=made.secret, uri=made.uri, svg=made.svg))


@require("self.write")
@describe("Turn the second factor on by its first code", body=CodeGiven, answer=Recovery)
async def turn_on(request: web.Request) -> web.Response:
    """Answer POST /api/v1/second-factor/on."""
    who, given = session(request), await body(request, CodeGiven)
    factor = request.app[SERVICES].features.identity.factor
    return answer(Recovery(codes=await factor.turn_on(who.actor, who.id, given.code)))


@require("self.write")
@describe("Make new recovery codes; the old ones are void", body=CodeGiven, answer=Recovery)
async def renew_codes(request: web.Request) -> web.Response:
    """Answer POST /api/v1/second-factor/codes."""
    who, given = session(request), await body(request, CodeGiven)
    factor = request.app[SERVICES].features.identity.factor
    return answer(Recovery(codes=await factor.renew_recovery(who.actor, who.id, given.code)))


@require("self.write")
@describe("Turn the second factor off by a code", body=CodeGiven, answer=Done)
async def turn_off(request: web.Request) -> web.Response:
    """Answer POST /api/v1/second-factor/off."""
    who, given = session(request), await body(request, CodeGiven)
    factor = request.app[SERVICES].features.identity.factor
    await factor.turn_off(who.actor, given.code)
    return answer(Done())
