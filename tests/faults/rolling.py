"""A deploy under load: every role is replaced in turn while a proxy brings updates to two webs."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from dataclasses import dataclass, field

from sandbox.processes import free_port
from tests.faults.copies import manager_update
from tests.faults.stack import FINE, Role, Stack
from tests.faults.town import API_KEY, Size, Town, fair, until

PATIENCE = 120.0


@dataclass
class Proxy:
    """Posts to one of the webs, and to the next one when there is no good answer: as Caddy does
    before a sender, who repeats what nobody took.
    """

    stack: Stack
    path: str
    headers: dict[str, str]
    bases: list[str]
    answers: Counter[int] = field(default_factory=Counter)
    turned: int = 0
    """How often the sender himself had to come again: no web took it."""

    async def post(self, number: int, body: dict[str, object]) -> None:
        """Bring one update, however often it takes."""
        while True:
            for step in range(len(self.bases)):
                url = self.bases[(number + step) % len(self.bases)] + self.path
                status = await self.stack.status("POST", url, json=body, headers=self.headers)
                self.answers[status] += 1
                if status == 200:
                    return
            self.turned += 1
            await asyncio.sleep(0.1)


async def rolling(stack: Stack, *, rounds: int, per_second: float) -> Proxy:
    """Play it; everything promised is asserted."""
    town = await stack.begin(Size(1, 2, 10))
    address = f"127.0.0.1:{free_port()}"
    second = stack.start("web", VISHENKA_LISTEN=address)
    await stack.ready(f"http://{address}")
    await town.opened()
    bot = town.seeded["tenants"][0]["bots"][0]
    headers = {"X-Telegram-Bot-Api-Secret-Token": bot["hook_secret"]}
    bases = [stack.url, f"http://{address}"]
    proxy = Proxy(stack, bot["hook_url"].removeprefix(stack.url), headers, bases)
    over = asyncio.Event()
    sending = asyncio.create_task(_send(town, proxy, per_second, over))
    first = stack.role("web")
    for number in range(rounds):
        for role, url in ((first, bases[0]), (second, bases[1])):
            await _replace(stack, role)
            await stack.ready(url)
        await _replace(stack, stack.role("worker" if number % 2 == 0 else "scheduler"))
    over.set()
    sent = await sending
    await _arrived(stack, town, sent)
    return proxy


async def _replace(stack: Stack, role: Role) -> None:
    """Stop it in good order; whoever keeps the roles starts the next version."""
    before = role.starts
    stack.kill(role, signal.SIGTERM)
    await until(lambda: role.starts > before, 20)


async def _send(town: Town, proxy: Proxy, per_second: float, over: asyncio.Event) -> int:
    """Managers answer at this pace, side by side; how many answers."""
    posts: list[asyncio.Task[None]] = []
    number = 0
    while not over.is_set():
        talk = town.talks[number % len(town.talks)]
        body = manager_update(talk, town.threads[talk.number], number)
        posts.append(asyncio.create_task(proxy.post(number, body)))
        number += 1
        await asyncio.sleep(1 / per_second)
    await asyncio.gather(*posts)
    return number


async def _arrived(stack: Stack, town: Town, sent: int) -> None:
    def texts() -> list[str]:
        written = town.city.avito.world.written
        return [str(one.content.get("text")) for one in written if one.by_api]

    wanted = {f"a{number % len(town.talks)}-u{number}" for number in range(sent)}
    end = time.monotonic() + PATIENCE
    while (missing := wanted - set(texts())) and time.monotonic() < end:
        await asyncio.sleep(0.1)
    assert not missing, (sorted(missing)[:5], await _odd(stack))
    fair(town, await town.calm(PATIENCE))
    assert len(texts()) == len(set(texts())) == sent


async def _odd(stack: Stack) -> list[dict[str, object]]:
    """What the journal knows of messages that did not arrive, for the one who looks."""
    rows = await stack.journal(API_KEY.format(0))
    return [row for row in rows if row["state"] not in FINE][:5] + (await stack.parked())[:5]
