"""Some hosts reach Telegram only through a proxy or a relay of their own."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.connectors.errors import Temporary
from services.connectors.messages import Address, Media, MediaKind, OutboundMessage, Text
from tests.services.providers.telegram.botserver import (
    TOKEN,
    BotServer,
    Shelf,
    make_connector,
    ok,
    serve,
)

TO = Address(chat_id="555")
NOWHERE = "http://telegram.invalid"
"""No such host: what arrives has gone through the proxy."""


async def test_calls_uploads_and_downloads_go_through_the_proxy(clients, account):
    server = BotServer()
    server.on("getFile", ok({"file_path": "a.bin"}))
    server.files["a.bin"] = b"content"
    proxy = await serve(server)
    connector = make_connector(NOWHERE, clients, proxy=str(proxy.make_url("/")))
    file = Media(kind=MediaKind.FILE, file_id="f")

    await connector.send(account, OutboundMessage(to=TO, text=Text(text="x")), Shelf())
    await connector.send(account, OutboundMessage(to=TO, media=(file,)), Shelf({"f": [b"up"]}))
    fetched = [
        part async for part in connector.fetch(account, Media(kind=MediaKind.FILE, ref="tg:F"))
    ]

    assert server.methods() == ["sendMessage", "sendDocument", "getFile"]
    assert fetched == [b"content"]
    await proxy.close()


async def test_relay_under_a_path_is_a_base_url(clients, account):
    seen = []

    async def relay(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.json_response(ok({"message_id": 1, "date": 1}))

    app = web.Application()
    app.router.add_post("/{path:.*}", relay)
    running = TestServer(app)
    await running.start_server(access_log=None)
    connector = make_connector(str(running.make_url("/tg/relay/")), clients)

    await connector.send(account, OutboundMessage(to=TO, text=Text(text="x")), Shelf())

    assert seen == [f"/tg/relay/bot{TOKEN}/sendMessage"]
    await running.close()


async def test_dead_proxy_means_nothing_was_sent(clients, account):
    connector = make_connector(NOWHERE, clients, proxy="http://127.0.0.1:9")

    with pytest.raises(Temporary):
        await connector.send(account, OutboundMessage(to=TO, text=Text(text="x")), Shelf())


async def test_proxy_that_refuses_a_tunnel_means_nothing_was_sent(clients, account):
    async def refuse(request: web.BaseRequest) -> web.Response:
        return web.Response(status=407)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    running = TestServer(app)
    await running.start_server(access_log=None)
    proxy = str(running.make_url("/"))
    connector = make_connector("https://telegram.invalid", clients, proxy=proxy)

    with pytest.raises(Temporary):
        await connector.send(account, OutboundMessage(to=TO, text=Text(text="x")), Shelf())
    await running.close()
