"""From a request to a `Session`: by the header of the Mini App or a machine, or by cookies."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from services.identity import values
from services.identity.errors import Unauthenticated
from services.identity.models import SessionKind as StoredKind
from services.identity.tokens import TokenKind
from services.tenants.api_keys import ApiKeys, Machine
from services.tenants.rights import rights
from webapp.auth import cookies
from webapp.auth.session import Session, SessionKind, User
from webapp.keys import SERVICES

MAX_HEADER = 400


async def caller(request: web.Request) -> Session:
    """Return who calls. Raises Unauthenticated, Forbidden (a change no page of ours asked for)."""
    if "Authorization" in request.headers:
        return await _by_header(request)
    return await _by_cookie(request)


async def _by_header(request: web.Request) -> Session:
    values_of = request.headers.getall("Authorization")
    kind, _, key = values_of[0].partition(" ")
    if len(values_of) != 1 or kind.lower() != "bearer" or not key or len(key) > MAX_HEADER:
        raise Unauthenticated("auth.sign_in")
    services = request.app[SERVICES]
    if key.startswith(f"{TokenKind.ACCESS}_"):
        signed = await services.features.identity.sessions.look(key)
        return _person(request, signed, StoredKind.APP)
    machine = await ApiKeys(services.database).find(key.strip())
    if machine is None:
        raise Unauthenticated("auth.sign_in")
    return _machine(machine)


async def _by_cookie(request: web.Request) -> Session:
    access, refresh = (cookies.read(request, name) for name in (cookies.ACCESS, cookies.REFRESH))
    if not access and not refresh:
        raise Unauthenticated("auth.sign_in")
    changes = request.method not in cookies.SAFE_METHODS
    if changes:
        cookies.check_origin(request)
    sessions = request.app[SERVICES].features.identity.sessions
    signed = await sessions.look(access)
    if signed is None and refresh:
        request[cookies.RENEWED] = renewed = await sessions.refresh(refresh)
        signed = await sessions.by_id(renewed.session_id)
    found = _person(request, signed, StoredKind.BROWSER)
    if changes:
        await cookies.check_csrf(request, sessions, found.id)
    return found


def _person(request: web.Request, signed: values.Signed | None, kind: StoredKind) -> Session:
    """A token of the one kind does not work in the other's place: a browser's never by header."""
    if signed is None or signed.kind is not kind:
        raise Unauthenticated("auth.session_over")
    sessions = request.app[SERVICES].features.identity.sessions
    actor = signed.actor
    if actor.id is None:
        raise Unauthenticated("auth.session_over")
    is_browser = kind is StoredKind.BROWSER
    return Session(
        id=signed.id,
        kind=SessionKind.BROWSER if is_browser else SessionKind.APP,
        user=User(actor.id, actor.telegram_id, actor.name),
        tenant=actor.tenant_id,
        tenant_name=signed.tenant_name if actor.tenant_id else "",
        role=actor.role,
        permissions=rights().of(actor.role, is_admin=signed.is_admin),
        channels=signed.channels,
        zone=actor.zone or "Europe/Moscow",
        locale=actor.locale,
        csrf=sessions.csrf(signed.id),
        is_admin=signed.is_admin,
        has_factor=signed.has_factor,
        code_needed=is_browser and signed.has_factor and not signed.was_confirmed,
        is_confirmed=signed.is_confirmed,
    )


def _machine(machine: Machine) -> Session:
    key_id: UUID = machine.key_id
    return Session(
        id=key_id,
        kind=SessionKind.MACHINE,
        user=User(key_id),
        tenant=machine.tenant_id,
        tenant_name="",
        role=None,
        permissions=rights().of_key(machine.scopes),
    )
