"""I34 S23 S24 S27: with every kind of trouble on, no secret and nothing of a person is in the logs
(debug level), on the metrics page, in an error's body or in Redis; no secret is in the rows.

About 30 s on two free cores.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.faults.stack import Stack
from tests.faults.town import API_KEY, MASTER_TOKEN, Size, Town, fair, token_of

SIZE = Size(1, 2, 4)
PHONE, MAIL, WORD = "+79123456789", "kanareika@example.test", "канарейка"
SPOKEN = f"{WORD}{PHONE}{MAIL}"
ODD_SECRET = "odd-secret-of-a-stranger"
TROUBLE: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("server_error", {"status": 502}),
    ("html", {"status": 502}),
    ("rate_limit", {"retry_after": 1}),
    ("huge", {"bytes": 2_000_000}),
    ("accept_then_reset", {}),
    ("drop", {}),
)
SHARE = 0.04


def secrets_of(town: Town) -> set[str]:
    """What must be nowhere in the clear, in pieces too small to be missed."""
    tokens = {MASTER_TOKEN, *(token_of(number) for number in range(SIZE.tenants))}
    bots = town.seeded["tenants"][0]["bots"]
    return {
        ODD_SECRET,
        *(token.partition(":")[2] for token in tokens),
        *(bot["hook_secret"] for bot in bots),
        *(f"secret-{group}" for group in range(SIZE.groups)),
        *(API_KEY.format(number) for number in range(SIZE.tenants)),
    }


def people() -> set[str]:
    """What belongs to somebody."""
    names = {f"Покупатель {number}" for number in range(SIZE.conversations)}
    return {PHONE[1:], MAIL, WORD, "Хозяин 0", "Товар", *names}


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_no_canary_is_written_anywhere(stack: Stack, environ: dict[str, str]) -> None:
    stack.env |= {"VISHENKA_LOG_FORMAT": "json", "VISHENKA_DEBUG": "1"}
    town = await stack.begin(SIZE)
    await town.opened()
    await _trouble(stack, town)
    said = b"".join(await _refusals(stack, town)).decode(errors="replace")
    stack.city.faults.clear()
    fair(town, await town.calm(90))

    secrets, persons = secrets_of(town), people()
    logs = await asyncio.to_thread(Path(stack.log).read_text)
    metrics = await _page(stack, "/metrics")
    redis = await _redis(environ["VISHENKA_REDIS_URL"])
    rows = await _rows(environ["VISHENKA_MIGRATE_DATABASE_URL"])
    assert len(logs) > 1_000  # there is something to look through; how much depends on the dice
    assert "vishenka_" in metrics
    assert WORD in rows  # texts are kept in the clear by choice: the net has no hole
    for name, text in {"logs": logs, "metrics": metrics, "errors": said, "redis": redis}.items():
        assert not {c for c in secrets | persons if c in text}, name
    assert not {c for c in secrets if c in rows}


async def _trouble(stack: Stack, town: Town) -> None:
    for provider in ("telegram", "avito"):
        for kind, more in TROUBLE:
            stack.city.faults.add(provider, kind, probability=SHARE, **more)
    for account in stack.city.avito.world.accounts:
        stack.city.avito.expire_tokens(account)
    for number in range(8):
        for talk in town.talks:
            town.asks(talk, f"{number}{SPOKEN}")
            town.answers(talk, f"{number}{SPOKEN}")
        if number == 4:
            stack.kill(stack.role("worker"))
        await asyncio.sleep(0.5)


async def _refusals(stack: Stack, town: Town) -> list[bytes]:
    """The bodies of every kind of refusal."""
    bot = town.seeded["tenants"][0]["bots"][0]["hook_url"]
    avito = town.seeded["tenants"][0]["channels"][0]["hook_url"]
    secret = {"X-Telegram-Bot-Api-Secret-Token": ODD_SECRET}
    odd = f'{{"text": "{SPOKEN}", "token": "{ODD_SECRET}"'.encode()
    api, bearer = f"{stack.url}/api/v1", {"Authorization": f"Bearer {API_KEY.format(0)}"}
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", bot, {"data": odd, "headers": secret}),
        ("POST", avito, {"data": odd}),
        ("POST", f"{stack.url}/hooks/telegram/{ODD_SECRET}", {"data": odd}),
        ("GET", f"{api}/deliveries", {"headers": {"Authorization": f"Bearer {ODD_SECRET}"}}),
        ("GET", f"{api}/deliveries", {"params": {"cursor": SPOKEN}, "headers": bearer}),
        ("POST", f"{api}/auth/telegram", {"json": {"init_data": f"hash={SPOKEN}"}}),
        ("POST", f"{api}/auth/refresh", {"json": {"refresh_token": ODD_SECRET}}),
        ("GET", f"{stack.url}/app/{ODD_SECRET}", {}),
        ("GET", f"{stack.url}/r/{ODD_SECRET}", {}),
    ]
    bodies = []
    for method, url, more in asked:
        async with stack.http.request(method, url, **more) as answer:
            assert answer.status < 500, (method, url, answer.status)
            bodies.append(await answer.read())
    return bodies


async def _page(stack: Stack, path: str) -> str:
    async with stack.http.get(stack.url + path) as answer:
        assert answer.status == 200
        return await answer.text()


async def _redis(url: str) -> str:
    """Every key with what it holds."""
    found: list[bytes] = []
    async with Redis.from_url(url) as redis:
        async for key in redis.scan_iter(count=1000):
            found += [key, await redis.dump(key) or b""]
            if await redis.type(key) == b"stream":
                found.append(repr(await redis.xrange(key)).encode())
    return b"\n".join(found).decode(errors="replace")


async def _rows(dsn: str) -> str:
    """Every row of every table as text."""
    conn: Any = await asyncpg.connect(dsn)
    try:
        names = await conn.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        texts = []
        for row in names:
            table = row["tablename"]
            query = f'SELECT t::text AS line FROM "{table}" t'
            texts += [found["line"] for found in await conn.fetch(query)]
        return "\n".join(texts)
    finally:
        await conn.close()
