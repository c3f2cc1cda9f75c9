"""The front door for people who open the address in a browser: says what this is and where to go
on.
"""

from __future__ import annotations

from aiohttp import web

from webapp.keys import SERVICES

PAGE = """<!doctype html>
<html lang="ru"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Вишенка</title>
<link rel="icon" href="data:,">
<main><h1>Вишенка работает</h1>
<p>Переписка с покупателями Avito — в Telegram вашей команды.</p>
<p>Начните с бота в Telegram: он подключит компанию, бота и аккаунт.
Кабинет появится здесь позже.</p>
<p lang="en">Vishenka is running. Start in Telegram with the master bot; the cabinet comes later.
</p>
</main></html>
"""
CITY = """<p><a href="{url}">Открыть город провайдеров</a>:
сыграть покупателя и менеджера без интернета.</p></main>"""


async def index(request: web.Request) -> web.Response:
    """Answer GET /."""
    settings = request.app[SERVICES].settings
    page = PAGE
    if "telegram" in settings.provider_urls and not settings.is_prod:
        page = page.replace("</main>", CITY.format(url=f"http://{settings.city_listen}/"))
    return web.Response(text=page, content_type="text/html")
