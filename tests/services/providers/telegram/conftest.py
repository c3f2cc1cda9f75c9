from collections.abc import AsyncIterator

import pytest

from services.connectors.base import Account
from services.kit.http import Clients, open_clients
from services.providers.telegram.connector import TelegramConnector
from tests.services.providers.telegram.botserver import (
    BotServer,
    make_account,
    make_connector,
    serve,
)


@pytest.fixture
def account() -> Account:
    return make_account()


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    opened = open_clients(2.0)
    yield opened
    await opened.close()


@pytest.fixture
async def server() -> BotServer:
    return BotServer()


@pytest.fixture
async def connector(server: BotServer, clients: Clients) -> AsyncIterator[TelegramConnector]:
    running = await serve(server)
    yield make_connector(str(running.make_url("/")), clients)
    await running.close()
