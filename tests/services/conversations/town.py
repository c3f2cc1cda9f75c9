"""Two fake providers that behave: a marketplace where buyers write, a house with topics where
members sit.

They are the judges: what `market.chats` and `house.posts` hold is what people saw.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.audit.service import Audit
from services.bootstrap import Services
from services.channels.view import ChannelView
from services.connectors import errors
from services.connectors.base import Account, Capabilities, Cost, Rate, RawEvent, Sent
from services.connectors.errors import Reason
from services.connectors.messages import (
    Answer,
    Block,
    Delete,
    Edit,
    MarkRead,
    Media,
    MediaKind,
    Message,
    OutboundMessage,
    Pin,
    React,
    Sender,
    Subject,
    Text,
    TopicCreate,
    TopicEdit,
)
from services.contacts.service import Contacts
from services.conversations.filelinks import FileLinks
from services.conversations.service import Conversations
from services.conversations.values import Answered, Author, ManagerMessage, Press
from services.inbox.models import Event
from services.kit.ids import new_id
from services.kit.tasks import spawn
from services.lanes.models import LaneKind

GROUP = "-100500"
MARKET = Capabilities(
    initiate=False,
    max_text=100,
    media=frozenset({MediaKind.IMAGE}),
    max_upload={MediaKind.IMAGE: 1000},
    delete_within_seconds=3600,
    mark_read=True,
    block=True,
    own_messages_echoed=True,
    hook_is_proof=False,
)
HOUSE = Capabilities(
    initiate=True,
    max_text=4096,
    max_caption=1024,
    media=frozenset({MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.VOICE, MediaKind.FILE}),
    max_album=10,
    formatting=True,
    buttons=True,
    reply_to=True,
    edit=True,
    topics=True,
    reactions=True,
    bot=True,
)


@dataclass(frozen=True)
class Nothing:
    token: str = "x"


@dataclass
class Post:
    """A message as people see it."""

    id: str
    chat: str
    thread: str
    text: str
    media: tuple[Media, ...] = ()
    buttons: dict[str, str] = field(default_factory=dict)
    reply_to: str = ""
    reaction: str = ""
    pinned: bool = False


class Fake:
    """What both providers share: refusals on demand and a record of calls."""

    credentials = Nothing
    fields: tuple[()] = ()

    def __init__(self, name: str, capabilities: Capabilities) -> None:
        self.name = name
        self.capabilities = capabilities
        self.calls: list[Any] = []
        self.refuse: Callable[[Any], Exception | None] = lambda _action: None
        self.after: Callable[[Any], Exception | None] = lambda _action: None
        self.group_rate = Rate(100_000, 60.0)
        self.ids = itertools.count(1)

    def open(self, account: Account, request: Any) -> Any:
        raise AssertionError("the town has no hooks: events are stored by hand")

    def parse(self, account: Account, event: RawEvent) -> Sequence[Any]:
        return []

    def costs(self, action: Any) -> Sequence[Cost]:
        costs = [Cost("", Rate(100_000, 1.0))]
        if isinstance(action, OutboundMessage | TopicCreate):
            costs.append(Cost(f"chat:{action.to.chat_id}", self.group_rate))
        return costs

    async def send(self, account: Account, action: Any, media: Any) -> Sent:
        refused = self.refuse(action)
        if refused is not None:
            raise refused
        sent = self.perform(action)
        self.calls.append(action)
        late = self.after(action)
        if late is not None:
            raise late
        return sent

    def perform(self, action: Any) -> Sent:
        raise AssertionError("each side says what it does with an action")

    def of(self, kind: type) -> list[Any]:
        return [call for call in self.calls if isinstance(call, kind)]


class Market(Fake):
    """Buyers' side."""

    def __init__(self) -> None:
        super().__init__("market", MARKET)
        self.chats: defaultdict[str, list[str]] = defaultdict(list)
        self.sent_ids: list[str] = []

    def perform(self, action: Any) -> Sent:
        if not isinstance(action, OutboundMessage):
            return Sent()
        if action.media and action.text.text:
            raise errors.Unsupported("caption")
        self.chats[action.to.chat_id].append(action.text.text or action.media[0].kind.value)
        self.sent_ids.append(f"o{next(self.ids)}")
        return Sent(external_id=self.sent_ids[-1], parts=(self.sent_ids[-1],))


class House(Fake):
    """Members' side: one or more groups with topics."""

    def __init__(self) -> None:
        super().__init__("house", HOUSE)
        self.posts: list[Post] = []
        self.topics: dict[str, str] = {}
        self.closed: set[str] = set()
        self.kicked = False
        self.reacts = True
        self.moved_to = ""

    def perform(self, action: Any) -> Sent:  # noqa: C901 - one case per action
        if self.kicked:
            raise errors.RecipientUnreachable("kicked", reason=Reason.KICKED)
        if self.moved_to and getattr(action, "to", None) and action.to.chat_id != self.moved_to:
            raise errors.DestinationMoved(self.moved_to)
        match action:
            case TopicCreate():
                thread = str(1000 + next(self.ids))
                self.topics[thread] = action.name
                return Sent(external_id=thread, parts=(thread,), thread_id=thread)
            case TopicEdit():
                self._topic(action.to.thread_id, or_closed=True)
                if action.name is not None:
                    self.topics[action.to.thread_id] = action.name
                if action.closed is not None:
                    (self.closed.add if action.closed else self.closed.discard)(
                        action.to.thread_id
                    )
            case OutboundMessage():
                return self._post(action)
            case Edit():
                post = self.post(action.external_id)
                post.text, post.buttons = action.text.text, _buttons(action.buttons)
            case React():
                if not self.reacts:
                    raise errors.Rejected("reactions")
                found = [p for p in self.posts if p.id == action.external_id]
                for post in found:
                    post.reaction = action.emoji
            case Pin():
                self.post(action.external_id).pinned = True
        return Sent()

    def _topic(self, thread: str, *, or_closed: bool = False) -> None:
        if thread and thread not in self.topics:
            raise errors.Rejected("thread", reason=Reason.TOPIC_MISSING)
        if thread in self.closed and not or_closed:
            raise errors.Rejected("closed", reason=Reason.TOPIC_CLOSED)

    def _post(self, action: OutboundMessage) -> Sent:
        self._topic(action.to.thread_id)
        ids = [str(next(self.ids)) for _ in (action.media or (None,))]
        self.posts.append(
            Post(
                ids[0],
                action.to.chat_id,
                action.to.thread_id,
                action.text.text,
                action.media,
                _buttons(action.buttons),
                action.reply_to,
            )
        )
        return Sent(external_id=ids[0], parts=tuple(ids), thread_id=action.to.thread_id)

    def post(self, external_id: str) -> Post:
        found = next((p for p in self.posts if p.id == external_id), None)
        if found is None:
            raise errors.Rejected("no such message", reason=Reason.CHAT_NOT_FOUND)
        return found

    def texts(self, thread: str | None = None) -> list[str]:
        """What stands in a topic below its card."""
        return [
            p.text
            for p in self.posts
            if (thread is None or p.thread == thread)
            and not p.pinned
            and "Объявление ·" not in p.text
        ]

    def reaction_on(self, message_id: str) -> str:
        marks = [c.emoji for c in self.of(React) if c.external_id == message_id]
        return marks[-1] if marks else ""


def _buttons(rows: Any) -> dict[str, str]:
    return {button.text: button.callback or button.url for row in rows for button in row}


class MovableClock:
    """Real time plus what a test adds."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def monotonic(self) -> float:
        return time.monotonic()


class Told:
    """Notices that were told."""

    def __init__(self) -> None:
        self.all: list[tuple[UUID, str, str, dict[str, str]]] = []
        self.lately = False

    async def tell(self, tx: Any, tenant_id: UUID, rule: str, subject: str, params: Any) -> bool:
        if self.lately:
            return False
        self.all.append((tenant_id, rule, subject, dict(params)))
        return True

    def rules(self) -> list[str]:
        return [rule for _, rule, _, _ in self.all]


@dataclass
class Town:
    """The bridge with its engine, one process."""

    services: Services
    market: Market
    house: House
    clock: MovableClock
    told: Told
    conversations: Conversations
    tenants: dict[str, UUID] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def tenant(self, slug: str, *, workspace: bool = True, settings: str = "{}") -> UUID:
        """A shop: an account, a bot, a group, Anna the owner and Boris the manager."""
        tenant_id = self.tenants[slug] = new_id()
        async with self.services.database.system("test") as tx:
            await tx.execute(
                "INSERT INTO tenant (id, slug, name, settings) VALUES ($1, $2, $2, $3)",
                tenant_id,
                slug,
                settings,
            )
        keys = await self.services.keyring.of(tenant_id)
        async with self.services.database.tenant(tenant_id) as tx:
            for provider, kind in (("market", "account"), ("house", "client")):
                channel = self.channel_id(slug, provider)
                await tx.execute(
                    "INSERT INTO channel (tenant_id, id, provider, kind, name, title,"
                    " external_id, credentials, hook_key)"
                    " VALUES ($1, $2, $3::text, $4, $3::text, $5, $6, $7, $8)",
                    tenant_id,
                    channel,
                    provider,
                    kind,
                    provider.title(),
                    f"{provider}-{slug}",
                    keys.seal("channel:credentials", channel, b'{"token":"x"}'),
                    f"hook-{channel}",
                )
            for number, (name, role) in enumerate((("Анна", "owner"), ("Борис", "manager"))):
                await self.member(tx, tenant_id, self.telegram_id(slug, number), name, role)
            if workspace:
                await self.conversations.workspaces.attach(
                    tx,
                    self.channel_id(slug, "house"),
                    self.group(slug),
                    [self.channel_id(slug, "market")],
                    name="sales",
                )
        return tenant_id

    async def member(
        self, tx: Any, tenant_id: UUID, telegram_id: int, name: str, role: str
    ) -> UUID:
        user_id = new_id()
        await tx.execute(
            "INSERT INTO users (id, telegram_user_id, name) VALUES ($1, $2, $3)",
            user_id,
            telegram_id,
            name,
        )
        await tx.execute(
            "INSERT INTO membership (tenant_id, id, user_id, role) VALUES ($1, $2, $3, $4)",
            tenant_id,
            new_id(),
            user_id,
            role,
        )
        return user_id

    def telegram_id(self, slug: str, number: int) -> int:
        return 1000 + number + 100 * list(self.tenants).index(slug)

    def group(self, slug: str) -> str:
        return f"{GROUP}{list(self.tenants).index(slug)}"

    def channel_id(self, slug: str, provider: str) -> UUID:
        known = self.__dict__.setdefault("_channels", {})
        return known.setdefault((slug, provider), new_id())

    async def view(self, slug: str, provider: str) -> ChannelView:
        found = await self.services.channel_cache.by_id(self.channel_id(slug, provider))
        assert found is not None
        return found

    def tx(self, slug: str) -> Any:
        return self.services.database.tenant(self.tenants[slug])

    # ---- people -----------------------------------------------------------------------------

    async def buyer(
        self, text: str, *, slug: str = "cherry", chat: str = "u2i-1", **more: Any
    ) -> str:
        """A buyer (or, with `own`, the seller in the marketplace's own app) writes."""
        message = self.message(text, chat=chat, **more)
        await self.receive(message, slug=slug)
        return message.external_id

    def message(self, text: str, *, chat: str = "u2i-1", **more: Any) -> Message:
        own = more.pop("own", False)
        person = more.pop("person", "777")
        sender = Sender(
            external_id="shop" if own else person,
            name="" if own else more.pop("name", "Иван"),
            own=own,
            automatic=more.pop("automatic", False),
        )
        values: dict[str, Any] = {
            "external_id": f"e{next(self.numbers)}",
            "at": self.clock.now(),
            "subject": Subject(
                external_id="42", title="Самокат", price="18 500 ₽", url="https://example.test/42"
            ),
        }
        return Message(chat_id=chat, sender=sender, text=Text(text=text), **{**values, **more})

    async def event(self, slug: str = "cherry", *, source: str = "hook") -> Event:
        raw = RawEvent(key="k", lane="l", body=b"{}")
        return Event(await self.view(slug, "market"), raw, 1, source, self.clock.now(), "trace")

    async def receive(
        self, message: Message, *, slug: str = "cherry", source: str = "hook"
    ) -> None:
        event = await self.event(slug, source=source)
        async with self.tx(slug) as tx:
            await self.conversations.receive(tx, event, message)

    async def manager(self, text: str, **more: Any) -> tuple[Answered, str]:
        """Boris (or who is named) writes in a topic; returns what became of it and his message's
        id.
        """
        slug = more.pop("slug", "cherry")
        author = more.pop("author", None) or Author(self.telegram_id(slug, 1), "Борис")
        message = await self.manager_message(text, slug=slug, **more)
        async with self.tx(slug) as tx:
            return await self.conversations.answer(tx, author, message), message.message_id

    async def manager_message(
        self, text: str, *, slug: str = "cherry", **more: Any
    ) -> ManagerMessage:
        values: dict[str, Any] = {
            "thread_id": next(iter(self.house.topics), ""),
            "message_id": f"9{next(self.numbers):05}",
            "at": self.clock.now(),
        }
        return ManagerMessage(
            bot=await self.view(slug, "house"),
            chat_id=more.pop("chat_id", self.group(slug)),
            text=Text(text=text),
            **{**values, **more},
        )

    async def press(
        self, data: str, *, who: int = 1, message_id: str = "1", slug: str = "cherry"
    ) -> str:
        """Press a button; return the words of the answer."""
        press = Press(
            await self.view(slug, "house"),
            f"cb{next(self.numbers)}",
            self.group(slug),
            "",
            message_id,
            data,
        )
        async with self.tx(slug) as tx:
            await self.conversations.press(tx, Author(self.telegram_id(slug, who), "x"), press)
        await until(lambda: any(a.callback_id == press.callback_id for a in self.house.of(Answer)))
        return next(
            str(a.text) for a in self.house.of(Answer) if a.callback_id == press.callback_id
        )

    # ---- looking ----------------------------------------------------------------------------

    async def rows(self, sql: str, *args: Any, slug: str = "cherry") -> list[Any]:
        async with self.tx(slug) as tx:
            return list(await tx.fetch(sql, *args))

    async def one(self, sql: str, *args: Any, slug: str = "cherry") -> Any:
        rows = await self.rows(sql, *args, slug=slug)
        return rows[0] if rows else None

    async def calm(self) -> None:
        """Wait until no delivery is open (delayed marks aside)."""
        for _ in range(400):
            counts = [
                await self.one(
                    "SELECT count(*) AS n FROM delivery_open"
                    " WHERE not_before < now() + interval '1 second'",
                    slug=slug,
                )
                for slug in self.tenants
            ]
            if not any(row["n"] for row in counts):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("deliveries stay open")

    def run(self) -> None:
        self.services.serve(LaneKind.OUT)
        self.running = spawn(self.services.runner.run(), "test.run")

    async def stop(self) -> None:
        await self.services.runner.stop()
        if getattr(self, "running", None) is not None:
            self.running.cancel()


def connect(
    services: Services,
    market: Market,
    house: House,
    clock: MovableClock,
    told: Told,
    files: FileLinks | None = None,
) -> Town:
    """Wire the bridge into the engine as the bootstrap does."""
    conversations = Conversations(
        services.outbox,
        services.registry,
        keyring=services.keyring,
        clock=clock,
        contacts=Contacts(services.keyring),
        notices=told,
        fulfil=files.begin if files is not None else None,
    )
    if files is not None:
        files.tell(conversations.linking, conversations.refusals)
    conversations.members.tell(Audit(services.keyring))
    services.outbox.subscribers.clear()  # the bootstrap has wired a bridge of its own
    services.outbox.on_settled(conversations.settle, conversations.brief)
    services.outbox.resolver("topic", conversations.resolve_topic)
    services.outbox.resolver("album", conversations.resolve_album)
    return Town(services, market, house, clock, told, conversations)


async def until(check: Callable[[], Any], seconds: float = 8.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"not within {seconds} s")


__all__ = ["Block", "Delete", "MarkRead", "Town", "replace", "until"]
