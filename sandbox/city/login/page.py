"""The issuer's page: who do you want to be?"""

from __future__ import annotations

from html import escape

from aiohttp import web

from sandbox.city.telegram.world import World

PAGE = """<!doctype html>
<html lang="ru"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Вход через Telegram — город</title>
<link rel="icon" href="data:,">
<style>body{{font:16px/1.5 system-ui;max-width:24rem;margin:10vh auto;padding:0 1rem}}
a{{display:block;padding:.75rem 1rem;margin:.5rem 0;border:1px solid;border-radius:.75rem;
color:inherit;text-decoration:none}}a:hover,a:focus{{background:#3390ec22}}</style></head>
<body><main><h1>Кто входит?</h1>
<p>Это игрушечный Telegram: выберите, кем войти в Вишенку.</p>{people}
<a href="{no}" rel="nofollow">Отмена</a></main></body></html>
"""
CHOICE = '<a href="{url}" data-person="{id}">{name}</a>'


def choose(request: web.BaseRequest, world: World) -> str:
    """Return the page with everybody there is."""
    asked = request.rel_url
    people = "".join(
        CHOICE.format(
            url=escape(str(asked.update_query({"as": str(user_id)}))),
            id=user_id,
            name=escape(person.first_name or str(user_id)),
        )
        for user_id, person in sorted(world.people.items())
    )
    return PAGE.format(people=people, no=escape(str(asked.update_query({"as": "0"}))))
