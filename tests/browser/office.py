"""The product's own web with a business in it, opened in a browser as Telegram would open it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

from playwright.async_api import Page

from services.desk.dialogs import Dialogs
from services.kit.settings import Settings
from tests.services.desk.shops import Shop
from tests.webapp.hookdoor import open_door
from tests.webapp.people import Person, Town, init_data, settle


@dataclass
class Office:
    """Cherry's cabinet: its people, its conversations."""

    town: Town
    shop: Shop

    async def enter(self, page: Page, who: Person, path: str = "/app") -> None:
        """Open a page of the Mini App as this person, signed in by Telegram's word."""
        token = self.town.door.services.settings.master_bot_token
        assert token
        await page.context.route(
            "https://telegram.org/**",
            lambda route: route.fulfill(body="", content_type="text/javascript"),
        )
        signed = quote(init_data(token, who.telegram_id, who.name), safe="")
        url = self.town.door.url(f"{path}#tgWebAppData={signed}&tgWebAppVersion=9.0")
        await page.goto(url, wait_until="domcontentloaded")
        await page.wait_for_selector("main h1:not(.vh), main h2")

    async def speak(self, who: Person, locale: str) -> None:
        """Choose a person's language."""
        async with self.shop.services.database.system("a test chooses") as tx:
            await tx.execute(
                "UPDATE users SET locale = $2 WHERE telegram_user_id = $1", who.telegram_id, locale
            )


@asynccontextmanager
async def open_office(settings: Settings) -> AsyncIterator[Office]:
    async with open_door(settings) as door:
        town = await settle(door)
        services = door.services
        dialogs = Dialogs(services.clock, services.features.conversations.policies)
        shop = Shop(services, dialogs, id=town.cherry)
        shop.channels = [await shop.channel("Москва"), await shop.channel("Химки")]
        yield Office(town, shop)
