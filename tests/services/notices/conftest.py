"""A platform with its master bot, two businesses and their people, a real outbox nobody drains."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from services.connectors.base import Sent
from services.connectors.messages import OutboundMessage, decode_outbound
from services.incidents.service import Incidents
from services.kit.crypto import Keyring
from services.kit.db import Database, open_database
from services.kit.ids import new_id
from services.lanes.bell import Bell
from services.notices.service import Notices
from services.outbox.flush import Writer
from services.outbox.models import Class, Delivery, Go, NewDelivery, Settled, State
from services.outbox.service import Outbox
from tests.conftest import Dsns


@dataclass(slots=True)
class StillClock:
    at: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class NobodyDrains:
    """A process that owns no lane."""

    def reserve(self, lane: int, new: NewDelivery) -> tuple[int, str]:
        return 0, ""

    def join(self, lane: int, new: NewDelivery) -> None:
        return None

    def cancel(self, lane: int, new: NewDelivery) -> None: ...

    def start(self, lane: int, new: NewDelivery) -> None: ...

    def owner(self) -> str:
        return "test"

    def woken(self, lanes: Sequence[int]) -> None: ...

    def wake_held(self, lane: int, order_key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A delivery of a copy, opened."""

    id: UUID
    copy_id: UUID
    chat_id: str
    text: str
    action: OutboundMessage
    target_kind: str
    state: str


@dataclass(slots=True)
class House:
    owner: asyncpg.Connection
    database: Database
    keyring: Keyring
    clock: StillClock
    outbox: Outbox
    incidents: Incidents
    notices: Notices
    tenants: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)

    async def run(self, sql: str, *args: object) -> None:
        await self.owner.execute(sql, *args)

    async def person(self, name: str, telegram_id: int, tenant: str, role: str) -> None:
        if name not in self.people:
            self.people[name] = new_id()
            await self.run(
                "INSERT INTO users (id, telegram_user_id, name) VALUES ($1, $2, $3)",
                self.people[name],
                telegram_id,
                name,
            )
        await self.run(
            "INSERT INTO membership (tenant_id, id, user_id, role) VALUES ($1, $2, $3, $4)",
            self.tenants[tenant],
            new_id(),
            self.people[name],
            role,
        )

    async def master(self) -> UUID:
        channel_id = new_id()
        await self.run(
            "INSERT INTO channel (tenant_id, id, provider, kind, name, external_id, hook_key)"
            " VALUES ($1, $2, 'telegram', 'master', 'master', '42', 'h')",
            self.tenants["platform"],
            channel_id,
        )
        return channel_id

    async def open(self, rule: str, tenant: str = "cherry", subject: str = "s") -> None:
        async with self.database.tenant(self.tenants[tenant]) as tx:
            params = {"channel": "Химки", "minutes": 5, "count": 3, "workspace": "Продажи"}
            await self.incidents.open(tx, rule, subject, self.tenants[tenant], params)

    async def close(self, rule: str, tenant: str = "cherry", subject: str = "s") -> None:
        async with self.database.tenant(self.tenants[tenant]) as tx:
            await self.incidents.close(tx, rule, subject, self.tenants[tenant])

    async def letters(self) -> list[Letter]:
        keys = await self.keyring.of(self.tenants["platform"])
        rows = await self.owner.fetch("SELECT * FROM delivery ORDER BY seq")
        assert {row["tenant_id"] for row in rows} <= {self.tenants["platform"]}
        found = []
        for row in rows:
            action = decode_outbound(keys.open("delivery:action", row["id"], row["action"]))
            assert isinstance(action, OutboundMessage)
            opened = (row["id"], row["ref"], action.to.chat_id, action.text.text, action)
            found.append(Letter(*opened, row["target_kind"], row["state"]))
        return found

    def delivery(self, letter: Letter) -> Delivery:
        return Delivery(
            self.tenants["platform"],
            letter.id,
            letter.id,
            Class.SERVICE,
            1,
            "k",
            "notice",
            "out",
            letter.action,
            1,
            False,
            self.clock.now(),
            letter.target_kind,
            letter.copy_id,
            letter.copy_id,
        )

    async def settle(self, letter: Letter, state: State, external_id: str = "") -> None:
        sent = Sent(external_id) if external_id else None
        async with self.database.tenant(self.tenants["platform"]) as tx:
            await self.notices.settle(tx, Settled(self.delivery(letter), state, sent=sent))

    async def resolve(self, letter: Letter) -> OutboundMessage:
        async with self.database.tenant(self.tenants["platform"]) as tx:
            answer = await self.notices.resolve(tx, self.delivery(letter))
        assert isinstance(answer, Go)
        assert isinstance(answer.action, OutboundMessage)
        return answer.action

    def pass_hours(self, hours: float) -> None:
        self.clock.at += timedelta(hours=hours)


async def _ring(name: str, **ids: object) -> None:
    """Nobody listens for the bell."""


async def _key(tenant_id: UUID) -> bytes:
    return tenant_id.bytes * 2


@pytest.fixture
async def house(dsns: Dsns) -> AsyncIterator[House]:
    owner = await asyncpg.connect(dsns.owner_dsn)
    database = await open_database(dsns.app_dsn, size=4)
    await owner.execute("GRANT vishenka_system TO CURRENT_USER")
    keyring, bell, clock = Keyring(_key), Bell(_ring), StillClock()
    outbox = Outbox(Writer(keyring, bell, NobodyDrains()), bell)
    incidents = Incidents(database, clock)
    notices = Notices(database, outbox, incidents=incidents, clock=clock)
    notices.subscribe()
    notices._ring = lambda: None  # type: ignore[method-assign]  # tests pump by hand
    house = House(owner, database, keyring, clock, outbox, incidents, notices)
    for slug in ("platform", "cherry", "plum"):
        house.tenants[slug] = new_id()
        await house.run(
            "INSERT INTO tenant (id, slug, name) VALUES ($1, $2, $2)", house.tenants[slug], slug
        )
    # Row-level security is forced on owners too: the injecting hand takes the system role.
    await owner.execute("SET ROLE vishenka_system")
    await house.master()
    await house.person("Ольга", 1, "platform", "admin")
    await house.person("Анна", 1001, "cherry", "owner")
    await house.person("Борис", 1002, "cherry", "manager")
    await house.person("Пётр", 2001, "plum", "owner")
    yield house
    await owner.close()
    await database.close()
