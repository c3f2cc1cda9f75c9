"""Every page of the cabinet and every list of the API in a business of 100,000 dialogs and five
million messages, asked one after the other as its owner and as a manager of one account.

Ratio: the slowest p95 over 100 ms. Beside it CPU of our web process and of PostgreSQL a call, and
the pace at which retention erases while a dialog is being read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from benchmarks.asking import Asker, sign_in
from benchmarks.fill import VIKTOR, Business, Size, document, fill
from benchmarks.kit import Result, cpu_seconds, load_average, percentile, tree
from benchmarks.stack import open_stack, prepare
from benchmarks.visits import OWNER, Visit, missing, visits

SIZE = Size()
CALLS = 30
WARM = 2
GOAL_MS = 100.0
MASTER = "4200000:AAE-benchmark-master-bot-token-0000"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one visit took, in milliseconds; `bytes`: of the answer."""

    name: str
    p50: float
    p95: float
    web: float
    postgres: float
    status: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Pages(Result):
    """A result that prints as a table."""

    def as_text(self) -> str:
        rows = sorted(self.detail["pages"], key=lambda row: -row["p95"])
        lines = [f"pages: slowest p95 {self.ratio * GOAL_MS:.0f} ms (goal {GOAL_MS:.0f})"]
        lines += [
            "",
            "| page | p50 | p95 | web CPU | PostgreSQL CPU | bytes |",
            "|---|---|---|---|---|---|",
        ]
        for row in rows:
            figures = " | ".join(f"{row[name]:.1f}" for name in ("p50", "p95", "web", "postgres"))
            lines.append(f"| {row['name']} | {figures} | {row['bytes']:,} |")
        lines += [f"{key}: {value}" for key, value in self.detail.items() if key != "pages"]
        return "\n".join(lines) + "\n"


async def run() -> Result:
    """Measure."""
    with open_stack(VISHENKA_MASTER_BOT_TOKEN=MASTER) as stack:
        await prepare(stack)
        made = await asyncio.to_thread(stack.seed, document())
        started = time.monotonic()
        business = await fill(stack.postgres.owner_dsn, made, SIZE)
        filled = time.monotonic() - started
        web = stack.start("web", "--no-bots")
        await stack.ready()
        found = await look(
            stack.postgres.owner_dsn, business, stack.url, web.pid, stack.postgres.child.pid
        )
        return _result(found, {"fill_seconds": round(filled), **_size()})


async def look(dsn: str, business: Business, url: str, web: int, postgres: int) -> list[Measured]:
    """Visit everything; return what each took."""
    conn = await asyncpg.connect(dsn)
    try:
        wanted = await visits(conn, business)
    finally:
        await conn.close()
    if lost := missing(wanted):
        raise RuntimeError(f"nobody visits {', '.join(lost)}")
    tokens = {who: await asyncio.to_thread(sign_in, url, MASTER, who) for who in (OWNER, VIKTOR)}
    found = []
    for who, token in tokens.items():
        async with Asker(url, token) as asker:
            mine = [one for one in wanted if one.who == who]
            found += [await _visit(asker, one, web, postgres) for one in mine]
    return found


async def _visit(asker: Asker, visit: Visit, web: int, postgres: int) -> Measured:
    answers = [await asker.ask(visit.path) for _ in range(WARM)]
    before = cpu_seconds(web), cpu_seconds(*tree(postgres))
    answers = [await asker.ask(visit.path) for _ in range(CALLS)]
    after = cpu_seconds(web), cpu_seconds(*tree(postgres))
    if wrong := {one.status for one in answers} - {200}:
        raise RuntimeError(f"{visit.name} answers {wrong}")
    times = [one.seconds * 1e3 for one in answers]
    cpu = [(now - then) / CALLS * 1e3 for now, then in zip(after, before, strict=True)]
    p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
    return Measured(visit.name, p50, p95, *cpu, answers[-1].status, answers[-1].size)


def _result(found: Sequence[Measured], more: dict[str, Any]) -> Pages:
    rows = [
        {
            "name": one.name,
            "p50": round(one.p50, 2),
            "p95": round(one.p95, 2),
            "web": round(one.web, 2),
            "postgres": round(one.postgres, 2),
            "status": one.status,
            "bytes": one.bytes,
        }
        for one in found
    ]
    worst = max(one.p95 for one in found)
    detail = {**more, "calls": CALLS, "load_average": round(load_average(), 2), "pages": rows}
    return Pages("pages", worst / GOAL_MS, 1.0, "lower", detail)


def _size() -> dict[str, int]:
    return {"dialogs": SIZE.dialogs, "messages": SIZE.messages, "stuck": SIZE.stuck}
