"""The baseline of `ingest`: an aiohttp route that reads the body and answers 200. `python -m
benchmarks.bare PORT`.
"""

from __future__ import annotations

import sys

import uvloop
from aiohttp import web


async def accept(request: web.Request) -> web.Response:
    await request.read()
    return web.Response()


async def alive(_request: web.Request) -> web.Response:
    return web.Response()


def main(port: int) -> None:
    uvloop.install()
    app = web.Application()
    app.router.add_post("/hooks/{provider}/{key}", accept)
    app.router.add_get("/healthz", alive)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
