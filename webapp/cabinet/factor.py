"""The second factor: on by a picture and a first code, recovery codes shown once, off; and the
page that asks for a code before what is dangerous.

The seed and the recovery codes are in the one answer that makes them and never come back: a wrong
first code asks for the next one, without the picture.
"""

from __future__ import annotations

import base64

from aiohttp import web

from services.identity.errors import CodeWrong
from services.identity.second_factor import SecondFactor
from services.kit.errors import AppError, Conflict, NotFound, QuotaExceeded
from webapp.auth import stepup
from webapp.auth.session import page, session
from webapp.cabinet import frame
from webapp.cabinet.pieces import go
from webapp.keys import SERVICES

PLACE = "/app/security/factor"
REFUSALS = (CodeWrong, QuotaExceeded, NotFound, Conflict)
LONGEST = 40


@page("self.read")
async def show(request: web.Request) -> web.Response:
    """Answer GET /app/security/factor: what it is, or what to do with one that is on."""
    return await _show(request)


@page("self.write")
async def begin(request: web.Request) -> web.Response:
    """Answer POST /app/security/factor: a seed for the phone, in this answer only."""
    try:
        made = await _factor(request).begin(session(request).actor)
    except Conflict as error:
        return await _show(request, error)
    picture = base64.b64encode(made.svg.encode()).decode()
    return await frame.render(
        request, "security/scan.html", tab="security", secret=made.secret, uri=made.uri,
        picture=f"data:image/svg+xml;base64,{picture}", error=None,
    )  # fmt: skip


@page("self.write")
async def turn_on(request: web.Request) -> web.Response:
    """Answer POST /app/security/factor/on: recovery codes, in this answer only."""
    who = session(request)
    try:
        codes = await _factor(request).turn_on(who.actor, who.id, await _code(request))
    except REFUSALS as error:
        return await frame.render(
            request, "security/scan.html", tab="security", status=422, secret="", uri="",
            picture="", error=error,
        )  # fmt: skip
    return await _codes(request, codes)


@page("self.write")
async def renew(request: web.Request) -> web.Response:
    """Answer POST /app/security/factor/codes: new recovery codes, the old ones are void."""
    who = session(request)
    try:
        codes = await _factor(request).renew_recovery(who.actor, who.id, await _code(request))
    except REFUSALS as error:
        return await _show(request, error, act="codes")
    return await _codes(request, codes)


@page("self.write")
async def turn_off(request: web.Request) -> web.Response:
    """Answer POST /app/security/factor/off."""
    try:
        await _factor(request).turn_off(session(request).actor, await _code(request))
    except REFUSALS as error:
        return await _show(request, error, act="off")
    return go("/app/security?done=factor_off")


@page("self.read")
async def ask_code(request: web.Request) -> web.Response:
    """Answer GET /app/security/code; `next`: the page that waits behind it."""
    return await _ask(request, request.query.get("next", ""))


@page("self.write")
async def give_code(request: web.Request) -> web.Response:
    """Answer POST /app/security/code."""
    who, typed = session(request), await request.post()
    onward = str(typed.get("next", ""))
    try:
        await _factor(request).confirm(who.actor, who.id, await _code(request))
    except REFUSALS as error:
        return await _ask(request, onward, error)
    return go(stepup.ours(onward))


async def _show(
    request: web.Request, error: AppError | None = None, act: str = ""
) -> web.Response:
    is_on = session(request).has_factor
    return await frame.render(
        request, "security/factor.html", tab="security", status=422 if error else 200,
        is_on=is_on, error=error, act=act,
    )  # fmt: skip


async def _codes(request: web.Request, codes: list[str]) -> web.Response:
    return await frame.render(request, "security/codes.html", tab="security", codes=codes)


async def _ask(request: web.Request, onward: str, error: AppError | None = None) -> web.Response:
    return await frame.render(
        request, "security/code.html", status=422 if error else 200, onward=stepup.ours(onward),
        error=error, by_recovery="recovery" in request.query,
    )  # fmt: skip


async def _code(request: web.Request) -> str:
    return str((await request.post()).get("code", ""))[:LONGEST]


def _factor(request: web.Request) -> SecondFactor:
    return request.app[SERVICES].features.identity.factor
