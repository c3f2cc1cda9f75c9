"""The second marketplace works by the same contract: hooks, sends, echo, media, dead keys."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from services.connectors.base import (
    Account,
    HookRequest,
    SupportsHistory,
    SupportsMedia,
    SupportsOAuth,
    SupportsPull,
)
from services.connectors.errors import AuthExpired, RecipientUnreachable
from services.connectors.messages import Address, Media, MediaKind, Message, OutboundMessage, Text
from services.connectors.registry import Wiring, build_registry
from services.kit.http import open_clients
from tests.fakes_marketplace import CONNECTORS, Bazaar, BazaarCredentials
from tests.fakes_marketplace_server import BazaarServer

DEAL = Address(chat_id="d-1")


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)


class Picture:
    async def open(self, media: Media) -> AsyncIterator[bytes]:
        yield b"pic"
        yield b"ture"


@pytest.fixture
def town() -> BazaarServer:
    return BazaarServer()


@pytest.fixture
async def shop(town) -> AsyncIterator[tuple[Bazaar, Account]]:
    server, clients = await town.start(), open_clients(2.0)
    base = str(server.make_url("")).rstrip("/")

    def wiring(_: str) -> Wiring:
        return Wiring(base, None, 2.0, True, clients.hot, clients.cold, Clock())

    connector = build_registry(wiring, extra=CONNECTORS)["bazaar"]
    account = Account("c", "shop", BazaarCredentials("shop", town.password), town.secret)
    yield connector, dataclasses.replace(account, token=await connector.refresh(account))
    await clients.close()
    await server.close()


def say(words: str, **more) -> OutboundMessage:
    return OutboundMessage(to=DEAL, text=Text(text=words), **more)


async def test_powers_are_asked_by_protocol(shop):
    for power in (SupportsHistory, SupportsMedia, SupportsOAuth, SupportsPull):
        assert isinstance(shop[0], power)


async def test_batch_is_split_and_pull_brings_the_same_keys(shop, town):
    connector, account = shop
    body, headers = town.hook(town.buyer_says("d-1", "раз"), town.buyer_says("d-2", "два"))

    opened = connector.open(account, HookRequest("POST", "", headers, body))
    page = await connector.pull(account, "")

    assert [event.lane for event in opened.events] == ["d-1", "d-2"]
    assert [event.key for event in page.events] == [event.key for event in opened.events]
    assert (await connector.pull(account, page.cursor)).events == ()


async def test_what_the_shop_says_is_echoed_and_in_the_history(shop, town):
    connector, account = shop
    town.buyer_says("d-1", "Почём?")
    action = say("Даром", reply_to="1")

    sent = await connector.send(account, action, Picture())

    (echo,) = connector.parse(account, (await connector.pull(account, "1")).events[0])
    assert isinstance(echo, Message)
    assert echo.sender.own
    assert echo.external_id == sent.external_id
    assert connector.same(action, (await connector.history(account, "d-1"))[-1])
    subject, buyer, name = await connector.subject(account, "d-1")
    assert (subject.title, buyer, name) == ("Ковёр", "b-1", "Пётр")


async def test_picture_goes_out_and_comes_back(shop, town):
    connector, account = shop
    picture = Media(kind=MediaKind.IMAGE, file_id="f")

    await connector.send(account, say("", media=(picture,)), Picture())

    (echo,) = connector.parse(account, (await connector.pull(account, "")).events[0])
    fetched = b"".join([part async for part in connector.fetch(account, echo.media[0])])
    assert fetched == b"picture"
    assert town.said[0]["sort"] == "picture"


async def test_dead_key_is_refreshable_and_refused_password_is_not(shop, town):
    connector, account = shop
    town.expire_keys()

    with pytest.raises(AuthExpired) as caught:
        await connector.send(account, say("x"), Picture())
    assert caught.value.refreshable

    fresh = dataclasses.replace(account, token=await connector.refresh(account))
    assert (await connector.send(fresh, say("x"), Picture())).external_id == "1"

    town.password = "changed"
    with pytest.raises(AuthExpired) as caught:
        await connector.refresh(account)
    assert not caught.value.refreshable


async def test_closed_deal_is_unreachable(shop, town):
    connector, account = shop
    town.closed.add("d-1")

    with pytest.raises(RecipientUnreachable):
        await connector.send(account, say("x"), Picture())
