"""A small city with one account, one group and one bot, and a client to play the product."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from sandbox.city import City

TOKEN = "4200001:AAE-test"
GROUP = -1001234567890
ANNA, BORIS = 1001, 1002
ACCOUNT, BUYER, ITEM = 94235311, 215001122, 1768287444


class Product:
    """The product's side of the wire."""

    def __init__(self, city: City, session: aiohttp.ClientSession) -> None:
        self.city = city
        self.session = session
        self.access = ""

    async def bot(self, method: str, token: str = TOKEN, **params):
        url = f"{self.city.telegram_url}/bot{token}/{method}"
        async with self.session.post(url, json=params) as response:
            return response.status, await response.json()

    async def ok(self, method: str, **params):
        status, body = await self.bot(method, **params)
        assert status == 200, body
        return body["result"]

    async def login(self) -> None:
        form = {"grant_type": "client_credentials", "client_id": "cid", "client_secret": "cs"}
        async with self.session.post(f"{self.city.avito_url}/token", data=form) as response:
            self.access = (await response.json())["access_token"]

    async def avito(self, http: str, path: str, **more):
        if not self.access:
            await self.login()
        headers = {"Authorization": f"Bearer {self.access}"}
        url = f"{self.city.avito_url}{path}"
        async with self.session.request(http, url, headers=headers, **more) as response:
            return response.status, await response.json()


@pytest.fixture
async def city() -> AsyncIterator[City]:
    async with City(seed=1, time_scale=0.02) as city:
        city.telegram.add_bot(TOKEN, "cherry_support_bot", "Вишня")
        city.telegram.add_user(ANNA, "Анна", username="anna")
        city.telegram.add_user(BORIS, "Борис")
        city.telegram.add_group(GROUP, "Продажи")
        city.telegram.add_member(GROUP, ANNA, "creator")
        city.telegram.add_member(GROUP, BORIS, "member")
        city.telegram.add_member(GROUP, 4200001, "administrator")
        city.avito.add_account(ACCOUNT, "cid", "cs", "ВелоДвор")
        city.avito.add_item(ACCOUNT, ITEM, "Горный велосипед", "18 500 ₽")
        city.avito.add_buyer(BUYER, "Иван Петров")
        yield city


@pytest.fixture
async def product(city: City) -> AsyncIterator[Product]:
    async with aiohttp.ClientSession() as session:
        yield Product(city, session)


class Hook:
    """A webhook receiver: answers 200 after the scripted `answers` are used up."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: list[int] = []
        self.bodies: list[dict] = []
        self.headers: list[dict] = []
        self._more = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        self.headers.append(dict(request.headers))
        self._more.set()
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def wait(self, count: int, seconds: float = 5.0) -> list[dict]:
        async with asyncio.timeout(seconds):
            while len(self.bodies) < count:
                self._more.clear()
                await self._more.wait()
        return self.bodies


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    receiver = Hook("")
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()
