"""Asks the rows how things stand; every answer is a Reading for one rule and subject."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.incidents import queries, rules
from services.incidents.models import Reading
from services.kit.db import Tx

KINDS = {0: "bot", 1: "in"}
ENOUGH_REQUESTS = 20
GRACE_SECONDS = 120.0
"""A scheduler that has just started does not know yet who else is starting."""

Probe = Callable[[], Awaitable[bool]]


async def take(tx: Tx, platform_id: UUID | None, *, settled: bool) -> list[Reading]:
    """Return every reading that is not nothing. `settled`: this process has run for a while."""
    found = await _of_channels(tx) + await _of_tenants(tx) + await _silent(tx)
    if platform_id is not None:
        found += await _of_the_machine(tx, platform_id, settled=settled)
    return found


async def probe(platform_id: UUID, probes: Mapping[str, Probe]) -> list[Reading]:
    """Ask what no row knows (is Redis there?); a probe that fails or raises OSError reads 1."""
    found = []
    for rule, ask in probes.items():
        try:
            is_fine = await ask()
        except (OSError, TimeoutError):
            is_fine = False
        if not is_fine:
            found.append(Reading(rule, platform_id, "redis", 1))
    return found


async def _of_the_machine(tx: Tx, platform_id: UUID, *, settled: bool) -> list[Reading]:
    found = await _queues(tx, platform_id)
    api = await tx.row(queries.API)
    if api is not None and api["requests"] >= ENOUGH_REQUESTS:
        share = api["failures"] / api["requests"]
        percent = round(share * 100, 1)
        found.append(Reading("api_errors", platform_id, "web", share, {"percent": percent}))
    for row in await tx.fetch(queries.STALLS):
        params = {"seconds": round(row["worst"], 1)}
        found.append(Reading("loop_stalls", platform_id, row["role"], row["stalls"], params))
    for row in await tx.fetch(queries.PULSES) if settled else ():
        params = {"seconds": int(row["age"])}
        found.append(Reading("process_silent", platform_id, row["role"], row["age"], params))
    for row in await tx.fetch(queries.PARKED_EVENTS):
        params = {"count": int(row["n"])}
        found.append(Reading("parked_events", platform_id, row["channel_id"], row["n"], params))
    untold = int(await tx.value(queries.PARKED_NOTICES))
    found.append(Reading("parked_notices", platform_id, "notices", untold, {"count": untold}))
    return found


async def _queues(tx: Tx, platform_id: UUID) -> list[Reading]:
    found = []
    for row in await tx.fetch(queries.INBOUND):
        kind, count = KINDS[row["kind"]], {"count": int(row["depth"])}
        found.append(Reading("queue_depth", platform_id, kind, row["depth"], count))
        params = {"seconds": int(row["age"])}
        found.append(Reading("queue_age", platform_id, kind, row["age"], params))
    due = await tx.value(queries.OUTBOUND)
    found.append(Reading("queue_depth", platform_id, "out", due, {"count": int(due)}))
    return found


async def _of_channels(tx: Tx) -> list[Reading]:
    found = _ones("channel_auth_lost", await tx.fetch(queries.AUTH), "channel")
    found += _ones("webhook_lost", await tx.fetch(queries.HOOK_LOST), "channel")
    found += _ones("workspace_unreachable", await tx.fetch(queries.WORKSPACES), "workspace")
    for row in await tx.fetch(queries.DELAYED):
        params = {"channel": row["name"], "count": row["waiting"], "minutes": _minutes(row["age"])}
        found.append(_reading("deliveries_delayed", row, row["age"], params))
    for row in await tx.fetch(queries.MISSES):
        params = {"channel": row["name"], "count": int(row["misses"])}
        found.append(_reading("webhook_misses", row, row["misses"], params))
    for row in await tx.fetch(queries.FAILING):
        params = {"channel": row["name"], "code": row["code"], "minutes": _minutes(row["age"])}
        found.append(_reading("channel_failing", row, row["age"], params))
    return found


async def _of_tenants(tx: Tx) -> list[Reading]:
    found = []
    for row in await tx.fetch(queries.STUCK):
        tenant_id, count = row["tenant_id"], {"count": int(row["n"])}
        if row["state"] == "unknown":
            found.append(Reading("outcome_unknown", tenant_id, "deliveries", row["n"], count))
        else:
            found.append(
                Reading("parked_deliveries", tenant_id, "deliveries", row["fresh"], count)
            )
    return found


async def _silent(tx: Tx) -> list[Reading]:
    await tx.execute(queries.HOURS)
    await tx.execute(queries.LAST_EVENTS)
    found = []
    for row in await tx.fetch(queries.SILENT):
        age = timedelta(seconds=row["age"])
        minutes = row["threshold_minutes"]
        threshold = timedelta(minutes=minutes) if minutes else None
        if rules.is_silent(age, row["expected"], threshold):
            params = {
                "channel": row["name"],
                "minutes": _minutes(row["age"]),
                "fault": rules.at_fault(_signs(row)),
            }
            found.append(_reading("channel_silent", row, 1, params))
    return found


def _signs(row: Any) -> rules.Signs:
    return rules.Signs(
        auth_lost=row["auth"] > 0,
        misses=int(row["misses"]),
        hook_bad=row["hook_state"] in ("lost", "reset"),
        poll_errors=row["errors"],
        poll_stale=row["success_age"] is not None and row["success_age"] > 900,
    )


def _ones(rule: str, rows: Iterable[Any], name: str) -> list[Reading]:
    return [_reading(rule, row, 1, {name: row["name"]}) for row in rows]


def _reading(rule: str, row: Any, value: float, params: dict[str, str | int | float]) -> Reading:
    return Reading(rule, row["tenant_id"], str(row["id"]), value, params)


def _minutes(seconds: float) -> int:
    return max(1, round(seconds / 60))
