"""200 poison items among 5,000 good ones: broken JSON, no readable type, a field missing, a
handler that explodes, a handler that kills its process.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

import asyncpg
import orjson

from sandbox.servers import APP_ROLE
from tests.faults.poisoned import EFFECT_TABLE, EXPLODE, KILL, LEAN
from tests.faults.stack import Stack
from tests.faults.town import Size, Town, account_of

ACCOUNTS, CHATS, GOOD = 4, 200, 25
POISON = {"json": 50, "type": 50, "field": 50, "explode": 46, "kill": 4}
RESTARTS_PER_KILLER = 3
SENDERS = 16
SECONDS = 150.0


async def poison(stack: Stack, dsn: str) -> None:
    """Play it; everything promised is asserted."""
    rows = await asyncpg.connect(dsn)
    try:
        await _play(stack, rows)
    finally:
        await rows.close()


async def _play(stack: Stack, rows: Any) -> None:
    await rows.execute(EFFECT_TABLE.format(role=APP_ROLE))
    town = await stack.begin(Size(1, ACCOUNTS, 0), "web")
    worker = stack.start_program("worker", ["-m", "tests.faults.poisoned", LEAN])
    await _post_all(stack, town, _bodies())
    # Each death of a killer leaves its lanes to a lease that has to run out.
    dying = RESTARTS_PER_KILLER * POISON["kill"] * float(stack.env["VISHENKA_LEASE_SECONDS"])
    await _settled(rows, CHATS * GOOD, sum(POISON.values()), SECONDS + 1.3 * dying)
    effects = [
        tuple(row) for row in await rows.fetch("SELECT chat, words FROM effect ORDER BY id")
    ]
    parked = Counter(row["reason"] for row in await rows.fetch("SELECT reason FROM parked"))

    assert len(effects) == len(set(effects)) == CHATS * GOOD
    for number in range(CHATS):
        mine = [words for chat, words in effects if chat == f"chat-{number}"]
        assert mine == [f"good-{n:02}" for n in range(GOOD)]
    assert sum(parked.values()) == sum(POISON.values()) == 200
    assert parked == {"unreadable": 150, "poison": POISON["explode"], "crashed": POISON["kill"]}
    assert len(await stack.parked()) == 200
    assert worker.starts - 1 <= POISON["kill"] * RESTARTS_PER_KILLER


async def _settled(rows: Any, effects: int, parked: int, seconds: float) -> None:
    """Wait until as many rows are there, or the time is over; the test counts them itself."""
    query = "SELECT (SELECT count(*) FROM effect), (SELECT count(*) FROM parked)"
    found, end = (0, 0), time.monotonic() + seconds
    while not (found[0] >= effects and found[1] >= parked):
        assert time.monotonic() < end, found
        await asyncio.sleep(0.5)
        found = tuple(await rows.fetchrow(query))


def _bodies() -> list[tuple[int, bytes]]:
    """Chat by chat in order: account and body; one poison item in the middle of each chat."""
    kinds = [kind for kind, amount in POISON.items() for _ in range(amount)]
    bodies = []
    for place in range(GOOD + 1):
        for chat in range(CHATS):
            if place == GOOD // 2:
                bodies.append((chat % ACCOUNTS, _poison(chat, kinds[chat])))
            else:
                number = place - (place > GOOD // 2)
                bodies.append((chat % ACCOUNTS, orjson.dumps(_hook(chat, f"good-{number:02}"))))
    return bodies


def _poison(chat: int, kind: str) -> bytes:
    hook = _hook(chat, f"bad-{kind}")
    value = hook["payload"]["value"]
    match kind:
        case "json":
            return orjson.dumps(hook)[:-7]
        case "type":
            hook["payload"]["type"] = 7
        case "field":
            del value["author_id"]
        case "explode":
            value["content"]["text"] = f"bad{EXPLODE}"
        case "kill":
            value["content"]["text"] = f"bad{KILL}"
    return orjson.dumps(hook)


def _hook(chat: int, words: str) -> dict[str, Any]:
    return {
        "id": f"hook-{chat}-{words}",
        "version": "v3.0.0",
        "timestamp": 1_790_000_000,
        "payload": {
            "type": "message",
            "value": {
                "id": f"{chat}-{words}",
                "chat_id": f"chat-{chat}",
                "user_id": account_of(chat % ACCOUNTS),
                "author_id": 510_000_000 + chat,
                "created": 1_790_000_000,
                "type": "text",
                "content": {"text": words},
            },
        },
    }


async def _post_all(stack: Stack, town: Town, bodies: list[tuple[int, bytes]]) -> None:
    """Side by side, each chat by one sender so that its order is known."""
    channels = town.seeded["tenants"][0]["channels"]
    urls = [channels[account]["hook_url"] for account in range(ACCOUNTS)]
    lines: list[list[tuple[str, bytes]]] = [[] for _ in range(SENDERS)]
    for number, (account, body) in enumerate(bodies):
        lines[number % CHATS % SENDERS].append((urls[account], body))

    async def send(line: list[tuple[str, bytes]]) -> None:
        for url, body in line:
            assert await stack.status("POST", url, data=body) == 200

    await asyncio.gather(*(send(line) for line in lines))
