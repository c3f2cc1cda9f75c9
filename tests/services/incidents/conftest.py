"""Two tenants and the platform on a real database, and a clock that only moves when told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from services.incidents.models import Change
from services.incidents.service import Incidents
from services.kit.db import Database, Tx, open_database
from services.kit.ids import new_id
from tests.conftest import Dsns


@dataclass(slots=True)
class StillClock:
    """Wall time that stands still until `pass_seconds`."""

    at: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def pass_seconds(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass(slots=True)
class World:
    """Rows as a test injects them (as the owner: past every wall), and what listeners heard."""

    owner: asyncpg.Connection
    database: Database
    clock: StillClock
    platform: UUID
    anna: UUID
    boris: UUID
    heard: list[Change] = field(default_factory=list)
    channels: dict[str, UUID] = field(default_factory=dict)

    async def run(self, sql: str, *args: object) -> None:
        await self.owner.execute(sql, *args)

    async def channel(self, tenant_id: UUID, name: str, kind: str = "account") -> UUID:
        channel_id = new_id()
        await self.owner.execute(
            "INSERT INTO channel (tenant_id, id, provider, kind, name, external_id, hook_key,"
            " hook_state) VALUES ($1, $2, 'avito', $3, $4, $5, $5, 'set')",
            tenant_id,
            channel_id,
            kind,
            name,
            str(channel_id),
        )
        self.channels[name] = channel_id
        return channel_id

    async def hear(self, tx: Tx, change: Change) -> None:
        self.heard.append(change)

    def rules(self, *, closed: bool = False) -> list[str]:
        return [c.rule for c in self.heard if (c.closed_at is not None) is closed]


@pytest.fixture
async def world(dsns: Dsns) -> AsyncIterator[World]:
    owner = await asyncpg.connect(dsns.owner_dsn)
    database = await open_database(dsns.app_dsn, size=3)
    ids = [new_id() for _ in range(3)]
    for tenant_id, slug in zip(ids, ("platform", "cherry", "plum"), strict=True):
        await owner.execute(
            "INSERT INTO tenant (id, slug, name) VALUES ($1, $2, $2)", tenant_id, slug
        )
    # Row-level security is forced on owners too: the injecting hand takes the system role.
    await owner.execute("GRANT vishenka_system TO CURRENT_USER; SET ROLE vishenka_system")
    yield World(owner, database, StillClock(), *ids)
    await owner.close()
    await database.close()


@pytest.fixture
def incidents(world: World) -> Incidents:
    made = Incidents(world.database, world.clock)
    made.on_change(world.hear)
    return made
