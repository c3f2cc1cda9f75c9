"""The whole web application on a port, for a browser to open as Telegram would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

from playwright.async_api import Page, Route

from services.desk.dialogs import Dialogs
from services.kit.ids import new_id
from services.kit.settings import Settings
from tests.services.desk.shops import Shop
from tests.webapp.hookdoor import open_door
from tests.webapp.people import Person, Town, init_data, settle


@dataclass
class Cabinet:
    """A door, its people, Cherry's conversations."""

    town: Town
    shop: Shop

    async def open(self, page: Page, who: Person, path: str = "/app", data: str = "") -> None:
        """Open the Mini App as Telegram does: data in the hash, its script beside."""
        data = data or init_data(who.token, who.telegram_id, who.name)
        await page.route("https://telegram.org/**", _no_script)
        await page.goto(
            self.town.door.url(path) + f"#tgWebAppData={quote(data, safe='')}"
            "&tgWebAppVersion=9.0&tgWebAppPlatform=weba",
            wait_until="domcontentloaded",
        )
        await page.wait_for_selector("#nav .tab, main .empty", state="attached")

    async def speak(self, who: Person, locale: str) -> None:
        """Choose a person's language."""
        async with self.shop.services.database.system("a test chooses") as tx:
            await tx.execute(
                "UPDATE users SET locale = $2 WHERE telegram_user_id = $1", who.telegram_id, locale
            )

    async def group(self) -> None:
        """The team's group, without which the bridge is not complete."""
        await self.shop.write(
            "INSERT INTO workspace (tenant_id, id, channel_id, chat_id, name, title)"
            " VALUES ($1, $2, $3, -1001, 'sales', 'Продажи')",
            new_id(),
            self.town.door.channels["telegram"],
        )


async def _no_script(route: Route) -> None:
    await route.fulfill(status=200, content_type="text/javascript", body="")


@asynccontextmanager
async def cabinet_app(settings: Settings) -> AsyncIterator[Cabinet]:
    """Serve it over this test's database."""
    async with open_door(settings) as door:
        town = await settle(door)
        dialogs = Dialogs(door.services.clock, door.services.features.conversations.policies)
        shop = Shop(door.services, dialogs, id=town.cherry)
        shop.channels = [door.channels["avito"]]
        yield Cabinet(town, shop)
