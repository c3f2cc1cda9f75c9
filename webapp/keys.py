"""Typed keys of the application's parts."""

from __future__ import annotations

from aiohttp import web

from services.bootstrap import Services

SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
DRAINING: web.AppKey[dict[str, bool]] = web.AppKey("draining", dict)
