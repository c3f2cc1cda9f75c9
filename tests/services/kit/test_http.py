"""The hot client: what left and what did not, capped answers, public addresses only."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from services.kit.http import (
    MAX_ANSWER,
    Clients,
    NoAnswer,
    NotSent,
    PublicResolver,
    TooLarge,
    is_public,
    open_clients,
)


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    made = open_clients(0.5)
    yield made
    await made.close()


async def _page(request: web.Request) -> web.StreamResponse:
    match request.path:
        case "/slow":
            await asyncio.sleep(2)
        case "/cut":
            request.transport.close()
        case "/moved":
            raise web.HTTPFound("/never")
        case "/big":
            return web.Response(body=b"x" * (MAX_ANSWER + 1))
        case "/just":
            return web.Response(body=b"x" * MAX_ANSWER)
    return web.Response(text="ok", headers={"X-Some-Name": "v"})


@pytest.fixture
async def url() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", _page)
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    await server.close()


async def test_answer_comes_whole_with_lower_case_headers(clients, url):
    answer = await clients.hot.call("GET", f"{url}/ok")

    assert (answer.status, answer.body, answer.headers["x-some-name"]) == (200, b"ok", "v")


async def test_redirect_is_not_followed(clients, url):
    assert (await clients.hot.call("GET", f"{url}/moved")).status == 302


@pytest.mark.parametrize("path", ["/slow", "/cut"])
async def test_silence_after_the_request_left_is_no_answer(clients, url, path):
    with pytest.raises(NoAnswer):
        await clients.hot.call("POST", url + path, body=b"x", timeout_seconds=0.3)


async def test_answer_is_capped(clients, url):
    assert len((await clients.hot.call("GET", f"{url}/just")).body) == MAX_ANSWER
    with pytest.raises(TooLarge):
        await clients.hot.call("GET", f"{url}/big")


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", "http://[broken/", "not an address"])
async def test_what_never_left_is_not_sent_and_names_no_address(clients, address):
    with pytest.raises(NotSent) as caught:
        await clients.hot.call("POST", address, body=b"x")

    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("localhost", False),
        ("", False),
    ],
)
def test_public_addresses_are_told_from_private_ones(address, public):
    assert is_public(address) is public


class Names(AbstractResolver):
    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(self, host, port=0, family=socket.AF_INET) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=a, port=port, family=family, proto=0, flags=0)
            for a in self.addresses
        ]

    async def close(self) -> None:
        pass


async def test_name_with_private_addresses_keeps_only_public_ones():
    resolver = PublicResolver(Names("10.0.0.1", "93.184.216.34"))

    found = await resolver.resolve("x.test", 443)

    assert [item["host"] for item in found] == ["93.184.216.34"]


async def test_name_that_leads_inside_is_not_reached(clients, url):
    port = url.rsplit(":", 1)[1]

    with pytest.raises(NotSent):
        async with clients.hot.stream(f"http://localhost:{port}/ok", public_only=True):
            pass
