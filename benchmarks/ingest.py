"""Durable ingest of a Telegram update (checked, deduplicated, fsynced, 200) against a bare aiohttp
route.

Ratio: CPU of the bare process per request over CPU of our web process per request; p99 beside it.
"""

from __future__ import annotations

import asyncio
import sys

import orjson

from benchmarks.kit import Result, cpu_seconds, cpu_spent, load_average, middle, percentile, tree
from benchmarks.stack import ROOT, Stack, free_port, open_stack, prepare

ROUNDS = 5
AMOUNT = 12_000
WARM = 1_000
WORKERS = 64
TOKEN = "4200001:AAE-bench-bot-of-the-ingest-benchmark"  # noqa: S105 - a made-up token
SEED = {"tenants": [{"slug": "bench", "name": "Bench", "bots": [{"name": "bot", "token": TOKEN}]}]}


async def run() -> Result:
    """Measure."""
    with open_stack() as stack:
        await prepare(stack)
        bot = (await asyncio.to_thread(stack.seed, SEED))["tenants"][0]["bots"][0]
        web = stack.start("web", "--no-bots")
        await stack.ready()
        port = free_port()
        bare = stack.start_program(["-m", "benchmarks.bare", str(port)])
        bare_url = f"http://127.0.0.1:{port}"
        await stack.ready(bare_url)
        hook, secret = bot["hook_url"], bot["hook_secret"]
        await _load(stack, hook, secret, 1_000_000, WARM)
        await _load(stack, f"{bare_url}/hooks/telegram/x", secret, 0, WARM)
        rounds = []
        for number in range(ROUNDS):
            first = (number + 2) * 1_000_000
            ours = await _measure(stack, web.pid, hook, secret, first)
            base = await _measure(stack, bare.pid, f"{bare_url}/hooks/telegram/x", secret, first)
            rounds.append((ours, base))
        return _result(rounds)


async def _measure(stack: Stack, pid: int, url: str, secret: str, first: int) -> dict[str, float]:
    before = cpu_seconds(pid)
    server = stack.postgres.child.pid
    before_server = cpu_seconds(*tree(server))
    report = await _load(stack, url, secret, first, AMOUNT)
    report["cpu_us"] = cpu_spent(before, pid) / AMOUNT * 1e6
    report["postgres_us"] = cpu_spent(before_server, *tree(server)) / AMOUNT * 1e6
    return report


async def _load(stack: Stack, url: str, secret: str, first: int, amount: int) -> dict[str, float]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.load",
        url,
        secret,
        str(first),
        str(amount),
        str(WORKERS),
        cwd=ROOT,
        env=stack.env,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await child.communicate()
    if child.returncode:
        raise RuntimeError("load failed")
    return dict(orjson.loads(output))


def _result(rounds: list[tuple[dict[str, float], dict[str, float]]]) -> Result:
    ratios = [base["cpu_us"] / ours["cpu_us"] for ours, base in rounds]
    tails = [ours["p99_ms"] / base["p99_ms"] for ours, base in rounds]
    detail = {
        "cpu_us_per_update": round(middle([ours["cpu_us"] for ours, _ in rounds]), 1),
        "cpu_us_bare": round(middle([base["cpu_us"] for _, base in rounds]), 1),
        "postgres_us_per_update": round(middle([ours["postgres_us"] for ours, _ in rounds]), 1),
        "p99_ratio": round(middle(tails), 2),
        "p99_goal": 3,
        "p99_ms": round(percentile([ours["p99_ms"] for ours, _ in rounds], 0.5), 2),
        "per_second": middle([ours["per_second"] for ours, _ in rounds]),
        "per_second_bare": middle([base["per_second"] for _, base in rounds]),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "load_average": round(load_average(), 2),
    }
    return Result("ingest", middle(ratios), 0.6, "higher", detail)
