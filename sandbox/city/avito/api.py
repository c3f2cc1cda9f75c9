"""The fake Avito over HTTP. Routes are matched by shape, the account by token and path."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import BodyPartReader, web

from sandbox.city.avito import messenger, oauth
from sandbox.city.avito.errors import AvitoError, refuse
from sandbox.city.avito.messenger import Call
from sandbox.city.avito.model import Account
from sandbox.city.avito.world import World
from sandbox.city.core import Core, Json
from sandbox.city.wire import Crossing, enter, reply, serve

MAX_IMAGE = 24 * 1024 * 1024
_INVISIBLE = dict.fromkeys(map(ord, "\u200e\u200f\u200b\u2060\ufeff"))
_ACCOUNT = r"/messenger/v(?P<v>\d)/accounts/(?P<user_id>\d+)"
_CHAT = _ACCOUNT + r"/chats/(?P<chat_id>[^/]+)"
Handler = Callable[[World, Account, Call], Any]
ROUTES: list[tuple[str, str, re.Pattern[str], Handler]] = [
    (method, name, re.compile(pattern + "/?$"), handler)
    for method, name, pattern, handler in (
        ("POST", "send", _CHAT.replace(r"\d)", "1)", 1) + "/messages", messenger.send_text),
        ("GET", "messages", _CHAT.replace(r"\d)", "3)", 1) + "/messages", messenger.messages),
        ("POST", "sendImage", _CHAT + "/messages/image", messenger.send_image),
        ("POST", "delete", _CHAT + "/messages/(?P<message_id>[^/]+)", messenger.delete),
        ("POST", "read", _CHAT + "/read", messenger.read),
        ("GET", "chats", _ACCOUNT + "/chats", messenger.chats),
        ("GET", "chat", _CHAT, messenger.chat),
        ("POST", "uploadImages", _ACCOUNT + "/uploadImages", messenger.upload),
        ("GET", "getVoiceFiles", _ACCOUNT + "/getVoiceFiles", messenger.voice_files),
        ("POST", "blacklist", _ACCOUNT + "/blacklist", messenger.blacklist),
        ("POST", "subscribe", "/messenger/v3/webhook", messenger.subscribe),
        ("POST", "unsubscribe", "/messenger/v1/webhook/unsubscribe", messenger.unsubscribe),
        ("POST", "subscriptions", "/messenger/v1/subscriptions", messenger.subscriptions),
        ("GET", "self", "/core/v1/accounts/self", messenger.own),
        ("GET", "items", "/core/v1/items", messenger.items),
        ("GET", "item", r"/core/v1/accounts/(?P<user_id>\d+)/items/(?P<item_id>\d+)",
         messenger.item),
    )
]  # fmt: skip


class AvitoApi:
    """Answers the product's calls."""

    def __init__(self, core: Core, world: World) -> None:
        """Serve `world`."""
        self.core = core
        self.world = world

    async def handle(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """One request; `path` is what follows the base URL."""
        path = path.translate(_INVISIBLE)
        if path.startswith("/media/"):
            return self._media(path)
        name, handler, places = _match(request.method, path)
        account_id = str(places.get("user_id") or self._account_of(request))
        crossing = Crossing("avito", account_id, name, refuse, str(places.get("chat_id", "")))
        await enter(self.core, request, crossing)
        call = await _read(request, places)

        async def work() -> web.StreamResponse:
            return self._work(request, path, handler, call)

        return await serve(self.core, request, crossing, call.journal(), work)

    def _account_of(self, request: web.BaseRequest) -> str:
        token = self.world.tokens.get(request.headers.get("Authorization", "")[7:])
        return str(token.account_id) if token is not None else ""

    def _work(
        self, request: web.BaseRequest, path: str, handler: Handler | None, call: Call
    ) -> web.Response:
        try:
            if path.rstrip("/") == "/token" and request.method == "POST":
                return oauth.grant(self.world, call.body)
            account = oauth.authorise(self.world, request)
            if handler is None:
                raise AvitoError(404)
            if str(call.places.get("user_id", account.id)) != str(account.id):
                raise AvitoError(403)
            headers = self._spend(account)
            return reply(handler(self.world, account, call), headers=headers)
        except AvitoError as error:
            return error.response()

    def _spend(self, account: Account) -> dict[str, str] | None:
        budget = account.budget_per_minute
        if not budget:
            return None
        now = self.core.clock()
        account.calls[:] = [at for at in account.calls if at > now - 60]
        left = budget - len(account.calls)
        headers = {
            "X-RateLimit-Limit": str(budget),
            "X-RateLimit-Remaining": str(max(left - 1, 0)),
        }
        if left <= 0:
            raise AvitoError(429, headers=headers)
        account.calls.append(now)
        return headers

    def _media(self, path: str) -> web.Response:
        parts = path.split("/")
        data, kind = None, "image/png"
        if parts[2] == "images" and len(parts) == 5:
            data = self.world.media.image(parts[4].removesuffix(".png"), parts[3])
        elif parts[2] == "voice" and len(parts) == 4:
            data, kind = self.world.media.voice(parts[3].removesuffix(".mp4")), "audio/mp4"
        if data is None:
            return web.Response(status=404, text="not found")
        return web.Response(body=data, content_type=kind)


def _match(method: str, path: str) -> tuple[str, Handler | None, dict[str, str]]:
    if path.rstrip("/") == "/token":
        return "token", None, {}
    for wanted, name, pattern, handler in ROUTES:
        if wanted == method and (found := pattern.match(path)):
            return name, handler, found.groupdict()
    return path, None, {}


async def _read(request: web.BaseRequest, places: dict[str, str]) -> Call:
    call = Call(places, dict(request.query), {}, {})
    if request.method != "POST":
        return call
    if request.content_type == "multipart/form-data":
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, BodyPartReader) and part.name:
                call.files[part.name] = bytes(await part.read())
        return call
    body = await request.read()
    call.body = _parsed(body, request.content_type)
    return call


def _parsed(body: bytes, kind: str) -> Json:
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    try:
        parsed = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
