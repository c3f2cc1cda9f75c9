"""The list of dialogs as the Mini App asks for it (session, rights, scope, 30 rows with previews)
against a bare aiohttp route with one indexed query over the same rows.

Ratio: CPU of our web process per call over CPU of the bare one; p95 and PostgreSQL beside it.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from uuid import UUID

import asyncpg
import orjson

from benchmarks.kit import Result, cpu_seconds, cpu_spent, load_average, middle, percentile, tree
from benchmarks.login import init_data
from benchmarks.stack import Stack, free_port, open_stack, prepare

ROUNDS = 5
CALLS = 1_000
WARM = 100
WORKERS = 8
DIALOGS = 2_000
MASTER = "4200000:AAE-benchmark-master-bot-token-0000"
ANNA = 1001
BOT = {"name": "bot", "token": "4200001:AAE-bench-bot-of-the-list-benchmark-0"}
SEED = {
    "tenants": [
        {
            "slug": "bench",
            "name": "Bench",
            "members": [{"telegram_id": ANNA, "name": "Anna", "role": "owner"}],
            "bots": [BOT],
        }
    ]
}
FILL = """
WITH numbers AS (SELECT n, gen_random_uuid() AS person, gen_random_uuid() AS dialog,
        now() - n * interval '1 minute' AS at FROM generate_series(1, $3) AS n
), people AS (
    INSERT INTO contact (tenant_id, id, name) SELECT $1, person, 'Buyer ' || n FROM numbers
), dialogs AS (
    INSERT INTO conversation (tenant_id, id, channel_id, external_chat_id, contact_id, state,
        person_name, subject_title, waiting_since, last_in_at, last_seq)
    SELECT $1, dialog, $2, 'chat-' || n, person, 'waiting', 'Buyer ' || n, 'A bicycle', at, at, 1
    FROM numbers
)
INSERT INTO message (tenant_id, id, conversation_id, channel_id, external_chat_id, seq, direction,
    author_kind, kind, text, sent_at)
SELECT $1, gen_random_uuid(), dialog, $2, 'chat-' || n, 1, 'in', 'buyer', 'text',
    'Is it still for sale? I could come on Sunday.', at FROM numbers
"""


async def run() -> Result:
    """Measure."""
    with open_stack(VISHENKA_MASTER_BOT_TOKEN=MASTER) as stack:
        await prepare(stack)
        tenant = (await asyncio.to_thread(stack.seed, SEED))["tenants"][0]
        await _fill(stack, UUID(tenant["id"]), UUID(tenant["bots"][0]["id"]))
        web = stack.start("web", "--no-bots")
        await stack.ready()
        port = free_port()
        arguments = [str(port), stack.postgres.owner_dsn, tenant["id"]]
        bare = stack.start_program(["-m", "benchmarks.bare_list", *arguments])
        await stack.ready(f"http://127.0.0.1:{port}")
        ours = f"{stack.url}/api/v1/dialogs?view=all", _sign_in(stack)
        base = f"http://127.0.0.1:{port}/list", ""
        for url, token in (ours, base):
            await _load(url, token, WARM)
        rounds = [
            (await _measure(stack, web.pid, *ours), await _measure(stack, bare.pid, *base))
            for _ in range(ROUNDS)
        ]
        return _result(rounds)


async def _fill(stack: Stack, tenant: UUID, channel: UUID) -> None:
    conn = await asyncpg.connect(stack.postgres.owner_dsn)
    await conn.execute("SET row_security = off")
    await conn.execute(f"SET app.tenant = '{tenant}'")
    await conn.execute(FILL, tenant, channel, DIALOGS)
    await conn.execute("ANALYZE")
    await conn.close()


def _sign_in(stack: Stack) -> str:
    proof = init_data(1, MASTER, at=int(time.time()), user_id=ANNA)
    body = orjson.dumps({"init_data": proof})
    headers = {"Content-Type": "application/json"}
    request = Request(f"{stack.url}/api/v1/auth/telegram", body, headers)  # noqa: S310 - loopback
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        return str(orjson.loads(answer.read())["access_token"])


async def _measure(stack: Stack, pid: int, url: str, token: str) -> dict[str, float]:
    server = stack.postgres.child.pid
    before, before_server = cpu_seconds(pid), cpu_seconds(*tree(server))
    times = await _load(url, token, CALLS)
    return {
        "cpu_us": cpu_spent(before, pid) / CALLS * 1e6,
        "postgres_us": cpu_spent(before_server, *tree(server)) / CALLS * 1e6,
        "p50_ms": percentile(times, 0.5) * 1e3,
        "p95_ms": percentile(times, 0.95) * 1e3,
    }


async def _load(url: str, token: str, amount: int) -> list[float]:
    """Call by a few kept connections; return the seconds of each call."""
    parts = urlsplit(url)
    head = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
    head += f"Authorization: Bearer {token}\r\n\r\n" if token else "\r\n"
    shares = [amount // WORKERS] * WORKERS
    work = (_worker(parts.hostname or "", parts.port or 80, head.encode(), n) for n in shares)
    return [one for times in await asyncio.gather(*work) for one in times]


async def _worker(host: str, port: int, head: bytes, amount: int) -> list[float]:
    reader, writer = await asyncio.open_connection(host, port)
    times = []
    for _ in range(amount):
        started = time.perf_counter()
        writer.write(head)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        length = int(answer.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        times.append(time.perf_counter() - started)
    writer.close()
    return times


def _result(rounds: list[tuple[dict[str, float], dict[str, float]]]) -> Result:
    ratio = middle([ours["cpu_us"] / base["cpu_us"] for ours, base in rounds])
    detail: dict[str, Any] = {"dialogs": DIALOGS, "rows": 30, "rounds": ROUNDS, "calls": CALLS}
    for name in ("cpu_us", "postgres_us", "p50_ms", "p95_ms"):
        detail[name] = round(middle([ours[name] for ours, _ in rounds]), 2)
        detail[f"bare_{name}"] = round(middle([base[name] for _, base in rounds]), 2)
    detail["load_average"] = round(load_average(), 2)
    return Result("list", ratio, 4.0, "lower", detail)
