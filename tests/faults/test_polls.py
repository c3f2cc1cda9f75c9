"""I5, two pollers: silent webhooks are made good by the second poll, in order; a poller that dies
in a poll is replaced. About 35 s on two free cores.
"""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.faults.stack import QUICK, Stack
from tests.faults.town import Size, fair, until

POLL_SECONDS = float(QUICK["VISHENKA_AVITO_POLL_SECONDS"])


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_silent_webhooks_are_found_by_the_second_poll_in_order(stack: Stack) -> None:
    town = await stack.begin(Size(1, 4, 8))
    await town.opened()
    await asyncio.sleep(1.0)
    stack.city.faults.add("avito", "silent")
    began = time.time()
    for number in range(4):
        for talk in town.talks:
            town.asks(talk, f"unheard{number}")
    await until(lambda: not town.missing(), 60)

    for account in stack.city.avito.world.accounts:
        calls = stack.city.journal.find(method="chats", account=str(account))
        polls = [one for one in calls if one.at > began]
        assert len(polls) <= 3, [one.at - began for one in polls]  # the third may just have begun
    fair(town, await town.calm(20))


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_poller_that_dies_in_a_poll_is_replaced(stack: Stack) -> None:
    town = await stack.begin(Size(1, 4, 8), "web", "worker", "worker", "scheduler")
    await town.opened()
    stack.city.faults.add("avito", "silent")
    workers = [role for role in stack.roles if role.name == "worker"]
    for number, worker in enumerate(workers):
        holds = [stack.city.points.arm("body", method="chats") for _ in range(4)]
        for talk in town.talks:
            town.asks(talk, f"unheard{number}")
        await asyncio.gather(*(hold.reached(30) for hold in holds))
        stack.kill(worker)  # four polls are held: some are this one's
        await asyncio.sleep(0.2)
        stack.city.points.clear()
        took = await until(lambda: not town.missing(), 60)
        assert took <= 2 * POLL_SECONDS + 2.0 + 10.0, f"{took:.1f} s"

    fair(town, await town.calm(20))
