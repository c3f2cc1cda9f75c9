"""A person's hands on the cabinet's API, through real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from tests.scenarios.world import World
from tests.webapp.people import init_data


@dataclass
class Cabinet:
    """Somebody signed in."""

    http: aiohttp.ClientSession
    base: str
    access: str = ""

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access}"}

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"}
        if self.access:
            headers["Authorization"] = f"Bearer {self.access}"
        data = None if body is None else orjson.dumps(body)
        url = f"{self.base}/api/v1{path}"
        async with self.http.request(method, url, data=data, headers=headers) as answer:
            return answer.status, orjson.loads(await answer.read())

    async def get(self, path: str) -> Any:
        status, found = await self.call("GET", path)
        assert status == 200, found
        return found

    async def post(self, path: str, body: Any = None) -> Any:
        status, found = await self.call("POST", path, body)
        assert status in (200, 201), found
        return found


@asynccontextmanager
async def cabinet_of(world: World, telegram_id: int, name: str) -> AsyncIterator[Cabinet]:
    """Open the Mini App as this person."""
    token, base = world.settings.master_bot_token, world.settings.public_url
    assert token
    assert base
    async with aiohttp.ClientSession() as http:
        cabinet = Cabinet(http, base.rstrip("/"))
        signed = init_data(token, telegram_id, name)
        tokens = await cabinet.post("/auth/telegram", {"init_data": signed})
        cabinet.access = tokens["access_token"]
        yield cabinet
