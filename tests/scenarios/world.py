"""A whole product in one process against the provider city, and words to play people with.

Web (bots included) and worker are two sets of services with their own lanes, as two processes
would be; they meet in the database and at the broker. Only the clock for people's hours is ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import yaml

from sandbox.city import City
from sandbox.city.demo import (
    DEMO_ACCOUNT,
    DEMO_ANNA,
    DEMO_BORIS,
    DEMO_BUYERS,
    DEMO_CLIENT_TOKEN,
    DEMO_FILE,
    DEMO_GROUP,
    DEMO_ITEMS,
    DEMO_MASTER_USERNAME,
    DEMO_OLGA,
    build,
)
from sandbox.city.journal import Entry
from services import seed
from services.bootstrap import Services
from services.kit.settings import Settings, load_settings
from services.upkeep import Upkeep
from tests.scenarios.processes import (
    TownClock,
    environ_of,
    point_hooks,
    start_web,
    start_worker,
)

ACCOUNT, GROUP, ANNA, BORIS, OLGA = DEMO_ACCOUNT, DEMO_GROUP, DEMO_ANNA, DEMO_BORIS, DEMO_OLGA
IVAN, MARINA = DEMO_BUYERS[0][0], DEMO_BUYERS[1][0]
BIKE, KIDS_BIKE = DEMO_ITEMS[0][0], DEMO_ITEMS[1][0]
MASTER, BOT = f"@{DEMO_MASTER_USERNAME}", int(DEMO_CLIENT_TOKEN.split(":", maxsplit=1)[0])
T = TypeVar("T")
SECONDS = 3.0
"""A step without a visible answer within this time is a failure."""


async def sees(look: Callable[[], T], seconds: float = SECONDS) -> T:
    """Wait until a look finds something; return it."""
    end = time.monotonic() + seconds
    while True:
        found: Any = None
        with contextlib.suppress(KeyError, IndexError, StopIteration):
            found = look()
        if found:
            return found
        assert time.monotonic() < end, f"nobody saw it in {seconds} s: {found!r}"
        await asyncio.sleep(0.01)


def seeding() -> dict[str, Any]:
    """The demo's document, the same the city is built from."""
    document: dict[str, Any] = yaml.safe_load(DEMO_FILE.read_text(encoding="utf-8"))
    return document


@dataclass
class World:
    """The city, the product, and what a person can see and do."""

    city: City
    clock: TownClock
    settings: Settings
    web: Services
    worker: Services | None
    environ: dict[str, str]
    seeded: dict[str, Any] = field(default_factory=dict)

    # --- buyers --------------------------------------------------------------------------------
    def buyer(self, text: str, buyer: int = IVAN, item: int | None = BIKE) -> str:
        """A buyer writes; the chat's id."""
        return self.city.avito.buyer_says(ACCOUNT, buyer, item, text).chat_id

    def chat_id(self, buyer: int = IVAN, item: int | None = BIKE) -> str:
        return self.city.avito.chat(ACCOUNT, buyer, item).id

    def sent(self, chat_id: str) -> list[str]:
        """Texts the buyer got from the account."""
        return self.city.avito.texts(ACCOUNT, chat_id)

    async def reaches(self, text: str, chat_id: str = "") -> None:
        """The buyer sees this text of the account."""
        await sees(lambda: text in self.sent(chat_id or self.chat_id()))

    # --- the group -----------------------------------------------------------------------------
    def thread(self, title: str, group: int = GROUP) -> int:
        """The newest topic whose title holds these words."""
        found = self.city.telegram.topics(group)
        return next(number for number in sorted(found, reverse=True) if title in found[number])

    def topic_title(self, thread: int, group: int = GROUP) -> str:
        return self.city.telegram.topics(group)[thread]

    def texts(self, thread: int | None, group: int = GROUP) -> list[str]:
        return self.city.telegram.texts(group, thread)

    def message(self, words: str, thread: int | None = None, group: Any = GROUP) -> dict[str, Any]:
        """The newest message that holds these words."""
        return found(self.city.telegram.messages(group, thread), words)

    def mark(self, message_id: int, group: int = GROUP) -> str:
        """The bot's reaction on a message, "" without."""
        post = self.city.telegram.world.groups[group].posts[message_id]
        given = post.reactions.get(BOT, [])
        return str(given[0]["emoji"]) if given else ""

    def says(self, text: str, thread: int | None, who: int = BORIS, **more: Any) -> int:
        """A member writes in a topic; the message's id."""
        return self.city.telegram.user_says(who, GROUP, text, thread=thread, **more).id

    async def topic(
        self, text: str, buyer: int = IVAN, item: int | None = BIKE, seconds: float = SECONDS
    ) -> int:
        """A buyer writes, the text is seen; the topic's number."""
        self.buyer(text, buyer, item)
        shown = await sees(lambda: self.message(text), seconds)
        return int(shown["message_thread_id"])

    # --- private chats --------------------------------------------------------------------
    def said(self, who: int, words: str, bot: str = MASTER) -> dict[str, Any]:
        """The newest message of a private chat that holds these words."""
        return found(self.city.telegram.messages(bot, user_id=who), words)

    async def told(self, who: int, words: str, bot: str = MASTER) -> dict[str, Any]:
        return await sees(lambda: self.said(who, words, bot))

    def is_there(self, who: int, message_id: int, bot: str = MASTER) -> bool:
        """Whether a message of a private chat is still there."""
        shown = self.city.telegram.messages(bot, user_id=who)
        return any(one["message_id"] == message_id for one in shown)

    def tells(self, who: int, text: str, bot: str = MASTER) -> int:
        """A person writes to a bot in private."""
        return self.city.telegram.user_says(who, bot, text).id

    async def presses(self, who: int, message: dict[str, Any], label: str) -> str:
        """Press a button by its label; the answer must come."""
        chat = message["chat"]["id"]
        bot = message["from"]["id"]
        place = (bot, who) if chat > 0 else chat
        query = self.city.telegram.user_presses(
            who, place, message["message_id"], data_of(message, label)
        )
        answer = await sees(lambda: self.city.telegram.answer_of(bot, query))
        return str(answer["text"])

    # --- processes -------------------------------------------------------------------------
    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A worker for as long as this lasts."""
        async with contextlib.AsyncExitStack() as stack:
            self.worker = await start_worker(stack, self.settings, self.clock)
            yield
        self.worker = None

    # --- time and the end -----------------------------------------------------------------
    async def later(self, **more: float) -> None:
        """Let the people's clock go on, and do what the scheduler does each minute."""
        self.clock.ahead += timedelta(**more)
        services = self.worker or self.web
        await Upkeep(services.database, services.features).remind()

    def crossed(self, **wanted: Any) -> list[Entry]:
        """The city's journal: calls and webhooks of this kind."""
        return list(self.city.journal.find(**wanted))

    async def rows(self, sql: str, *args: Any) -> list[Any]:
        async with self.web.database.system("a test looks") as tx:
            return list(await tx.fetch(sql, *args))

    def judged(self) -> None:
        """The city's judge: nothing lost, doubled, out of order."""
        verdict = self.city.judge()
        assert verdict.is_clean, verdict.as_json()


def found(messages: list[dict[str, Any]], words: str) -> dict[str, Any]:
    return next(one for one in reversed(messages) if words in text_of(one))


def text_of(message: dict[str, Any]) -> str:
    return str(message.get("text") or message.get("caption") or "")


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    markup = message.get("reply_markup") or {}
    return [button for row in markup.get("inline_keyboard", []) for button in row]


def data_of(message: dict[str, Any], label: str) -> str:
    labels = [one["text"] for one in buttons(message)]
    hit = [one for one in buttons(message) if label in one["text"]]
    assert hit, f"no button {label!r} among {labels}"
    return str(hit[0]["callback_data"])


# --- starting it ---------------------------------------------------------------------------------
@contextlib.asynccontextmanager
async def town(
    environ: dict[str, str],
    document: dict[str, Any] | None = None,
    *,
    with_worker: bool = True,
    **more: str,
) -> AsyncIterator[World]:
    """The city and the product, seeded with a document, else with nothing but the master bot."""
    clock = TownClock()
    city = City(seed=1, time_scale=0.02, clock=clock.time)
    async with city, contextlib.AsyncExitStack() as stack:
        build(city)
        environ = environ_of(environ, city) | more
        settings = load_settings(environ)
        services = await start_web(stack, settings, clock)
        made = await seed.seed(services, document) if document else {}
        await point_hooks(services)
        working = await start_worker(stack, settings, clock) if with_worker else None
        yield World(city, clock, settings, services, working, environ, made)


def settings_environ(world: World) -> dict[str, str]:
    """The environment of another process of the same product."""
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | (
        world.environ
    )
