"""The supervisor's own small door: a unix socket where the city's page kills children.

GET  /children        {"children": [{"name": "worker", "pid": 7, "restarts": 0}, …]}
POST /kill/{child}    202 {"killed": 7} · 404 unknown · 409 between two lives
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from aiohttp import web

from sandbox.children import Child


@contextlib.asynccontextmanager
async def control(children: Sequence[Child], path: Path) -> AsyncIterator[None]:
    """Answer on the socket while the block runs."""
    app = web.Application()
    app.add_routes(
        [
            web.get("/children", lambda _: _list(children)),
            web.post("/kill/{child}", lambda request: _kill(children, request)),
        ]
    )
    path.unlink(missing_ok=True)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.UnixSite(runner, str(path)).start()
    path.chmod(0o600)
    try:
        yield
    finally:
        await runner.cleanup()
        path.unlink(missing_ok=True)


async def _list(children: Sequence[Child]) -> web.Response:
    rows = [{"name": c.name, "pid": c.pid, "restarts": c.restarts} for c in children]
    return web.json_response({"children": rows})


async def _kill(children: Sequence[Child], request: web.Request) -> web.Response:
    found = [child for child in children if child.name == request.match_info["child"]]
    if not found:
        return web.json_response({"error": "no such child"}, status=404)
    pid = found[0].pid
    if pid is None:
        return web.json_response({"error": "it is not running now"}, status=409)
    found[0].kill()
    return web.json_response({"killed": pid}, status=202)
