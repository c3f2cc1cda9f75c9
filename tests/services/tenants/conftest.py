"""Two businesses, Anna who owns the first, and a platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from services.audit.service import Audit
from services.kit.crypto import Keyring, MasterKey
from services.kit.db import Database, open_database
from services.tenants.actor import SYSTEM, Actor, Role
from services.tenants.keys import load_data_key
from services.tenants.service import NewTenant, TelegramPerson, Tenants
from tests.conftest import Dsns

MASTER = MasterKey(bytes(range(32)))


@dataclass
class Home:
    database: Database
    keyring: Keyring
    tenants: Tenants
    platform: UUID
    cherry: UUID
    plum: UUID
    anna: Actor


@pytest.fixture
async def database(dsns: Dsns) -> AsyncIterator[Database]:
    found = await open_database(dsns.app_dsn)
    try:
        yield found
    finally:
        await found.close()


@pytest.fixture
async def home(database: Database) -> Home:
    keyring = Keyring(load_data_key(database, MASTER))
    tenants = Tenants(Audit(keyring), master=MASTER)
    async with database.system("a test prepares") as tx:
        platform = await tenants.ensure_platform(tx, [1])
        cherry = await tenants.create(tx, SYSTEM, NewTenant(name="Вишня"))
        plum = await tenants.create(tx, SYSTEM, NewTenant(name="Plum"))
    async with database.tenant(cherry) as tx:
        user_id = await tenants.user(tx, TelegramPerson(1001, "Анна"))
        await tenants.team.add(tx, SYSTEM, user_id, Role.OWNER)
        anna = await tenants.actor(tx, TelegramPerson(1001, "Анна"))
    return Home(database, keyring, tenants, platform, cherry, plum, anna)
