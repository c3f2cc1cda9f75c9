"""J2 and J3 from the cabinet: a newcomer connects a bot and an account, a wrong key is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from sandbox.city.demo import DEMO_ANNA, DEMO_BORIS, DEMO_CLIENT_TOKEN, DEMO_MASTER_TOKEN
from tests.browser.audit import DESKTOP, PHONES, audit, clean, layout, walk
from tests.scenarios.world import World, seeding, town

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
    pytest.mark.timeout(120),
]


@pytest_asyncio.fixture(loop_scope="session")
async def bare(environ: dict[str, str], page: Page) -> AsyncIterator[World]:
    """The demo's business and people, nothing connected."""
    document = seeding()
    for tenant in document["tenants"]:
        for part in ("bots", "channels", "workspaces"):
            tenant.pop(part, None)
    async with town(environ, document, with_worker=False) as world:
        yield world
        await page.goto("about:blank")  # so that nobody asks a server that is gone


async def _open(page: Page, world: World, who: int, path: str = "/app") -> None:
    async def nothing(route: Route) -> None:
        await route.fulfill(status=200, content_type="text/javascript", body="")

    await page.route("https://telegram.org/**", nothing)
    master = DEMO_MASTER_TOKEN.split(":", maxsplit=1)[0]
    data = quote(world.city.telegram.init_data(master, who), safe="")
    url = f"{world.settings.public_url}{path}#tgWebAppData={data}&tgWebAppVersion=9.0"
    await page.goto(url, wait_until="domcontentloaded")
    await page.wait_for_selector("main h1:focus", state="attached")


async def _looked_at(page: Page, name: str, found: dict[str, list[str]]) -> None:
    found[name] = await audit(page)
    await page.set_viewport_size(PHONES[0])
    found[f"{name}, narrow"] = await layout(page)
    await page.set_viewport_size(DESKTOP)
    found[f"{name}, wide"] = await layout(page)
    await page.set_viewport_size(PHONES[1])


async def test_newcomer_connects_a_bot_and_an_account(
    page: Page, bare: World, errors: list[str]
) -> None:
    found: dict[str, list[str]] = {}
    await page.set_viewport_size(PHONES[1])
    await _open(page, bare, DEMO_ANNA)
    await page.click("text=Подключить бота")
    await _looked_at(page, "new bot", found)
    found["keyboard"] = await walk(page)
    await page.fill("#f-token", "чепуха")
    await page.click("[data-main]")
    await expect(page.locator("#f-token-er")).to_contain_text("не похоже на токен")
    assert await page.input_value("#f-token") == ""  # a secret is never written back
    await _looked_at(page, "wrong token", found)
    await page.fill("#f-token", DEMO_CLIENT_TOKEN)
    await page.click("[data-main]")
    await expect(page.locator(".ban.ok b")).to_have_text("Подключено")
    await page.click("#check")
    await expect(page.locator("#works")).to_contain_text("Ключ")
    await _looked_at(page, "bot", found)

    await _open(page, bare, DEMO_ANNA, "/app/accounts")
    await _looked_at(page, "no account", found)
    await page.click("text=Подключить аккаунт")
    keys = seeding()["tenants"][1]["channels"][0]["credentials"]
    await page.fill("#f-client_id", keys["client_id"])
    await page.fill("#f-client_secret", "0" * len(keys["client_secret"]))
    await page.click("[data-main]")
    await expect(page.locator("main")).to_contain_text("Ничего не сохранено")
    assert await page.input_value("#f-client_id") == keys["client_id"]
    await _looked_at(page, "refused", found)
    await page.fill("#f-client_secret", keys["client_secret"])
    await page.click("[data-main]")
    await expect(page.locator(".ban.ok b")).to_have_text("Подключено")
    await _looked_at(page, "account", found)
    await page.click("#remove")
    await page.wait_for_selector("#sheet[open]")
    found["remove"] = await audit(page)
    await page.click("#sheet .btn.danger")
    await expect(page.locator(".empty .what")).to_have_text("Пока ни одного аккаунта")

    clean(found)
    errors.clear()  # the browser itself notes each 422


async def test_manager_sees_health_and_may_change_nothing(page: Page, bare: World) -> None:
    features = bare.web.features
    async with bare.web.database.system("a test looks") as tx:
        tenant = await tx.value("SELECT id FROM tenant WHERE slug <> 'platform'")
    await features.channels.add_bot(tenant, DEMO_CLIENT_TOKEN)
    await page.set_viewport_size(PHONES[1])
    await _open(page, bare, DEMO_BORIS, "/app/bots")
    await page.click("main .cell")
    await expect(page.locator("#works")).to_be_visible()

    assert not await page.locator("#check, #remove").count()
    clean({"manager": await audit(page)})
