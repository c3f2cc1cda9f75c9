"""The floors of `relay`: the same HTTP in and out, two plain fsynced commits between, or
none.

`python -m benchmarks.floor PORT CITY_TELEGRAM_URL TOKEN CHAT DSN|-`
"""

from __future__ import annotations

import sys

import aiohttp
import asyncpg
import orjson
import uvloop
from aiohttp import web

TABLES = """
CREATE TABLE IF NOT EXISTS floor_in (id text PRIMARY KEY, body bytea);
CREATE TABLE IF NOT EXISTS floor_out (id text PRIMARY KEY, body bytea);
"""
FIRST = "INSERT INTO floor_in VALUES ($1, $2) ON CONFLICT DO NOTHING"
SECOND = "INSERT INTO floor_out VALUES ($1, $2) ON CONFLICT DO NOTHING"


class Floor:
    """One process that relays without promising anything."""

    def __init__(self, url: str, token: str, chat: int, dsn: str | None) -> None:
        self._url = f"{url}/bot{token}/sendMessage"
        self._chat = chat
        self._dsn = dsn

    async def open(self, _app: web.Application) -> None:
        self._session = aiohttp.ClientSession()
        self._pool = None
        if self._dsn is not None:
            self._pool = await asyncpg.create_pool(self._dsn, min_size=8, max_size=16)
            await self._pool.execute(TABLES)

    async def relay(self, request: web.Request) -> web.Response:
        body = await request.read()
        value = orjson.loads(body)["payload"]["value"]
        if self._pool is not None:
            await self._pool.execute(FIRST, value["id"], body)
            await self._pool.execute(SECOND, value["id"], body)
        text = value["content"].get("text", "")
        sent = orjson.dumps({"chat_id": self._chat, "text": text})
        head = {"Content-Type": "application/json"}
        async with self._session.post(self._url, data=sent, headers=head) as answer:
            await answer.read()
        return web.Response()


async def alive(_request: web.Request) -> web.Response:
    return web.Response()


def main(port: str, url: str, token: str, chat: str, dsn: str) -> None:
    uvloop.install()
    floor = Floor(url, token, int(chat), None if dsn == "-" else dsn)
    app = web.Application()
    app.on_startup.append(floor.open)
    app.router.add_post("/relay", floor.relay)
    app.router.add_get("/healthz", alive)
    web.run_app(app, host="127.0.0.1", port=int(port), access_log=None, print=None)


if __name__ == "__main__":
    main(*sys.argv[1:6])
