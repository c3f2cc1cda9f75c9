"""The cabinet's frame and gallery without database or sign-in: a fixture person looks at them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

from aiohttp import web

from services.tenants.actor import Role
from services.tenants.rights import rights
from webapp import assets
from webapp.auth.session import SESSION, Session, SessionKind, User, page
from webapp.cabinet import frame, gallery
from webapp.cabinet.failures import failures
from webapp.middlewares import Handler, guard

ANNA = Session(
    id=UUID(int=1),
    kind=SessionKind.BROWSER,
    user=User(UUID(int=2), 700100101, "Анна"),
    tenant=UUID(int=3),
    tenant_name="ВелоДвор",
    role=Role.OWNER,
    permissions=rights().of(Role.OWNER),
    csrf="word",
)


@web.middleware
async def as_anna(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Sign Anna in; `?lang=en` speaks English to her."""
    asked = request.headers.get("Accept-Language", "")[:2]
    locale = request.query.get("lang") or (asked if asked in {"ru", "en"} else "ru")
    request[SESSION] = replace(ANNA, locale=locale)
    return await handler(request)


@page("self.read")
async def broken(_request: web.Request) -> web.Response:
    """Answer GET /app/broken, never."""
    raise RuntimeError("a page that fails on purpose")


@asynccontextmanager
async def gallery_app() -> AsyncIterator[str]:
    """Serve it; the address."""
    app = web.Application(middlewares=[guard, as_anna, failures])
    frame.setup(app)
    app.router.add_get(assets.ROUTE, assets.serve)
    app.router.add_get("/app/shell", frame.shell)
    gallery.add(app)
    app.router.add_get("/app/broken", broken)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()
