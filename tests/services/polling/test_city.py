"""Channels and polling against the provider city, which checks requests as the real ones do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest_asyncio

from sandbox.city import City
from services.bootstrap import Services, bootstrap
from services.channels.models import Kind
from services.connectors.base import RawEvent
from services.kit.db import Tx
from services.kit.settings import Settings
from services.polling.rules import Outcome
from services.seed import seed

TOKEN = "4200001:AAE-token_of_the_city_tests_0000000"
GROUP, ANNA = -1001234567890, 1001
ACCOUNT, BUYER, ITEM = 94235311, 215001122, 1768287444
KEYS = {"client_id": "city-id", "client_secret": "city-secret"}


@dataclass
class Town:
    """The city and a product in it."""

    city: City
    services: Services
    tenant: UUID

    async def sql(self, statement: str, *args: object) -> list[tuple[object, ...]]:
        async with self.services.database.system("tests look") as tx:
            return [tuple(row) for row in await tx.fetch(statement, *args)]


async def make_town(city: City, settings: Settings) -> Town:
    city.telegram.add_bot(TOKEN, "cherry_support_bot", "Вишня")
    city.telegram.add_user(ANNA, "Анна")
    city.avito.add_account(ACCOUNT, KEYS["client_id"], KEYS["client_secret"], "ВелоДвор")
    city.avito.add_item(ACCOUNT, ITEM, "Горный велосипед", "18 500 ₽")
    city.avito.add_buyer(BUYER, "Иван")
    urls = {"telegram": city.telegram_url, "avito": city.avito_url}
    services = await bootstrap(
        settings.model_copy(update={"provider_urls": urls}), use_broker=False
    )
    answer = await seed(services, {"tenants": [{"slug": "ours", "name": "Ours"}]})
    return Town(city, services, UUID(str(answer["tenants"][0]["id"])))


@pytest_asyncio.fixture
async def town(settings: Settings) -> AsyncIterator[Town]:
    async with City(seed=1, time_scale=0.02) as city:
        found = await make_town(city, settings)
        yield found
        await found.services.close()


@pytest_asyncio.fixture
async def laptop(settings: Settings) -> AsyncIterator[Town]:
    async with City(seed=1, time_scale=0.02) as city:
        found = await make_town(city, settings.model_copy(update={"public_url": None}))
        yield found
        await found.services.close()


async def test_bot_is_added_in_the_city(town: Town) -> None:
    channels = town.services.features.channels

    made = await channels.add_bot(town.tenant, TOKEN, kind=Kind.CLIENT)

    assert made.hook_is_set
    assert (made.channel.username, made.channel.title) == ("cherry_support_bot", "Вишня")
    checks = await town.services.features.checker.check(made.channel.id)
    assert {check.name: check.state for check in checks} == {
        "token": "ok",
        "webhook": "ok",
        "pending": "ok",
        "last_error": "ok",
    }


async def test_account_is_connected_in_the_city(town: Town) -> None:
    channels = town.services.features.channels

    made = await channels.connect_account(town.tenant, "avito", KEYS)

    assert made.channel.external_id == str(ACCOUNT)
    assert made.channel.title == "ВелоДвор"
    assert made.hook_is_set
    checks = await town.services.features.checker.check(made.channel.id)
    states = {check.name: check.state for check in checks}
    assert (states["token"], states["messenger"], states["webhook"]) == ("ok", "ok", "ok")


async def test_silent_webhook_is_found_by_the_poll_in_order_and_once(town: Town) -> None:
    features = town.services.features
    made = await features.channels.connect_account(town.tenant, "avito", KEYS)
    town.city.avito.buyer_says(ACCOUNT, BUYER, ITEM, "до нас")
    await asyncio.sleep(0.05)
    await features.polling.poll_one(made.channel.id)  # nobody serves the webhook in this test
    for number in range(5):
        town.city.avito.buyer_says(ACCOUNT, BUYER, ITEM, f"слово {number}")

    for _ in range(3):
        assert await features.polling.poll_one(made.channel.id) is Outcome.OK

    rows = await town.sql("SELECT source, count(*) FROM inbox GROUP BY source ORDER BY source")
    assert rows == [("poll", 5), ("pull", 1)]
    states = await features.polling.states(town.tenant)
    assert states[0].misses == 5


async def test_expired_token_of_the_city_heals_inside_the_poll(town: Town) -> None:
    features = town.services.features
    made = await features.channels.connect_account(town.tenant, "avito", KEYS)
    town.city.avito.expire_tokens(ACCOUNT)

    assert await features.polling.poll_one(made.channel.id) is Outcome.OK


async def test_updates_of_the_city_are_pulled_without_a_public_address(laptop: Town) -> None:
    features = laptop.services.features
    made = await features.channels.add_bot(laptop.tenant, TOKEN)
    stop = asyncio.Event()
    running = asyncio.ensure_future(features.polling.run(stop))
    await asyncio.sleep(0.3)

    laptop.city.telegram.user_says(ANNA, "@cherry_support_bot", "/start hello")

    stored: list[tuple[object, ...]] = []
    for _ in range(100):
        await asyncio.sleep(0.05)
        stored = await laptop.sql(
            "SELECT source FROM inbox WHERE channel_id = $1", made.channel.id
        )
        if stored:
            break
    stop.set()
    await running
    assert stored == [("pull",)]


async def test_true_hooks_are_confirmed_and_a_forged_one_is_doubted(town: Town) -> None:
    features, services = town.services.features, town.services
    doubted: list[str] = []
    confirmed: list[str] = []

    async def on_doubted(tx: Tx, channel_id: UUID, ids: Sequence[str]) -> int:
        doubted.extend(ids)
        return len(ids)

    async def on_confirmed(tx: Tx, channel_id: UUID, ids: Sequence[str]) -> int:
        confirmed.extend(ids)
        return len(ids)

    features.polling.on_shown(confirmed=on_confirmed, doubted=on_doubted)
    made = await features.channels.connect_account(town.tenant, "avito", KEYS)
    await features.polling.poll_one(made.channel.id)
    said = [town.city.avito.buyer_says(ACCOUNT, BUYER, ITEM, f"слово {n}") for n in range(4)]
    view = await services.channel_cache.by_id(made.channel.id)
    assert view is not None
    brought = [RawEvent(message.id, message.chat_id, b"{}") for message in said]
    forged = RawEvent("forged", said[0].chat_id, b"{}")
    await services.inbox.accept(view, [*brought, forged], trace="0" * 32)

    for _ in range(5):
        await features.polling.make_due()
        await town.sql("UPDATE poll_expected SET received_at = now() - interval '1 minute'")
        await features.polling.poll_one(made.channel.id)

    assert sorted(confirmed) == sorted(message.id for message in said)
    assert doubted == ["forged"]
    assert (await features.polling.states(town.tenant))[0].misses == 0
