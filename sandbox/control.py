"""The supervisor's own small door: a unix socket where the city's page kills children.

GET  /children        {"children": [{"name": "worker", "pid": 7, "restarts": 0}, …]}
POST /kill/{child}    202 {"killed": 7} · 404 unknown · 409 between two lives
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from sandbox.children import Child


@dataclass(frozen=True, slots=True)
class Control:
    """The door's two answers over the supervisor's living list of children."""

    children: Sequence[Child]

    async def list_children(self, request: web.Request) -> web.Response:
        del request
        rows = [{"name": c.name, "pid": c.pid, "restarts": c.restarts} for c in self.children]
        return web.json_response({"children": rows})

    async def kill_child(self, request: web.Request) -> web.Response:
        found = [child for child in self.children if child.name == request.match_info["child"]]
        if not found:
            return web.json_response({"error": "no such child"}, status=404)
        pid = found[0].pid
        if pid is None:
            return web.json_response({"error": "it is not running now"}, status=409)
        found[0].kill()
        return web.json_response({"killed": pid}, status=202)


@contextlib.asynccontextmanager
async def control(children: Sequence[Child], path: Path) -> AsyncIterator[None]:
    """Answer on the socket while the block runs."""
    door = Control(children)
    app = web.Application()
    app.router.add_get("/children", door.list_children)
    app.router.add_post("/kill/{child}", door.kill_child)
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
