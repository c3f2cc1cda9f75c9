"""A chat with a bot as a test writes it: a person says or presses, the bot's words are what it
queued.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson

from bot.dispatchers import build_client_dispatcher, build_master_dispatcher
from bot.updates import Updates
from services.audit.service import Audit
from services.channels.view import ChannelView
from services.connectors.base import Account, CredentialField, RawEvent
from services.connectors.messages import Native
from services.consents.service import Consents
from services.contacts.service import Contacts
from services.conversations.policy import Policies
from services.conversations.terms import Terms
from services.inbox.models import Event
from services.kit.clock import SystemClock
from services.kit.crypto import Keyring, MasterKey
from services.kit.db import Database, Tx
from services.kit.ids import new_id
from services.outbox.models import NewDelivery
from services.providers.telegram import inbound
from services.tenants.doors import Doors
from services.tenants.keys import load_data_key
from services.tenants.overview import Overview
from services.tenants.service import SYSTEM, NewTenant, TelegramPerson, Tenants

MASTER = MasterKey(bytes(range(32)))
ADMIN = TelegramPerson(1, "Ольга", "olga", "ru")
ANNA = TelegramPerson(1001, "Анна", "anna", "ru")
BORIS = TelegramPerson(1002, "Борис", "boris", "ru")
CLARA = TelegramPerson(2001, "Clara", "clara", "en")
STRANGER = TelegramPerson(6666, "Прохожий", "", "ru")

CHANNEL = """
INSERT INTO channel (tenant_id, id, provider, kind, name, external_id, username, hook_key)
VALUES ($1, $2, 'telegram', $3, $4, $5, $6, $4)
"""


class SkippingClock(SystemClock):
    """The machine's clock, and a way to let seconds pass."""

    skipped = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.skipped


class RecordingOutbox:
    """Keeps what was queued; nothing is sent."""

    def __init__(self) -> None:
        self.added: list[NewDelivery] = []

    def add(self, tx: Tx, new: NewDelivery) -> None:
        self.added.append(new)


class RecordingJobs:
    """Keeps what workers would do."""

    def __init__(self) -> None:
        self.asked: list[tuple[UUID, Any, Any]] = []

    async def request(self, tx: Tx, tenant_id: UUID, job: Any, where: Any) -> None:
        self.asked.append((tenant_id, job, where))


class FakeProvider:
    """A marketplace nobody knows: two keys, one of them secret, with a shape."""

    capabilities = SimpleNamespace(bot=False)
    fields = (CredentialField("key", secret=False, pattern=r"\d+"), CredentialField("secret"))


class TelegramParser:
    """The bots' own connector: its pure half."""

    capabilities = SimpleNamespace(bot=True)

    def parse(self, account: Any, event: Any) -> Any:
        return inbound.parse(account, event)


@dataclass
class Said:
    """One call the bot queued."""

    method: str
    params: dict[str, Any]

    @property
    def text(self) -> str:
        return str(self.params.get("text", ""))

    @property
    def buttons(self) -> list[dict[str, Any]]:
        markup = self.params.get("reply_markup") or {}
        return [button for row in markup.get("inline_keyboard", []) for button in row]

    def data(self, text: str) -> str:
        found = [b["callback_data"] for b in self.buttons if text in b["text"]]
        assert found, f"no button {text!r} among {[b['text'] for b in self.buttons]}"
        return str(found[0])


@dataclass
class World:
    """Two businesses, the platform, and a bot of each kind on a real database."""

    database: Database
    keyring: Keyring
    tenants: Tenants
    outbox: RecordingOutbox
    updates: Updates
    extras: dict[str, Any]
    platform: UUID
    clock: SkippingClock
    cherry: UUID = field(default_factory=new_id)
    plum: UUID = field(default_factory=new_id)
    master: ChannelView = None  # type: ignore[assignment]
    bots: dict[UUID, ChannelView] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def feed(self, channel: ChannelView, update: dict[str, Any]) -> list[Said]:
        """Hand over one update in a transaction of its own; return what the bot queued."""
        number = next(self.numbers)
        body = orjson.dumps({"update_id": number, **update})
        raw = RawEvent(key=str(number), lane="1", body=body)
        start = len(self.outbox.added)
        async with self.database.tenant(channel.tenant_id) as tx:
            now = SystemClock().now()
            event = Event(channel, raw, number, "hook", now, "trace")
            await self.updates.feed(tx, event, raw)
        return [said(new) for new in self.outbox.added[start:]]

    def talk(self, who: TelegramPerson, bot: ChannelView | None = None) -> Talk:
        return Talk(self, who, bot or self.master)

    async def rows(self, sql: str, *args: Any) -> list[Any]:
        async with self.database.system("a test looks") as tx:
            return await tx.fetch(sql, *args)


def said(new: NewDelivery) -> Said:
    assert isinstance(new.action, Native)
    return Said(new.action.method, orjson.loads(new.action.params))


@dataclass
class Talk:
    """A private chat of one person with one bot."""

    world: World
    who: TelegramPerson
    bot: ChannelView

    async def say(self, text: str, **extra: Any) -> list[Said]:
        return await self.world.feed(self.bot, {"message": self._message(text=text, **extra)})

    async def press(self, data: str, message_id: int = 5) -> list[Said]:
        message = {**self._message(text="…"), "message_id": message_id, "from": bot_user(self.bot)}
        query = {
            "id": f"q{next(self.world.numbers)}",
            "from": user(self.who),
            "chat_instance": "1",
            "data": data,
            "message": message,
        }
        return await self.world.feed(self.bot, {"callback_query": query})

    def _message(self, **content: Any) -> dict[str, Any]:
        return {
            "message_id": next(self.world.numbers),
            "date": 1_790_000_000,
            "chat": {"id": self.who.id, "type": "private", "first_name": self.who.name},
            "from": user(self.who),
            **content,
        }


def user(who: TelegramPerson) -> dict[str, Any]:
    found = {"id": who.id, "is_bot": False, "first_name": who.name, "username": who.username}
    return found | ({"language_code": who.language} if who.language else {})


def bot_user(bot: ChannelView) -> dict[str, Any]:
    return {"id": int(bot.account.external_id), "is_bot": True, "first_name": "bot"}


async def make_world(database: Database, **extras: Any) -> World:
    keyring = Keyring(load_data_key(database, MASTER))
    audit = Audit(keyring)
    tenants = Tenants(audit, master=MASTER)
    outbox = RecordingOutbox()
    contacts = Contacts(keyring)
    services = {
        "contacts": contacts,
        "consents": Consents(contacts),
        "audit": audit,
        "overview": Overview(),
        "jobs": RecordingJobs(),
        "terms": Terms(audit, Policies(SystemClock()), clock=SystemClock()),
        "doors": Doors(SystemClock()),
        "registry": {"telegram": TelegramParser(), "plaza": FakeProvider()},
        **extras,
    }
    clock = SkippingClock()
    common: dict[str, Any] = {"tenants": tenants, "keyring": keyring, "clock": clock}
    dispatchers = {
        "master": build_master_dispatcher(**common, **services),
        "client": build_client_dispatcher(**common, **services),
    }
    async with database.system("a test prepares") as tx:
        platform = await tenants.ensure_platform(tx, [ADMIN.id])
        cherry = await tenants.create(tx, SYSTEM, NewTenant(name="Вишня"))
        plum = await tenants.create(tx, SYSTEM, NewTenant(name="Plum", locale="en"))
    world = World(
        database,
        keyring,
        tenants,
        outbox,
        Updates(outbox, dispatchers),
        services,
        platform,
        clock,
        cherry,
        plum,
    )
    world.master = await add_channel(world, platform, "master", "4200000", "vishenka_test_bot")
    for number, tenant in enumerate((cherry, plum), 1):
        bot = await add_channel(world, tenant, "client", f"420000{number}", f"client_{number}_bot")
        world.bots[tenant] = bot
    return world


async def add_channel(
    world: World, tenant_id: UUID, kind: str, external_id: str, username: str
) -> ChannelView:
    channel_id = new_id()
    async with world.database.tenant(tenant_id) as tx:
        await tx.execute(CHANNEL, tenant_id, channel_id, kind, username, external_id, username)
    account = Account(str(channel_id), external_id, None)
    return ChannelView(
        tenant_id, channel_id, "telegram", kind, username, username, "", "active", "", username,
        account, 0, {},
    )  # fmt: skip


async def seat(world: World, tenant_id: UUID, who: TelegramPerson, role: Any) -> UUID:
    async with world.database.tenant(tenant_id) as tx:
        user_id = await world.tenants.user(tx, who)
        await world.tenants.team.add(tx, SYSTEM, user_id, role)
    return user_id
