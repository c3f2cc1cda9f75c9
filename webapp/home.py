"""The front door for people who open the address in a browser: what this is and where to go on."""

from __future__ import annotations

from html import escape

from aiohttp import web

from services.kit.i18n import t
from webapp.keys import SERVICES

LOCALES = ("ru", "en")
PAGE = """<!doctype html>
<html lang="{locale}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title><link rel="icon" href="data:,"></head>
<body><main><h1>{title}</h1><p>{what}</p><p>{start}</p>
<p><a href="/app">{go}</a></p>{city}</main></body></html>
"""
CITY = '<p><a href="{url}">{words}</a></p>'


async def index(request: web.Request) -> web.Response:
    """Answer GET /."""
    settings = request.app[SERVICES].settings
    asked = request.headers.get("Accept-Language", "")[:2].lower()
    locale = asked if asked in LOCALES else LOCALES[0]
    city = ""
    if settings.provider_urls and not settings.is_prod:
        words = escape(t(locale, "web.home.city"))
        city = CITY.format(url=f"http://{settings.city_listen}/", words=words)
    keys = {name: escape(t(locale, f"web.home.{name}")) for name in ("title", "what", "start")}
    keys["go"] = escape(t(locale, "first.cabinet"))
    page = PAGE.format(locale=locale, city=city, **keys)
    return web.Response(text=page, content_type="text/html")
