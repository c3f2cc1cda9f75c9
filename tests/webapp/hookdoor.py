"""The product's web server on a free port, with a Telegram bot and an Avito account behind it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aiohttp
from aiohttp import web

from services.bootstrap import Services, bootstrap
from services.kit.ids import new_id
from services.kit.settings import Settings
from webapp.app import build_app, make_runner
from webapp.server import Crowd, Limits

SECRET = "secret_of_the_hook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Door:
    services: Services
    http: aiohttp.ClientSession
    port: int
    tenant: UUID
    channels: dict[str, UUID] = field(default_factory=dict)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def post(self, path: str, **more: Any) -> tuple[int, bytes]:
        async with self.http.post(self.url(path), **more) as answer:
            return answer.status, await answer.read()

    async def telegram(self, body: bytes, secret: str = SECRET) -> int:
        return (
            await self.post("/hooks/telegram/bot", data=body, headers={SECRET_HEADER: secret})
        )[0]

    async def raw(self, data: bytes, seconds: float = 5.0) -> bytes:
        """Send bytes as they are; return all that comes until the other side closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        found = b""
        try:
            writer.write(data)
            async with asyncio.timeout(seconds):
                while part := await reader.read(65_536):
                    found += part
        except (ConnectionError, TimeoutError):
            pass  # what came before counts
        finally:
            writer.close()
        return found

    async def count(self, table: str = "inbox") -> int:
        async with self.services.database.tenant(self.tenant) as tx:
            return int(await tx.value(f"SELECT count(*) FROM {table}"))


@asynccontextmanager
async def open_door(
    settings: Settings, limits: Limits | None = None, trusted: tuple[str, ...] = ()
) -> AsyncIterator[Door]:
    services = await bootstrap(settings, use_broker=False)
    runner = make_runner(build_app(services), Crowd(limits or Limits(), trusted))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with aiohttp.ClientSession() as http:
            door = Door(services, http, port, new_id())
            await _fill(door)
            yield door
    finally:
        await runner.cleanup()
        await services.runner.stop()
        await services.close()


async def _fill(door: Door) -> None:
    async with door.services.database.system("test") as tx:
        await tx.execute(
            "INSERT INTO tenant (id, slug, name) VALUES ($1, 'cherry', 'cherry')", door.tenant
        )
    keys = await door.services.keyring.of(door.tenant)
    rows = {
        "telegram": ("client", "bot", b'{"token":"4200001:AAE_test"}'),
        "avito": ("account", "shop", b'{"client_id":"abcd","client_secret":"efgh"}'),
    }
    async with door.services.database.tenant(door.tenant) as tx:
        for provider, (kind, hook_key, credentials) in rows.items():
            channel = door.channels[provider] = new_id()
            await tx.execute(
                "INSERT INTO channel (tenant_id, id, provider, kind, name, external_id,"
                " credentials, hook_key, hook_secret)"
                " VALUES ($1, $2, $3, $4, $3, '7', $5, $6, $7)",
                door.tenant,
                channel,
                provider,
                kind,
                keys.seal("channel:credentials", channel, credentials),
                hook_key,
                keys.seal("channel:hook_secret", channel, SECRET.encode()),
            )
