"""Every URL on one page."""

from __future__ import annotations

from aiohttp import web

from webapp import health, home, hooks
from webapp.api import auth, deliveries, docs, me, moves


def add(app: web.Application) -> None:
    """Add all routes."""
    app.router.add_post("/hooks/{provider}/{key}", hooks.receive_hook)
    app.router.add_get("/hooks/{provider}/{key}", hooks.receive_hook)
    app.router.add_get("/", home.index)
    app.router.add_get("/healthz", health.healthz)
    app.router.add_get("/readyz", health.readyz)
    app.router.add_get("/metrics", health.metrics)
    app.router.add_post("/api/v1/auth/telegram", auth.telegram)
    app.router.add_post("/api/v1/auth/refresh", auth.refresh)
    app.router.add_post("/api/v1/auth/logout", auth.logout)
    app.router.add_get("/api/v1/me", me.show)
    app.router.add_patch("/api/v1/me", me.change)
    app.router.add_post("/api/v1/me/tenant", me.choose)
    app.router.add_get("/api/v1/deliveries", deliveries.list_deliveries)
    app.router.add_get("/api/v1/inbox", deliveries.list_inbox)
    app.router.add_post("/api/v1/deliveries/{id}/retry", moves.retry_delivery)
    app.router.add_post("/api/v1/deliveries/{id}/drop", moves.drop_delivery)
    app.router.add_post("/api/v1/inbox/{id}/replay", moves.replay_event)
    app.router.add_get("/api/v1/audit", deliveries.list_audit)
    app.router.add_get("/api/v1/openapi.json", docs.openapi)
