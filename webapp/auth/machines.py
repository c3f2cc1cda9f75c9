"""Bearer keys of machines: looked up by hash, bound to a tenant and scopes, never taken from a
URL.
"""

from __future__ import annotations

from aiohttp import web

from services.kit.errors import Forbidden
from services.tenants.api_keys import ApiKeys, Machine
from webapp.keys import SERVICES


async def machine(request: web.Request, scope: str) -> Machine:
    """Return the machine behind the request. Raises HTTPUnauthorized, Forbidden (scope
    missing).
    """
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key:
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
    found = await ApiKeys(request.app[SERVICES].database).find(key.strip())
    if found is None:
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
    if not found.may(scope):
        raise Forbidden("error.scope_missing")
    return found
