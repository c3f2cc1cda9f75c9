"""Copies of updates, shuffled over two web processes: one effect each."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from sandbox.processes import free_port
from tests.faults.stack import Stack
from tests.faults.town import Size, Talk, Town, until

SENDERS = 16


async def copies(stack: Stack, updates: int, seed: int) -> int:
    """I6: 1–10 copies of each update, shuffled over two web processes; how many were posted."""
    town = await stack.begin(Size(1, 2, 10))
    address = f"127.0.0.1:{free_port()}"
    stack.start("web", VISHENKA_LISTEN=address)
    await stack.ready(f"http://{address}")
    await town.opened()

    posts = _copies(town, updates, random.Random(seed))  # noqa: S311 - repeatable chance
    await _post_all(stack, town, posts, [stack.url, f"http://{address}"])
    wanted = {f"a{n % 10}-u{n}" for n in range(updates)}
    await until(lambda: len(_arrived(town) & wanted) == updates, 120 + updates / 10)
    await asyncio.sleep(1.0)

    texts = [one.content["text"] for one in stack.city.avito.world.written if one.by_api]
    assert len(texts) == len(set(texts)) == updates
    return len(posts)


def _arrived(town: Town) -> set[str]:
    return {str(one.content.get("text")) for one in town.city.avito.world.written if one.by_api}


def _copies(town: Town, amount: int, rng: random.Random) -> list[dict[str, Any]]:
    """1–10 copies of each update of a manager, in any order."""
    bodies = [manager_update(town.talks[n % 10], town.threads[n % 10], n) for n in range(amount)]
    posts = [body for body in bodies for _ in range(rng.randint(1, 10))]
    rng.shuffle(posts)
    return posts


def manager_update(talk: Talk, thread: int, number: int) -> dict[str, Any]:
    """A manager answers in a topic, as Telegram tells a bot."""
    return {
        "update_id": 950_000_000 + number,
        "message": {
            "message_id": 100_000 + number,
            "date": 1_790_000_000,
            "message_thread_id": thread,
            "is_topic_message": True,
            "chat": {"id": talk.group, "type": "supergroup", "title": "Г", "is_forum": True},
            "from": {"id": talk.manager, "is_bot": False, "first_name": "Хозяин"},
            "text": f"a{talk.number}-u{number}",
        },
    }


async def _post_all(
    stack: Stack, town: Town, posts: list[dict[str, Any]], bases: list[str]
) -> None:
    bot = town.seeded["tenants"][0]["bots"][0]
    headers = {"X-Telegram-Bot-Api-Secret-Token": bot["hook_secret"]}
    path = bot["hook_url"].removeprefix(stack.url)
    work = list(enumerate(posts))

    async def send() -> None:
        while work:
            number, body = work.pop()
            url = bases[number % 2] + path
            assert await stack.status("POST", url, json=body, headers=headers) == 200

    await asyncio.gather(*(send() for _ in range(SENDERS)))
