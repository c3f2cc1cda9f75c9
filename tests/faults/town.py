"""A town for fault tests: tenants with a bot, groups and accounts, buyers who write, managers who
answer, and what the city's judge says of it.

Every text is unique, so a copy or an echo can be told from two equal messages.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sandbox.city import City
from sandbox.city.app import register
from sandbox.city.judge import REPEAT_MARK
from sandbox.city.verdict import Verdict

MASTER_TOKEN = "4200000:FAULT_master_bot_token_of_the_tests"
API_KEY = "fault-tests-machine-key-{}"
ITEM = 1768000000


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything; the short forms are small, the long ones as the issue says."""

    tenants: int = 2
    groups: int = 4
    conversations: int = 8


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation: a buyer of an account, answered in a group."""

    number: int
    account: int
    buyer: int
    group: int
    manager: int


@dataclass(slots=True)
class Town:
    """The people of one city and what they wrote."""

    city: City
    size: Size
    talks: list[Talk] = field(default_factory=list)
    seeded: dict[str, Any] = field(default_factory=dict)
    threads: dict[int, int] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    looked: tuple[int, int] = (0, 0)
    """How many posts and messages of the city are in `shown` and `sent` already."""

    # --- building it -----------------------------------------------------------------------------
    def document(self) -> dict[str, Any]:
        """The seed's document; the city is given the same bots, groups and accounts."""
        tenants = [self._tenant(number) for number in range(self.size.tenants)]
        for number in range(self.size.conversations):
            self._talk(number)
        self.city.telegram.add_bot(MASTER_TOKEN, "fault_master_bot", "Вишенка")
        return {"tenants": tenants}

    def _tenant(self, number: int) -> dict[str, Any]:
        owner, token = 710_000_000 + number, token_of(number)
        telegram = self.city.telegram
        telegram.add_user(owner, f"Хозяин {number}")
        telegram.add_bot(token, f"fault_{number}_bot", f"Бот {number}")
        groups = range(number, self.size.groups, self.size.tenants)
        for group in groups:
            chat = group_of(group)
            telegram.add_group(chat, f"Группа {group}")
            telegram.add_member(chat, owner, "creator")
            telegram.add_member(chat, bot_of(number), "administrator")
            account = account_of(group)
            self.city.avito.add_account(account, f"client-{group}", f"secret-{group}", f"А{group}")
            self.city.avito.add_item(account, ITEM + group, f"Товар {group}", "100 ₽")
        return {
            "slug": f"fault-{number}",
            "name": f"Fault {number}",
            "members": [{"telegram_id": owner, "name": f"Хозяин {number}", "role": "owner"}],
            "bots": [{"name": "bot", "token": token, "username": f"fault_{number}_bot"}],
            "channels": [_channel(group) for group in groups],
            "workspaces": [_workspace(group) for group in groups],
            "api_keys": [{"name": "journal", "scopes": ["*"], "key": API_KEY.format(number)}],
        }

    def _talk(self, number: int) -> None:
        group = number % self.size.groups
        manager = 710_000_000 + group % self.size.tenants
        talk = Talk(number, account_of(group), 510_000_000 + number, group_of(group), manager)
        self.city.avito.add_buyer(talk.buyer, f"Покупатель {number}")
        self.talks.append(talk)

    def point_hooks(self, seeded: dict[str, Any]) -> None:
        """Point every webhook where seed said."""
        self.seeded = seeded
        register(self.city, seeded)

    # --- people ----------------------------------------------------------------------------------
    def asks(self, talk: Talk, words: str) -> None:
        """The buyer writes."""
        item = ITEM + (talk.number % self.size.groups)
        text = f"q{talk.number}-{words}"
        self.city.avito.buyer_says(talk.account, talk.buyer, item, text)
        self.asked.add(text)

    def answers(self, talk: Talk, words: str) -> None:
        """The manager writes in the conversation's topic."""
        thread = self.threads[talk.number]
        text = f"a{talk.number}-{words}"
        self.city.telegram.user_says(talk.manager, talk.group, text, thread=thread)
        self.answered.add(text)

    async def opened(self, seconds: float = 60.0) -> None:
        """Each buyer writes once; wait until each has a topic."""
        for talk in self.talks:
            self.asks(talk, "hello")
        await until(self._find_threads, seconds)

    def _find_threads(self) -> bool:
        shown = {post.text: post.thread for _, post in self.city.telegram.world.bot_posts}
        for talk in self.talks:
            thread = next((t for s, t in shown.items() if f"q{talk.number}-hello" in s), None)
            if thread is not None:
                self.threads[talk.number] = thread
        return len(self.threads) == len(self.talks)

    async def chatter(self, rounds: range, pause: float = 0.0) -> None:
        """In each round every buyer writes and every manager answers, side by side."""
        for number in rounds:
            for talk in self.talks:
                self.asks(talk, f"r{number}")
                self.answers(talk, f"r{number}")
                await asyncio.sleep(pause / (len(self.talks) * len(rounds)))

    # --- the judge -------------------------------------------------------------------------------
    async def calm(self, seconds: float, quiet: float = 1.5) -> Verdict:
        """Wait until nothing is missing and nothing moves any more; what the judge says then."""
        end = time.monotonic() + seconds
        while self.missing() and time.monotonic() < end:
            await asyncio.sleep(0.3)
        seen, since = -1, time.monotonic()
        while time.monotonic() - since < quiet and time.monotonic() < end + quiet:
            if (now := self._moves()) != seen:
                seen, since = now, time.monotonic()
            await asyncio.sleep(0.1)
        return self.city.judge()

    def missing(self) -> set[str]:
        """Words not yet on the other side; much cheaper than the judge, who has the last word."""
        posts, written = self.city.telegram.world.bot_posts, self.city.avito.world.written
        for _, post in islice(posts, self.looked[0], None):
            self.shown.update(post.text.split())
        for one in islice(written, self.looked[1], None):
            if one.by_api:
                self.sent.add(str(one.content.get("text")))
        self.looked = len(posts), len(written)
        return self.asked - self.shown | self.answered - self.sent

    def _moves(self) -> int:
        return len(self.city.telegram.world.bot_posts) + len(self.city.avito.world.written)

    def copies(self) -> Iterator[tuple[str, int, int]]:
        """Per text of a buyer: how often it is in a group as it was, how often marked."""
        plain: Counter[str] = Counter()
        marked: Counter[str] = Counter()
        for _, post in self.city.telegram.world.bot_posts:
            counter = marked if post.text.startswith(REPEAT_MARK) else plain
            counter.update(word for word in post.text.split() if word.startswith("q"))
        for text in {*plain, *marked}:
            yield text, plain[text], marked[text]

    def echoes(self) -> list[str]:
        """Managers' words that a bot brought back into a group."""
        said = {post.text for _, post in self.city.telegram.world.people_posts if post.text}
        return [
            post.text
            for _, post in self.city.telegram.world.bot_posts
            if said & set(post.text.split())
        ]


def fair(town: Town, verdict: Verdict) -> None:
    """The promises I1–I4 over everything written."""
    bad = [line for line in verdict.as_json()["lines"] if is_bad(line)]
    assert (verdict.lost, verdict.doubled, verdict.out_of_order) == (0, 0, 0), bad[:3]
    too_many = [one for one in town.copies() if one[1] > 1 or one[2] > 1]
    assert not too_many, too_many[:10]
    assert not town.echoes(), town.echoes()[:10]


def is_bad(line: dict[str, Any]) -> bool:
    return bool(line["lost"] or line["doubled"] or line["out_of_order"])


def token_of(number: int) -> str:
    return f"{bot_of(number)}:FAULT_client_bot_token_of_the_tests"


def bot_of(number: int) -> int:
    return 4_300_000 + number


def group_of(number: int) -> int:
    return -1_002_300_000_000 - number


def account_of(number: int) -> int:
    return 94_300_000 + number


def _channel(group: int) -> dict[str, Any]:
    return {
        "name": f"avito-{group}",
        "provider": "avito",
        "account_id": str(account_of(group)),
        "credentials": {"client_id": f"client-{group}", "client_secret": f"secret-{group}"},
    }


def _workspace(group: int) -> dict[str, Any]:
    chat = group_of(group)
    serves = [f"avito-{group}"]
    return {"name": f"group-{group}", "bot": "bot", "chat_id": chat, "serves": serves}


async def until(check: Callable[[], Any], seconds: float) -> float:
    """Wait until the check holds; the seconds it took."""
    began = time.monotonic()
    while not check():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {check}"
        await asyncio.sleep(0.02)
    return time.monotonic() - began
