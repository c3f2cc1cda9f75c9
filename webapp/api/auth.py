"""Sign-in of the Mini App: initData in, tokens out; renewing them; signing out.

A browser has its tokens in cookies (`webapp.auth.login` gives them) and renews with an empty body.
"""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from services.identity.errors import Unauthenticated
from services.identity.tokens import TokenKind
from services.identity.values import Issued
from webapp.api.schema import Answer, Body, Done, answer, body, describe
from webapp.auth import cookies, peer
from webapp.auth.limits import RENEW_ADDRESS, SIGN_IN_ADDRESS, SIGN_IN_PERSON, ease, knock
from webapp.keys import SERVICES

TokenText = Annotated[str, Field(min_length=1, max_length=200)]


class InitData(Body):
    """What `Telegram.WebApp.initData` holds, as it is."""

    init_data: Annotated[str, Field(min_length=1, max_length=4096)]


class Refresh(Body):
    """The newest refresh token; none in a browser, where it is a cookie."""

    refresh_token: TokenText | None = None


class Tokens(Answer):
    """Tokens of a session; `expires_in` seconds for the access token."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 - the kind, not a token


@describe("Swap the Mini App's initData for a session, once", body=InitData, answer=Tokens)
async def telegram(request: web.Request) -> web.Response:
    """Answer POST /api/v1/auth/telegram."""
    wanted = await body(request, InitData)
    await knock(request, SIGN_IN_ADDRESS, peer.address(request))
    identity = request.app[SERVICES].features.identity
    proof = identity.check(wanted.init_data)
    await knock(request, SIGN_IN_PERSON, proof.user.id)
    return answer(_tokens(await identity.enter(proof, peer.device(request))))


@describe("Renew a session's tokens; an old refresh token ends it", body=Refresh, answer=Tokens)
async def refresh(request: web.Request) -> web.Response:
    """Answer POST /api/v1/auth/refresh."""
    sessions = request.app[SERVICES].features.identity.sessions
    await ease(request, RENEW_ADDRESS, peer.address(request))
    given = await _given(request)
    if given:
        return answer(_tokens(await sessions.refresh(given)))
    cookies.check_origin(request)
    issued = await sessions.refresh(cookies.read(request, cookies.REFRESH))
    request[cookies.RENEWED] = issued
    return answer(Tokens(access_token="", refresh_token="", expires_in=issued.expires_in))


@describe("Sign out: the session ends at once", body=Refresh, answer=Done)
async def logout(request: web.Request) -> web.Response:
    """Answer POST /api/v1/auth/logout: by refresh token, by access token, or by cookie."""
    sessions = request.app[SERVICES].features.identity.sessions
    given, header = await _given(request), request.headers.get("Authorization", "")
    response = answer(Done())
    if given:
        await sessions.end_by_token(TokenKind.REFRESH, given)
    elif header:
        await sessions.end_by_token(TokenKind.ACCESS, header.partition(" ")[2].strip())
    else:
        cookies.check_origin(request)
        await sessions.end_by_token(TokenKind.REFRESH, cookies.read(request, cookies.REFRESH))
        cookies.drop(request, response, cookies.ACCESS, cookies.REFRESH)
    return response


async def _given(request: web.Request) -> str:
    """Return the token of the body; no body at all is fine."""
    if not request.can_read_body:
        return ""
    return (await body(request, Refresh)).refresh_token or ""


def _tokens(issued: Issued) -> Tokens:
    if issued.kind != "app":
        raise Unauthenticated("auth.session_over")  # a browser's tokens never leave its cookies
    return Tokens(
        access_token=issued.access_token,
        refresh_token=issued.refresh_token,
        expires_in=issued.expires_in,
    )
