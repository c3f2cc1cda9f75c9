"""Channels in memory: many come in one statement, secrets open at first use, changes are seen."""

import asyncio
import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.bootstrap import Services
from services.channels.gather import Gather
from services.channels.view import ChannelCache, Stamp, stamp_of
from services.kit.crypto import Keyring, Undecipherable
from services.kit.db import Database
from services.kit.errors import Unavailable
from services.seed import seed

SHOPS = 3
SERVICES = Path(__file__).parents[3] / "services"
UPDATE = re.compile(r"UPDATE channel(?: c)?\s+SET(.*?)\bWHERE\b", re.DOTALL)
SHOWN = re.compile(
    r"\b(name|external_id|username|title|status|status_reason|credentials|hook_key|hook_secret"
    r"|settings) ="
)
STAMP = """
SELECT c.updated_at, t.version, t.expires_at FROM channel c
LEFT JOIN channel_token t ON t.tenant_id = c.tenant_id AND t.channel_id = c.id WHERE c.id = $1
"""


class CountingDatabase(Database):
    """Counts the transactions that see every tenant."""

    def __init__(self, inner: Database) -> None:
        super().__init__(inner.pool, inner.dsn)
        self.opened = 0

    def system(self, reason: str) -> Any:
        self.opened += 1
        return super().system(reason)


class Ring(Keyring):
    """Counts what is loaded singly."""

    def __init__(self, inner: Keyring) -> None:
        super().__init__(inner._load, inner._load_many)
        self.single = 0

    async def of(self, tenant_id: UUID) -> Any:
        self.single += tenant_id not in self._known
        return await super().of(tenant_id)


@pytest.fixture
def database(services: Services) -> CountingDatabase:
    return CountingDatabase(services.database)


@pytest.fixture
def ring(services: Services) -> Ring:
    return Ring(services.keyring)


@pytest.fixture
def cache(services: Services, database: CountingDatabase, ring: Ring) -> ChannelCache:
    return ChannelCache(database, ring, services.registry)


async def make_shops(services: Services) -> list[tuple[UUID, UUID, str]]:
    """Each shop of a tenant of its own; return tenant, channel and hook key."""
    tenants = [
        {
            "slug": f"shop{n}",
            "name": f"Shop {n}",
            "channels": [
                {
                    "name": "shop",
                    "provider": "market",
                    "account_id": str(9001 + n),
                    "credentials": {"token": f"{9001 + n}:market_keys"},
                }
            ],
        }
        for n in range(SHOPS)
    ]
    await seed(services, {"tenants": tenants})
    return [
        tuple(row) for row in await sql(services, "SELECT tenant_id, id, hook_key FROM channel")
    ]


async def sql(services: Services, statement: str, *args: object) -> list[Any]:
    async with services.database.system("tests look and break things") as tx:
        rows: list[Any] = await tx.fetch(statement, *args)
        return rows


async def stamp(services: Services, channel_id: UUID) -> Stamp:
    return stamp_of((await sql(services, STAMP, channel_id))[0])


async def test_first_updates_that_come_together_are_one_statement(
    services: Services, cache: ChannelCache, database: CountingDatabase, ring: Ring
) -> None:
    shops = await make_shops(services)

    asked = [cache.by_hook("market", key) for _, _, key in shops]
    views = await asyncio.gather(*asked, *(cache.by_id(one) for _, one, _ in shops))

    assert [view.id for view in views if view] == [one for _, one, _ in shops] * 2
    assert database.opened == 1
    assert ring.single == 0
    assert {view.account.credentials.token for view in views if view} == {
        f"{9001 + n}:market_keys" for n in range(SHOPS)
    }


async def test_unknown_keys_are_nobody_and_asked_once(
    cache: ChannelCache, database: CountingDatabase
) -> None:
    assert await cache.by_hook("market", "nobody") is None
    assert await cache.by_id(uuid4()) is None
    assert await cache.by_hook("market", "nobody") is None
    assert await cache.by_hook("market", "not a key") is None
    assert database.opened == 2


async def test_damaged_secret_shuts_its_own_channel_only(
    services: Services, cache: ChannelCache
) -> None:
    shops = await make_shops(services)
    broken = shops[0][1]
    await sql(services, "UPDATE channel SET credentials = '\\x01' WHERE id = $1", broken)

    views = await asyncio.gather(*(cache.by_id(one) for _, one, _ in shops))

    for view in views:
        assert view is not None
        if view.id == broken:
            with pytest.raises(Undecipherable):
                _ = view.account
        else:
            assert view.account.credentials


async def test_damaged_key_of_a_tenant_fails_its_own_channels_only(
    services: Services, cache: ChannelCache
) -> None:
    shops = await make_shops(services)
    tenant_id = shops[0][0]
    await sql(services, "UPDATE tenant_key SET wrapped = '\\x01' WHERE tenant_id = $1", tenant_id)

    views = await asyncio.gather(
        *(cache.by_id(one) for _, one, _ in shops), return_exceptions=True
    )

    assert isinstance(views[0], Undecipherable)
    assert [getattr(view, "id", None) for view in views[1:]] == [one for _, one, _ in shops[1:]]


async def test_unchanged_row_keeps_its_opened_account(
    services: Services, cache: ChannelCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    [_, channel_id, _] = (await make_shops(services))[0]
    first = await cache.by_id(channel_id)
    assert first is not None
    account = first.account
    monkeypatch.setattr("services.channels.view.FRESH_SECONDS", 0.0)

    again = await cache.by_id(channel_id)
    await sql(services, "UPDATE channel SET title = 'New', updated_at = now()")
    changed = await cache.by_id(channel_id)

    assert again is not None
    assert again.account is account
    assert changed is not None
    assert changed.title == "New"


async def test_removed_channel_is_found_by_id_and_not_by_hook(
    services: Services, cache: ChannelCache
) -> None:
    [_, channel_id, key] = (await make_shops(services))[0]
    await sql(services, "UPDATE channel SET status = 'removed', updated_at = now()")

    by_id, by_hook = await asyncio.gather(cache.by_id(channel_id), cache.by_hook("market", key))

    assert by_id is not None
    assert by_id.status == "removed"
    assert by_hook is None
    assert cache.fresh_hook("market", key) is None


async def test_change_made_while_a_row_was_read_is_not_covered_by_it(services: Services) -> None:
    [_, channel_id, _] = (await make_shops(services))[0]

    class Changed(ChannelCache):
        async def _rows(self, keys: Any) -> Any:
            rows = await super()._rows(keys)
            self.forget(channel_id)  # another task has just written this channel
            return rows

    cache = Changed(services.database, services.keyring, services.registry)

    assert await cache.by_id(channel_id) is not None
    assert cache.known(channel_id) is None


async def test_process_that_starts_knows_its_channels(
    services: Services, cache: ChannelCache, database: CountingDatabase
) -> None:
    shops = await make_shops(services)

    assert await cache.warm() == SHOPS
    assert database.opened == 1

    assert all(cache.fresh_hook("market", key) for _, _, key in shops)
    assert await cache.by_id(shops[0][1]) is not None
    assert database.opened == 1


async def test_stamp_read_elsewhere_makes_a_view_fresh_or_drops_it(
    services: Services, cache: ChannelCache, database: CountingDatabase
) -> None:
    [_, channel_id, _] = (await make_shops(services))[0]
    view = await cache.by_id(channel_id)
    read_at = cache._known[channel_id][0] + 100.0

    cache.confirm(channel_id, await stamp(services, channel_id), read_at)
    assert await cache.by_id(channel_id) is view
    assert database.opened == 1

    await sql(services, "UPDATE channel SET title = 'New', updated_at = now()")
    cache.confirm(channel_id, await stamp(services, channel_id), read_at + 1)
    changed = await cache.by_id(channel_id)
    assert changed is not None
    assert changed.title == "New"


async def test_asker_that_gives_up_takes_nobody_along() -> None:
    go = asyncio.Event()

    async def look_up(keys: Any) -> dict[str, int | Exception]:
        await go.wait()
        return dict.fromkeys(keys, 1)

    gather = Gather[str, int](look_up)
    tasks = [asyncio.ensure_future(gather.get("a")) for _ in range(2)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    go.set()

    assert await tasks[1] == 1


async def test_failed_look_up_is_told_to_everybody_and_the_next_one_is_tried() -> None:
    fails = [Unavailable("error.database_away")]

    async def look_up(keys: Any) -> dict[str, int | Exception]:
        if fails:
            raise fails.pop()
        return dict.fromkeys(keys, 1)

    gather = Gather[str, int](look_up)
    found = await asyncio.gather(gather.get("a"), gather.get("b"), return_exceptions=True)

    assert all(isinstance(one, Unavailable) for one in found)
    assert await gather.get("a") == 1


def test_every_change_of_what_a_view_shows_is_stamped() -> None:
    found = [
        change
        for path in SERVICES.rglob("*.py")
        for change in UPDATE.findall(path.read_text())
        if SHOWN.search(change)
    ]

    assert len(found) > 5
    assert [change for change in found if "updated_at = now()" not in change] == []
