"""The baseline of `list`: an aiohttp route, one indexed query, its rows as JSON.
`python -m benchmarks.bare_list PORT DSN TENANT`.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import orjson
import uvloop
from aiohttp import web

QUERY = """
SELECT id, state, person_name, subject_title, subject_price, channel_id, assignee_id, waiting_since
FROM conversation WHERE tenant_id = $1
ORDER BY coalesce(greatest(last_in_at, last_out_at), created_at) DESC, id DESC LIMIT 30
"""


def main(port: int, dsn: str, tenant: UUID) -> None:
    uvloop.install()

    async def pool(app: web.Application) -> AsyncIterator[None]:
        made = await asyncpg.create_pool(dsn, min_size=1, max_size=12)
        app["pool"] = made
        yield
        await made.close()

    async def rows(request: web.Request) -> web.Response:
        found = await request.app["pool"].fetch(QUERY, tenant)
        body = orjson.dumps({"items": [dict(row) for row in found]}, default=str)
        return web.Response(body=body, content_type="application/json")

    async def alive(_request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.cleanup_ctx.append(pool)
    app.router.add_get("/list", rows)
    app.router.add_get("/healthz", alive)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], UUID(sys.argv[3]))
