"""Bots and accounts against the city, as an owner meets them: what works line by line, a key that
is refused later, a provider that is away, rights of a group tried, the journal.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from sandbox.city.demo import DEMO_ANNA, DEMO_MASTER_TOKEN
from tests.browser.audit import DESKTOP, PHONES, audit, clean, layout, walk
from tests.scenarios.world import ACCOUNT, World, seeding, town

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
    pytest.mark.timeout(180),
]


@pytest_asyncio.fixture(loop_scope="session")
async def shop(environ: dict[str, str], page: Page) -> AsyncIterator[World]:
    """The demo's business: a bot, a group, an account."""
    async with town(environ, seeding(), with_worker=False) as world:
        yield world
        await page.goto("about:blank")  # so that nobody asks a server that is gone


async def _open(page: Page, world: World, who: int, path: str) -> None:
    async def nothing(route: Route) -> None:
        await route.fulfill(status=200, content_type="text/javascript", body="")

    await page.route("https://telegram.org/**", nothing)
    master = DEMO_MASTER_TOKEN.split(":", maxsplit=1)[0]
    data = quote(world.city.telegram.init_data(master, who), safe="")
    url = f"{world.settings.public_url}{path}#tgWebAppData={data}&tgWebAppVersion=9.0"
    await page.goto(url, wait_until="domcontentloaded")
    await page.wait_for_selector("main h1:focus", state="attached")


async def _looks(page: Page, name: str, found: dict[str, list[str]]) -> None:
    """A phone, a narrow one, a desktop."""
    for size in (PHONES[1], DESKTOP):
        await page.set_viewport_size(size)
        found[f"{name} {size['width']}"] = await audit(page)
    await page.set_viewport_size(PHONES[0])
    found[f"{name} 320"] = await layout(page)
    await page.set_viewport_size(PHONES[1])


async def _channel(world: World, provider: str) -> str:
    async with world.web.database.system("a test looks") as tx:
        row = await tx.row(
            "SELECT id FROM channel WHERE provider = $1 AND kind <> 'master'", provider
        )
    return str(row["id"])


async def test_account_tells_what_works_then_that_its_key_is_refused(
    page: Page, shop: World
) -> None:
    found: dict[str, list[str]] = {}
    account = f"/app/accounts/{await _channel(shop, 'avito')}"
    await page.set_viewport_size(PHONES[1])
    await _open(page, shop, DEMO_ANNA, account)
    await page.click("#check")
    await expect(page.locator(".ban b")).to_have_text("Всё работает")
    await expect(page.locator("#line-token")).to_contain_text("принят")
    await expect(page.locator("#line-webhook")).to_contain_text("приходит")
    await expect(page.locator("#goes")).to_contain_text("sales")
    await _looks(page, "account well", found)
    found["keyboard"] = await walk(page)

    shop.city.avito.world.accounts[ACCOUNT].client_secret = "changed-by-avito"
    shop.city.avito.expire_tokens(ACCOUNT)
    await page.click("#check")
    await expect(page.locator(".ban b")).to_have_text("Avito больше не принимает ключ")
    await expect(page.locator("#line-token")).to_contain_text("ошибка")
    await _looks(page, "account refused", found)
    await page.click(".ban .btn")
    await page.fill("#f-client_id", "city-velodvor")
    await page.fill("#f-client_secret", "changed-by-avito")
    await page.click("[data-main]")
    await expect(page.locator(".ban.ok b")).to_have_text("Подключено")

    clean(found)


async def test_provider_that_is_away_keeps_nothing_and_says_so(
    page: Page, shop: World, errors: list[str]
) -> None:
    account = f"/app/accounts/{await _channel(shop, 'avito')}"
    shop.city.faults.add("avito", "answer", status=503, body={})
    await page.set_viewport_size(PHONES[1])
    await _open(page, shop, DEMO_ANNA, f"{account}/keys")
    await page.fill("#f-client_id", "city-velodvor")
    await page.fill("#f-client_secret", "anything-else")
    await page.click("[data-main]")
    await expect(page.locator(".ban.bad")).to_contain_text("Ничего не сохранено", timeout=20_000)

    assert await page.input_value("#f-client_id") == "city-velodvor"
    clean({"away": await audit(page)})
    errors.clear()  # the browser itself notes each 422


async def test_bot_tries_its_group_and_names_the_missing_right(page: Page, shop: World) -> None:
    found: dict[str, list[str]] = {}
    bot = f"/app/bots/{await _channel(shop, 'telegram')}"
    await page.set_viewport_size(PHONES[1])
    await _open(page, shop, DEMO_ANNA, bot)
    await page.click("#groups .btn")
    await expect(page.locator("#groups .chip").first).to_have_text("готова")
    await expect(page.locator("#groups")).to_contain_text("Пробная тема")
    await _looks(page, "bot well", found)
    await page.click("#renew")
    await page.wait_for_selector("#sheet[open]")
    found["renew"] = await audit(page)
    await page.click("#sheet .btn:not(.grey)")
    await expect(page.locator(".ban.ok b")).to_have_text("Адрес и секрет вебхука заменены")

    clean(found)
