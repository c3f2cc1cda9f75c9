"""`/city/api/…`: act, misbehave, look, judge. The page and tests in other processes use it.

POST telegram/{act} · avito/{act}   one act of a person, JSON object of its arguments
GET|POST|DELETE faults              standing faults · one more · all, of a provider, or one by id
POST points · GET points/{id} · POST points/{id}/release · DELETE points
GET journal · judge · state · events · init_data
POST reset {"demo": true} · kill {"child": "worker"}
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from sandbox.city.control import acts, files, live, supervisor
from sandbox.city.control.view import View
from sandbox.city.core import Json
from sandbox.city.journal import Outcome
from sandbox.city.wire import reply

if TYPE_CHECKING:
    from sandbox.city.city import City

Handler = Callable[[web.BaseRequest, str], Awaitable[web.StreamResponse]]
API = "/city/api/"


class Control:
    """Answers the page and other processes."""

    def __init__(self, city: City) -> None:
        """Serve `city`."""
        self.city = city
        self.view = View(city)
        self._routes: dict[tuple[str, str], Handler] = {
            ("POST", "telegram"): self._telegram,
            ("POST", "avito"): self._avito,
            ("GET", "faults"): self._list_faults,
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._drop_faults,
            ("POST", "points"): self._points,
            ("GET", "points"): self._point,
            ("DELETE", "points"): self._clear_points,
            ("GET", "journal"): self._journal,
            ("GET", "judge"): self._judge,
            ("GET", "state"): self._state,
            ("GET", "events"): self._events,
            ("GET", "file"): self._file,
            ("GET", "init_data"): self._init_data,
            ("POST", "reset"): self._reset,
            ("POST", "kill"): self._kill,
        }

    async def handle(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """One request that is no provider's."""
        if not path.startswith(API):
            return files.serve(request, path)
        if not _is_own(request):
            return reply({"error": "foreign origin"}, 403)
        name, _, rest = path.removeprefix(API).partition("/")
        handler = self._routes.get((request.method, name))
        if handler is None:
            return reply({"error": "not found"}, 404)
        try:
            return await handler(request, rest)
        except (acts.ActRefused, ValueError, KeyError, TypeError, StopIteration) as error:
            return reply({"error": str(error)}, 400)

    # --- people ------------------------------------------------------------------------------
    async def _telegram(self, request: web.BaseRequest, act: str) -> web.Response:
        return reply(acts.act(self.city.telegram, acts.TELEGRAM, act, await _json(request)))

    async def _avito(self, request: web.BaseRequest, act: str) -> web.Response:
        return reply(acts.act(self.city.avito, acts.AVITO, act, await _json(request)))

    # --- faults and points -------------------------------------------------------------------
    async def _list_faults(self, request: web.BaseRequest, rest: str) -> web.Response:
        del request, rest
        return reply({"faults": self.city.faults.listed()})

    async def _add_fault(self, request: web.BaseRequest, rest: str) -> web.Response:
        del rest
        return reply({"id": self.city.faults.add(**await _json(request)).id}, 201)

    async def _drop_faults(self, request: web.BaseRequest, rest: str) -> web.Response:
        if rest:
            self.city.faults.remove(int(rest))
        else:
            self.city.faults.clear(request.query.get("provider", ""))
        return reply({"ok": True})

    async def _points(self, request: web.BaseRequest, rest: str) -> web.Response:
        if rest.endswith("/release"):
            self.city.points.known[int(rest.split("/", maxsplit=1)[0])].release()
            return reply({"ok": True})
        return reply({"id": self.city.points.arm(**await _json(request)).id}, 201)

    async def _point(self, request: web.BaseRequest, rest: str) -> web.Response:
        hold = self.city.points.known[int(rest)]
        wait = float(request.query.get("wait", "0"))
        if wait:
            with contextlib.suppress(TimeoutError):
                await hold.reached(min(wait, 60.0))
        return reply({"reached": hold.arrived.is_set()})

    async def _clear_points(self, request: web.BaseRequest, rest: str) -> web.Response:
        del request, rest
        self.city.points.clear()
        return reply({"ok": True})

    # --- looking -----------------------------------------------------------------------------
    async def _journal(self, request: web.BaseRequest, rest: str) -> web.Response:
        del rest
        query = request.query
        names = ("provider", "kind", "method", "account", "chat")
        wanted: dict[str, Any] = {name: query[name] for name in names if name in query}
        if "outcome" in query:
            wanted["outcome"] = Outcome(query["outcome"])
        limit = int(query.get("limit", "1000"))
        if not wanted:
            return reply({"entries": self.city.journal.tail(limit)})
        return reply({"entries": list(self.city.journal.find(**wanted))[-limit:]})

    async def _judge(self, request: web.BaseRequest, rest: str) -> web.Response:
        del rest
        grace = float(request.query.get("grace", "0"))
        return reply(self.city.judge(grace_seconds=grace).as_json())

    async def _state(self, request: web.BaseRequest, rest: str) -> web.Response:
        del rest
        return reply(self.view.snapshot(dict(request.query)))

    async def _events(self, request: web.BaseRequest, rest: str) -> web.StreamResponse:
        del rest
        return await live.stream(request, self.city.core.feed)

    async def _file(self, request: web.BaseRequest, rest: str) -> web.Response:
        del request
        file = self.city.telegram.world.files.by_path(f"x/file_{rest}.x")
        if file is None:
            return reply({"error": "not found"}, 404)
        # Sent by anybody: shown as media only, never as a document of this origin.
        safe = {
            "photo": "image/png",
            "voice": "audio/ogg",
            "video": "video/mp4",
            "animation": "video/mp4",
            "audio": "audio/mpeg",
            "sticker": "image/webp",
        }
        return web.Response(
            body=file.data, content_type=safe.get(file.kind, "application/octet-stream"),
            headers={"X-Content-Type-Options": "nosniff",
                     "Content-Security-Policy": "default-src 'none'; sandbox"},
        )  # fmt: skip

    async def _init_data(self, request: web.BaseRequest, rest: str) -> web.Response:
        del rest
        query = request.query
        return reply({"init_data": self.city.telegram.init_data(
            query["bot"], int(query["user"]), query.get("start_param", "")
        )})  # fmt: skip

    # --- the world ---------------------------------------------------------------------------
    async def _reset(self, request: web.BaseRequest, rest: str) -> web.Response:
        del rest
        self.city.reset(demo=bool((await _json(request)).get("demo")))
        return reply({"ok": True})

    async def _kill(self, request: web.BaseRequest, rest: str) -> web.Response:
        del rest
        child = str((await _json(request)).get("child", "worker"))
        return await supervisor.kill(self.city.control_socket, child)


def _is_own(request: web.BaseRequest) -> bool:
    # A page of another site must not play the city's people through the visitor's browser.
    origin = request.headers.get("Origin")
    return origin is None or origin.split("//", 1)[-1] == request.headers.get("Host")


async def _json(request: web.BaseRequest) -> Json:
    body = await request.read()
    parsed = orjson.loads(body) if body else {}
    if not isinstance(parsed, dict):
        raise acts.ActRefused("an object is expected")
    return parsed
