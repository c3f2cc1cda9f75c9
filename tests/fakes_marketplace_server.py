"""The company behind `bazaar`: people's acts, its API, and what it accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes_marketplace_wire import SIGNATURE, sign


@dataclass
class BazaarServer:
    """The company: `buyer_says`, `erase`, `expire_keys`, `close`; `said` is what the shop sent."""

    password: str = "open-sesame"
    secret: str = "bazaar-hook"
    events: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    key: str = ""
    keys_given: int = 0
    closed: set[str] = field(default_factory=set)

    @property
    def said(self) -> list[dict[str, Any]]:
        return [e for e in self.events if e["kind"] == "said" and e["who"] == "shop"]

    def add(self, deal: str, kind: str, **more: Any) -> dict[str, Any]:
        seq = len(self.events) + 1
        event = {"seq": seq, "deal": deal, "kind": kind, "when": datetime.now(UTC).isoformat()}
        self.events.append(event | {"n": seq} | more)
        return self.events[-1]

    def buyer_says(self, deal: str, words: str, **more: Any) -> dict[str, Any]:
        return self.add(deal, "said", who="b-1", name="Пётр", words=words, thing="Ковёр", **more)

    def hook(self, *events: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """Return the body and headers of a batch."""
        body = orjson.dumps(list(events))
        return body, {SIGNATURE: sign(self.secret, body)}

    def expire_keys(self) -> None:
        self.key = ""

    async def start(self) -> TestServer:
        app = web.Application()
        app.router.add_post("/key", self._key)
        app.router.add_post("/deals/{deal}/say", self._guarded(self._say))
        app.router.add_post("/deals/{deal}/seen", self._guarded(self._seen))
        app.router.add_get("/deals/{deal}", self._guarded(self._deal))
        app.router.add_get("/events", self._guarded(self._events))
        app.router.add_post("/files", self._guarded(self._take))
        app.router.add_get("/files/{file}", self._guarded(self._give))
        server = TestServer(app)
        await server.start_server(access_log=None)
        return server

    def _guarded(self, handler: Any) -> Any:
        async def guarded(request: web.Request) -> web.StreamResponse:
            if not self.key or request.headers.get("bazaar-key") != self.key:
                return web.Response(status=401)
            return await handler(request)

        return guarded

    async def _key(self, request: web.Request) -> web.Response:
        if (await request.json()).get("password") != self.password:
            return web.Response(status=403)
        self.keys_given += 1
        self.key = f"key-{self.keys_given}"
        return web.json_response({"key": self.key})

    async def _say(self, request: web.Request) -> web.Response:
        deal, said = request.match_info["deal"], await request.json()
        if deal in self.closed:
            return web.Response(status=410)
        return web.json_response({"n": self.add(deal, "said", who="shop", **said)["n"]})

    async def _seen(self, request: web.Request) -> web.Response:
        return web.json_response({})

    async def _deal(self, request: web.Request) -> web.Response:
        return web.json_response(
            [e for e in self.events if e["deal"] == request.match_info["deal"]]
        )

    async def _events(self, request: web.Request) -> web.Response:
        return web.json_response(self.events[int(request.query["after"]) :])

    async def _take(self, request: web.Request) -> web.Response:
        name = f"f{len(self.files)}"
        self.files[name] = await request.read()
        return web.json_response({"file": name})

    async def _give(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["file"]])
