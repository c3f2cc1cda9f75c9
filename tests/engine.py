"""A running engine for tests: real database, two fake providers ("shop" in, "chat" out), no
broker.

The fakes are the judge: `chat.sent` says what arrived, when and in which order.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from services.connectors.base import Account, Capabilities, Cost, Opened, Rate, RawEvent, Sent
from services.connectors.errors import ConnectorError, Unreadable
from services.connectors.messages import (
    Address,
    Message,
    OutboundMessage,
    Sender,
    Text,
)
from services.core import Core, open_core
from services.inbox.models import Event
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.settings import Settings
from services.kit.tasks import spawn
from services.lanes.models import LaneKind
from services.outbox.models import Class, NewDelivery


@dataclass(frozen=True)
class Nothing:
    """Credentials of the fakes."""

    token: str = "x"


@dataclass
class Arrived:
    """One accepted call."""

    at: float
    chat: str
    text: str


UNPACED = Rate(100_000, 1.0)
CAPABLE = Capabilities(initiate=True, max_text=4096)


@dataclass
class FakeProvider:
    """Accepts messages; `errors` are raised first, `delay` seconds pass before an answer."""

    name: str
    sent: list[Arrived] = field(default_factory=list)
    errors: list[ConnectorError | None] = field(default_factory=list)
    refuse: Callable[[str], ConnectorError | None] = lambda _text: None
    delay: float = 0.0
    rate: Rate = UNPACED
    chat_rate: Rate = UNPACED
    capabilities: Capabilities = CAPABLE
    credentials: type[Nothing] = Nothing
    fields: tuple[()] = ()

    def open(self, account: Account, request: Any) -> Opened:
        return Opened((RawEvent(key=request.headers["key"], lane="l", body=request.body),))

    def parse(self, account: Account, event: RawEvent) -> Sequence[Message]:
        body = orjson.loads(event.body)
        if body.get("unreadable"):
            raise Unreadable("shape")
        text = Text(text=body["text"])
        now = datetime.now(UTC)
        return [
            Message(external_id=event.key, chat_id=event.lane, sender=Sender(), at=now, text=text)
        ]

    async def send(self, account: Account, action: Any, media: Any) -> Sent:
        if self.delay:
            await asyncio.sleep(self.delay)
        error = self.errors.pop(0) if self.errors else self.refuse(action.text.text)
        if error is not None:
            raise error
        self.sent.append(Arrived(time.monotonic(), action.to.chat_id, action.text.text))
        return Sent(external_id=f"m{len(self.sent)}")

    def costs(self, action: Any) -> Sequence[Cost]:
        return (Cost("", self.rate), Cost(f"chat:{action.to.chat_id}", self.chat_rate))

    def texts(self) -> list[str]:
        return [arrived.text for arrived in self.sent]

    def by_chat(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for arrived in self.sent:
            found[arrived.chat].append(arrived.text)
        return dict(found)


@dataclass
class Engine:
    """One process of the product with its fakes."""

    services: Core
    shop: FakeProvider
    chat: FakeProvider
    tenants: dict[str, UUID] = field(default_factory=dict)
    channels: dict[tuple[str, str], UUID] = field(default_factory=dict)
    running: Any = None

    async def tenant(self, slug: str) -> UUID:
        """Make a tenant with a shop and a chat channel."""
        tenant_id = self.tenants[slug] = new_id()
        async with self.services.database.system("test") as tx:
            await tx.execute(
                "INSERT INTO tenant (id, slug, name) VALUES ($1, $2, $2)", tenant_id, slug
            )
        keys = await self.services.keyring.of(tenant_id)
        async with self.services.database.tenant(tenant_id) as tx:
            for provider in ("shop", "chat"):
                channel = self.channels[slug, provider] = new_id()
                await tx.execute(
                    "INSERT INTO channel (tenant_id, id, provider, kind, name,"
                    " external_id, credentials, hook_key)"
                    " VALUES ($1, $2, $3, 'account', $3, $3, $4, $5)",
                    tenant_id,
                    channel,
                    provider,
                    keys.seal("channel:credentials", channel, b'{"token":"x"}'),
                    f"hook-{channel}",
                )
        return tenant_id

    async def store(self, slug: str, key: str, text: str, lane: str = "buyer", **more: Any) -> int:
        """Let the tenant's shop deliver one event; return how many rows are new."""
        view = await self.services.channel_cache.by_id(self.channels[slug, "shop"])
        assert view is not None
        body = orjson.dumps({"text": text, **more})
        return await self.services.inbox.accept(
            view, [RawEvent(key=key, lane=lane, body=body)], trace="t"
        )

    async def add(self, slug: str, text: str, **more: Any) -> UUID:
        """Add one delivery of the tenant's chat channel."""
        new = self.delivery(slug, text, **more)
        async with self.services.database.tenant(self.tenants[slug]) as tx:
            return self.services.outbox.add(tx, new)

    def delivery(self, slug: str, text: str, **more: Any) -> NewDelivery:
        values: dict[str, Any] = {
            "channel_id": self.channels[slug, "chat"],
            "action": OutboundMessage(
                to=Address(chat_id=more.pop("chat", "g")), text=Text(text=text)
            ),
            "idempotency_key": f"k:{text}",
            "order_key": "one",
            "purpose": "test",
            "cls": Class.BRIDGE,
        }
        return NewDelivery(**{**values, **more})

    async def rows(self, slug: str, sql: str, *args: Any) -> list[Any]:
        async with self.services.database.tenant(self.tenants[slug]) as tx:
            return list(await tx.fetch(sql, *args))

    async def state(self, slug: str, text: str) -> Any:
        rows = await self.rows(
            slug, "SELECT * FROM delivery WHERE idempotency_key = $1", f"k:{text}"
        )
        return rows[0]

    def run(self, *kinds: LaneKind) -> None:
        """Start draining lanes."""
        self.services.serve(*(kinds or (LaneKind.IN, LaneKind.OUT)))
        self.running = spawn(self.services.runner.run(), "test.run")

    async def stop(self) -> None:
        """Stop as SIGTERM does."""
        await self.services.runner.stop()
        if self.running is not None:
            self.running.cancel()

    def relay(self) -> None:
        """Bridge the shop to the chat: one delivery per message, ordered by the buyer."""

        async def receive(tx: Tx, event: Event, message: Message) -> None:
            if message.text.text == "explode":
                raise ValueError("poison")
            slug = next(s for s, t in self.tenants.items() if t == event.channel.tenant_id)
            key = f"bridge:{message.external_id}"
            more = {"order_key": message.chat_id, "idempotency_key": key, "chat": message.chat_id}
            self.services.outbox.add(tx, self.delivery(slug, message.text.text, **more))

        self.services.inbox.on(Message, receive)


@asynccontextmanager
async def open_engine(settings: Settings, **more: Any) -> AsyncIterator[Engine]:
    """Build an engine and take it down again."""
    shop = more.pop("shop", None) or FakeProvider("shop")
    chat = more.pop("chat", None) or FakeProvider("chat")
    connectors = {"shop": lambda _wiring: shop, "chat": lambda _wiring: chat}
    services = await open_core(settings, connectors=connectors, use_broker=False, **more)
    engine = Engine(services, shop, chat)
    try:
        yield engine
    finally:
        await engine.stop()
        await services.close()


async def until(check: Callable[[], Any], seconds: float = 10.0) -> None:
    """Wait until the check holds; fail with its words otherwise."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"not within {seconds} s: {check}")
