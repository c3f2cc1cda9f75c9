"""Silent webhooks, and pollers that die in a poll."""

from __future__ import annotations

import asyncio
import time

from tests.faults.stack import Stack
from tests.faults.town import Size, fair, until


async def silent(stack: Stack, poll_seconds: float) -> None:
    """Webhooks fall silent: the second poll finds everything, in order."""
    town = await stack.begin(Size(1, 4, 8))
    await town.opened()
    await asyncio.sleep(1.0)
    stack.city.faults.add("avito", "silent")
    began = time.time()
    for number in range(4):
        for talk in town.talks:
            town.asks(talk, f"unheard{number}")
    await until(lambda: not town.missing(), 60 + 4 * poll_seconds)

    for account in stack.city.avito.world.accounts:
        calls = stack.city.journal.find(method="chats", account=str(account))
        polls = [one for one in calls if one.at > began]
        assert len(polls) <= 3, [one.at - began for one in polls]  # the third may just have begun
    fair(town, await town.calm(20))


async def dying(stack: Stack, poll_seconds: float, lease_seconds: float) -> None:
    """A poller dies in a poll; another takes its account over."""
    town = await stack.begin(Size(1, 4, 8), "web", "worker", "worker", "scheduler")
    await town.opened()
    stack.city.faults.add("avito", "silent")
    workers = [role for role in stack.roles if role.name == "worker"]
    for number, worker in enumerate(workers):
        holds = [stack.city.points.arm("body", method="chats") for _ in range(4)]
        for talk in town.talks:
            town.asks(talk, f"unheard{number}")
        await asyncio.gather(*(hold.reached(30 + 2 * poll_seconds) for hold in holds))
        stack.kill(worker)  # four polls are held: some are this one's
        await asyncio.sleep(0.2)
        stack.city.points.clear()
        took = await until(lambda: not town.missing(), 60 + 4 * poll_seconds)
        assert took <= 2 * poll_seconds + lease_seconds + 10.0, f"{took:.1f} s"

    fair(town, await town.calm(20))
