"""People at the web's door: Anna owns the first business, Boris works there, Clara owns another,
Dora belongs to nobody. They open the Mini App as Telegram would let them.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson

from services.kit.ids import new_id
from services.tenants.actor import SYSTEM, Role
from services.tenants.service import NewTenant, TelegramPerson
from tests.webapp.hookdoor import Door

ANNA, BORIS, CLARA, DORA = 1001, 1002, 2001, 3001


def sign(token: str, fields: Mapping[str, str]) -> str:
    """Return initData as Telegram writes it."""
    signed = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hmac.digest(b"WebAppData", token.encode(), "sha256")
    proof = hmac.digest(key, signed.encode(), "sha256").hex()
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items())
    return f"{text}&hash={proof}"


def init_data(token: str, telegram_id: int, name: str = "Анна", **more: str) -> str:
    user = {
        "id": telegram_id,
        "first_name": name,
        "language_code": "ru",
        "allows_write_to_pm": True,
    }
    fields = {
        "query_id": f"AAH{new_id().hex}",
        "user": orjson.dumps(user).decode(),
        "auth_date": str(int(time.time())),
        "signature": "c2lnbmF0dXJl",
        **more,
    }
    return sign(token, fields)


@dataclass
class Person:
    """Somebody with tokens in hand."""

    door: Door
    telegram_id: int
    name: str
    access: str = ""
    refresh_token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        found = self.door.services.settings.master_bot_token
        assert found
        return found

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        headers = dict(self.headers)
        if self.access:
            headers["Authorization"] = f"Bearer {self.access}"
        headers |= more.pop("headers", {})
        data = None if body is None else orjson.dumps(body)
        if data is not None:
            headers.setdefault("Content-Type", "application/json")
        url = self.door.url(path)
        async with self.door.http.request(method, url, data=data, headers=headers) as answer:
            raw = await answer.read()
            is_json = answer.content_type == "application/json"
            return answer.status, orjson.loads(raw) if is_json else raw

    async def enter(self, text: str | None = None) -> tuple[int, Any]:
        """Open the Mini App."""
        self.access = ""
        text = text or init_data(self.token, self.telegram_id, self.name)
        status, body = await self.call("POST", "/api/v1/auth/telegram", {"init_data": text})
        if status == 200:
            self.keep(body)
        return status, body

    def keep(self, body: Any) -> None:
        self.access, self.refresh_token = body["access_token"], body["refresh_token"]

    async def refresh(self, token: str = "") -> tuple[int, Any]:
        wanted = {"refresh_token": token or self.refresh_token}
        return await self.call("POST", "/api/v1/auth/refresh", wanted)


@dataclass
class Town:
    """Two businesses and their people."""

    door: Door
    cherry: UUID
    plum: UUID
    anna: Person
    boris: Person
    clara: Person
    dora: Person

    async def role(self, person: Person, role: Role | None, tenant: UUID | None = None) -> None:
        """Seat a person with a role, or take the seat away, behind everybody's back."""
        services = self.door.services
        async with services.database.tenant(tenant or self.cherry) as tx:
            user = await services.features.tenants.user(
                tx, TelegramPerson(person.telegram_id, person.name)
            )
            await tx.execute("DELETE FROM membership WHERE user_id = $1", user)
            if role is not None:
                await services.features.tenants.team.add(tx, SYSTEM, user, role)


async def settle(door: Door) -> Town:
    """Fill the door's database with people."""
    services = door.services
    async with services.database.system("a test prepares") as tx:
        await services.features.tenants.ensure_platform(tx)
        plum = await services.features.tenants.create(tx, SYSTEM, NewTenant(name="Plum"))
    everybody = [(ANNA, "Анна"), (BORIS, "Борис"), (CLARA, "Clara"), (DORA, "Dora")]
    anna, boris, clara, dora = (Person(door, number, name) for number, name in everybody)
    town = Town(door, door.tenant, plum, anna, boris, clara, dora)
    await town.role(anna, Role.OWNER)
    await town.role(boris, Role.MANAGER)
    await town.role(clara, Role.OWNER, plum)
    return town
