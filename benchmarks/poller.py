"""One poll of an account against one bare client request for the same page, and what many cost.

Ratio: CPU of a poll (lease, ask, settle) over CPU of the request, one after the other; `together`
compares with as many requests at once as there are polls. Each account has CHATS chats and nothing
new in them. Beside it: memory of an account that is being polled, and the scheduler's
share of a core with 10,000 accounts.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from subprocess import PIPE
from typing import Any

import orjson

from benchmarks import world as worlds
from benchmarks.kit import Result, cpu_seconds, load_average, middle
from benchmarks.stack import ROOT, Stack, open_stack, prepare
from sandbox.city import City

ACCOUNTS = 50
CHATS = 20
ROUNDS = 9
MANY = 10_000
SCHEDULER_SECONDS = 20.0
FILL = """
INSERT INTO channel (tenant_id, id, provider, kind, name, external_id, hook_key)
SELECT t.id, gen_random_uuid(), 'avito', 'account', 'many' || n, 'many' || n, 'many' || n
FROM (SELECT id FROM tenant LIMIT 1) AS t, generate_series(1, {many}) AS n
"""


async def run() -> Result:
    """Measure."""
    lines = worlds.lines(ACCOUNTS, ACCOUNTS * CHATS)
    async with City(seed=1) as city:
        worlds.build(city, lines)
        worlds.talk(city, lines)
        extra = {
            "VISHENKA_TELEGRAM_API_URL": city.telegram_url,
            "VISHENKA_AVITO_API_URL": city.avito_url,
            "VISHENKA_LIMITS_SCALE": "1000",
        }
        with open_stack(**extra) as stack:
            await prepare(stack)
            await asyncio.to_thread(stack.seed, worlds.document(lines))
            found = await _polls(stack, str(lines[0].account), city.avito_url)
            stack.postgres.psql(FILL.format(many=MANY), "vishenka")
            share = await _scheduler(stack)
    return _result(found, share)


async def _polls(stack: Stack, account: str, url: str) -> dict[str, Any]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.poll",
        str(ROUNDS),
        account,
        url,
        cwd=ROOT,
        env=stack.env,
        stdout=PIPE,
    )
    output, _ = await child.communicate()
    if child.returncode:
        raise RuntimeError("polls failed")
    return dict(orjson.loads(output.splitlines()[-1]))


async def _scheduler(stack: Stack) -> float:
    child = stack.start("scheduler")
    await asyncio.sleep(5.0)
    before = cpu_seconds(child.pid)
    await asyncio.sleep(SCHEDULER_SECONDS)
    share = (cpu_seconds(child.pid) - before) / SCHEDULER_SECONDS
    stack.stop(child)
    return share


def _result(found: dict[str, Any], share: float) -> Result:
    ours, bare, together = zip(*found["rounds"], strict=True)
    detail = {
        "cpu_us_a_poll": round(middle(ours) * 1e6),
        "cpu_us_bare": round(middle(bare) * 1e6),
        "cpu_us_bare_together": round(middle(together) * 1e6),
        "ratio_together": round(_ratio(ours, together), 3),
        "bytes_an_account": round(found["bytes"]),
        "bytes_goal": 1024,
        "scheduler_share_of_a_core": round(share, 4),
        "scheduler_goal": 0.01,
        "accounts": MANY,
        "load_average": round(load_average(), 2),
    }
    return Result("poller", _ratio(ours, bare), 1.25, "lower", detail)


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return middle([one / other for one, other in zip(ours, theirs, strict=True)])
