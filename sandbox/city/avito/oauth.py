"""Tokens of the fake Avito: personal keys, applications, refresh that rotates both tokens."""

from __future__ import annotations

from aiohttp import web

from sandbox.city.avito.errors import AvitoError
from sandbox.city.avito.model import Account, Token
from sandbox.city.avito.world import TOKEN_SECONDS, World
from sandbox.city.core import Json
from sandbox.city.faults import Kind
from sandbox.city.wire import reply

_SCOPE = "messenger:read,messenger:write"
_EXPIRE = frozenset({Kind.EXPIRE_TOKEN})
_REFUSE = frozenset({Kind.REFUSE_REFRESH})


def grant(world: World, form: Json) -> web.Response:
    """POST /token in all three ways."""
    account = world.by_client.get(str(form.get("client_id", "")))
    name = str(account.id) if account is not None else ""
    if world.core.faults.any("avito") and world.core.faults.take("avito", _REFUSE, account=name):
        return _no("invalid_grant", "Token refresh refused")
    if account is None or account.client_secret != form.get("client_secret"):
        return _no("invalid_client", "Client authentication failed", 401)
    match form.get("grant_type"):
        case "client_credentials":
            return reply(_personal(world.issue(account)))
        case "authorization_code":
            return _by_code(world, account, str(form.get("code", "")))
        case "refresh_token":
            return _by_refresh(world, account, str(form.get("refresh_token", "")))
        case _:
            return _no("unsupported_grant_type", "Unknown grant type")


def _no(error: str, description: str, status: int = 400) -> web.Response:
    return reply({"error": error, "error_description": description}, status)


def _personal(token: Token) -> Json:
    return {"access_token": token.value, "expires_in": TOKEN_SECONDS, "token_type": "Bearer"}


def _with_refresh(world: World, account: Account) -> web.Response:
    refresh = world.core.hex(48)
    account.refresh[refresh] = True
    body = {**_personal(world.issue(account)), "refresh_token": refresh, "scope": _SCOPE}
    return reply(body)


def _by_code(world: World, account: Account, code: str) -> web.Response:
    if code not in account.codes:
        return _no("invalid_grant", "Code is invalid or used")
    account.codes.discard(code)
    return _with_refresh(world, account)


def _by_refresh(world: World, account: Account, refresh: str) -> web.Response:
    if not account.refresh.get(refresh):
        return _no("invalid_grant", "Refresh token is invalid or used")
    account.refresh[refresh] = False
    world.expire_tokens(account.id)
    return _with_refresh(world, account)


def authorise(world: World, request: web.BaseRequest) -> Account:
    """The account behind the bearer token of a call."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    token = world.tokens.get(value)
    if kind.lower() != "bearer" or token is None:
        raise AvitoError(401)
    if token.expires_at <= world.core.clock() or _is_expired_by_fault(world, token):
        raise AvitoError(world.expired_status)
    return world.accounts[token.account_id]


def _is_expired_by_fault(world: World, token: Token) -> bool:
    faults = world.core.faults
    if not faults.any("avito"):
        return False
    struck = faults.take("avito", _EXPIRE, account=str(token.account_id))
    # Only what was given out before the fault began is stale: a new token works.
    return any(token.issued_at <= fault.started_at for fault in struck)
