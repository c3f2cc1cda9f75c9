"""A Bot API on a socket that keeps what it was asked and answers what the test told it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp import BodyPartReader, web
from aiohttp.test_utils import TestServer

from services.connectors.base import Account
from services.connectors.errors import Reason, Rejected
from services.connectors.messages import Media
from services.connectors.registry import Wiring
from services.kit.http import Clients, open_clients
from services.providers.telegram import CONNECTORS
from services.providers.telegram.connector import TelegramConnector
from services.providers.telegram.credentials import TelegramCredentials

TOKEN = "4200001:AAEverySecretTokenOfTheTests"
BOT_ID = "4200001"
SECRET = "hook-secret_1"


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 24, 12, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


@dataclass
class Asked:
    """One call: JSON and form fields decoded alike, files as bytes."""

    method: str
    params: dict[str, Any]
    files: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)
    chunked: bool = False


Answer = dict[str, Any] | bytes | Callable[[web.Request], Any]


def ok(result: Any) -> dict[str, Any]:
    return {"ok": True, "result": result}


def refusal(code: int, description: str, **parameters: int) -> dict[str, Any]:
    body = {"ok": False, "error_code": code, "description": description}
    return body | ({"parameters": parameters} if parameters else {})


@dataclass
class BotServer:
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, list[tuple[int, Answer]]] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)
    last_id: int = 100
    early: Callable[[web.Request], Any] | None = None
    """Answers before the body is read."""

    def on(self, method: str, *answers: Answer, status: int = 200) -> None:
        """Queue answers of a method; the last one repeats for ever."""
        self.answers.setdefault(method, []).extend((status, answer) for answer in answers)

    def methods(self) -> list[str]:
        return [asked.method for asked in self.asked]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self.early is not None:
            return await self.early(request)
        token, _, method = request.path.removeprefix("/bot").partition("/")
        if token != TOKEN:
            return _json(401, refusal(401, "Unauthorized"))
        asked = await _read(request, method)
        self.asked.append(asked)
        queue = self.answers.get(method)
        if not queue:
            return _json(200, self._usual(asked))
        status, answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if callable(answer):
            return await answer(request)
        if isinstance(answer, bytes):
            return web.Response(status=status, body=answer, content_type="text/html")
        return _json(answer.get("error_code", status), answer)

    def _usual(self, asked: Asked) -> dict[str, Any]:
        """A message in the chat and topic it was asked for."""
        self.last_id += 1
        if asked.method == "createForumTopic":
            return ok({"message_thread_id": self.last_id, "name": asked.params["name"]})
        if not asked.method.startswith("send") or asked.method == "sendChatAction":
            return ok(True)
        if asked.method != "sendMediaGroup":
            return ok(self._message(asked))
        count = len(asked.params["media"])
        self.last_id += count
        return ok([self._message(asked, back=count - n) for n in range(count)])

    def _message(self, asked: Asked, back: int = 0) -> dict[str, Any]:
        message = {"message_id": self.last_id - back, "date": 1_700_000_000, "chat": {"id": 1}}
        thread = asked.params.get("message_thread_id")
        return message | ({"message_thread_id": int(thread)} if thread else {})

    async def file(self, request: web.Request) -> web.StreamResponse:
        content = self.files.get(request.match_info["path"])
        if content is None:
            return web.Response(status=404)
        return await content(request) if callable(content) else web.Response(body=content)


def _json(status: int, body: dict[str, Any]) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")


async def _read(request: web.Request, method: str) -> Asked:
    if request.content_type == "application/json":
        return Asked(method, orjson.loads(await request.read()))
    asked = Asked(method, {}, chunked=request.headers.get("Transfer-Encoding") == "chunked")
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        content = bytes(await part.read())
        if part.filename is None:
            asked.params[part.name or ""] = _loads(content.decode())
        else:
            mime = part.headers["content-type"]
            asked.files[part.name or ""] = (part.filename, mime, content)
    return asked


def _loads(value: str) -> Any:
    try:
        return orjson.loads(value)
    except ValueError:
        return value


class Shelf:
    """A MediaSource over bytes by `Media.file_id`."""

    def __init__(self, content: dict[str, Iterable[bytes]] | None = None) -> None:
        self.content = content or {}

    async def open(self, media: Media) -> AsyncIterator[bytes]:
        if media.file_id not in self.content:
            raise Rejected("gone", reason=Reason.MEDIA_GONE)
        for chunk in self.content[media.file_id]:
            await asyncio.sleep(0)
            yield chunk


def make_account(token: str = TOKEN, secret: str = SECRET) -> Account:
    return Account("channel", BOT_ID, TelegramCredentials(token), secret)


def make_connector(base_url: str, clients: Clients, **more: Any) -> TelegramConnector:
    values: dict[str, Any] = {
        "base_url": base_url,
        "proxy": None,
        "timeout_seconds": 2.0,
        "dev": True,
        "hot": clients.hot,
        "cold": clients.cold,
        "clock": FixedClock(),
    }
    return CONNECTORS["telegram"](Wiring(**(values | more)))


async def serve(server: BotServer) -> TestServer:
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_get("/file/bot{token}/{path:.*}", server.file)
    app.router.add_route("*", "/{path:.*}", server.handle)
    running = TestServer(app)
    await running.start_server(access_log=None)
    return running


__all__ = ["open_clients"]
