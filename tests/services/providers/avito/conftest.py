"""The connector on a scripted HTTP client, and on the fake Avito of provider city."""

import dataclasses
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from sandbox.city import City
from services.connectors.base import Account, RawEvent, Token
from services.connectors.errors import ConnectorError
from services.connectors.messages import Address, Media, Message, OutboundMessage, Text
from services.connectors.registry import Wiring
from services.kit.http import Answer, NoAnswer, open_clients
from services.providers.avito.connector import Avito
from services.providers.avito.credentials import AvitoCredentials

ACCOUNT_ID = 77001122
BUYER_ID = 88003344
ITEM_ID = 2200113344
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 64


class FixedClock:
    def __init__(self, second: float = 1_790_001_000) -> None:
        self.second = second

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.second, UTC)

    def monotonic(self) -> float:
        return self.second


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    url: str
    body: bytes | None
    headers: Mapping[str, str]
    public_only: bool = False
    proxy: str | None = None


@dataclass
class ScriptedHttp:
    """Answers calls in order from a script; an exception in it is raised."""

    script: list[Answer | Exception] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    files: dict[str, Answer] = field(default_factory=dict)

    async def call(self, method, url, *, body=None, headers=None, timeout_seconds=0, proxy=None):
        if body is not None and not isinstance(body, bytes):
            body = await _read(body)
        self.asked.append(Asked(method, url, body, headers or {}, proxy=proxy))
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @asynccontextmanager
    async def stream(self, url, *, headers=None, timeout_seconds=0, proxy=None, public_only=False):
        self.asked.append(Asked("GET", url, None, headers or {}, public_only, proxy))
        answer = self.files[url]
        yield dataclasses.replace(answer, body=b""), _chunks(answer.body)


async def _read(body: AsyncIterator[bytes]) -> bytes:
    """Take a streamed body as the real client does, which hides what its source raised."""
    try:
        return b"".join([chunk async for chunk in body])
    except ConnectorError:
        raise NoAnswer("ClientOSError") from None


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 65536):
        yield body[start : start + 65536]


class Bytes:
    """A MediaSource that has these bytes for everything."""

    def __init__(self, content: bytes, times: int = 1) -> None:
        self.content = content
        self.times = times

    async def open(self, media: Media) -> AsyncIterator[bytes]:
        for _ in range(self.times):
            yield self.content


def wiring(http: object, *, base_url: str | None = None, dev: bool = False, clock=None) -> Wiring:
    return Wiring(base_url, None, 2.0, dev, http, None, clock or FixedClock())


def make_account(
    token: str = "access-1",  # noqa: S107 - a fake's
    *,
    refresh: str = "",
    hook_secret: str = "",
) -> Account:
    held = Token(token, datetime(2030, 1, 1, tzinfo=UTC), refresh) if token else None
    keys = AvitoCredentials("client-1", "secret-1")
    return Account("channel-1", str(ACCOUNT_ID), keys, hook_secret, held)


@pytest.fixture
def account() -> Account:
    return make_account()


@pytest.fixture
def http() -> ScriptedHttp:
    return ScriptedHttp()


@pytest.fixture
def avito(http: ScriptedHttp) -> Avito:
    return Avito(wiring(http))


@dataclass
class Seller:
    """One account of the fake Avito and the connector that serves it."""

    city: City
    connector: Avito
    clock: FixedClock
    account: Account

    async def sign_in(self) -> Account:
        token = await self.connector.refresh(self.account)
        self.account = dataclasses.replace(self.account, token=token)
        return self.account

    def says(self, text: str, buyer: int = BUYER_ID):
        self.clock.second += 1
        return self.city.avito.buyer_says(ACCOUNT_ID, buyer, ITEM_ID, text)


@pytest.fixture
async def seller() -> AsyncIterator[Seller]:
    clock = FixedClock()
    async with City(clock=lambda: clock.second, seed=7) as city:
        city.avito.add_account(ACCOUNT_ID, "client-1", "secret-1", "Магазин")
        city.avito.add_item(ACCOUNT_ID, ITEM_ID, "Самокат", "9 900 ₽")
        city.avito.add_buyer(BUYER_ID, "Пётр")
        clients = open_clients(2.0)
        connector = Avito(wiring(clients.hot, base_url=city.avito_url, dev=True, clock=clock))
        made = Seller(city, connector, clock, make_account(""))
        await made.sign_in()
        yield made
        await clients.close()


def address(seller: Seller) -> Address:
    return Address(chat_id=seller.city.avito.chat(ACCOUNT_ID, BUYER_ID, ITEM_ID).id)


async def send(seller: Seller, text: str):
    action = OutboundMessage(to=address(seller), text=Text(text=text))
    return await seller.connector.send(seller.account, action, Bytes(b""))


async def drain(seller: Seller, cursor: str) -> tuple[list[RawEvent], str]:
    events: list[RawEvent] = []
    for _ in range(100):
        page = await seller.connector.pull(seller.account, cursor)
        events += page.events
        cursor = page.cursor
        if not page.more:
            return events, cursor
    raise AssertionError("the pull never ends")


def texts(seller: Seller, events: list[RawEvent]) -> list[str]:
    read = [one for event in events for one in seller.connector.parse(seller.account, event)]
    return [one.text.text for one in read if isinstance(one, Message)]
