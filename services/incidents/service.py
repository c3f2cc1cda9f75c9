"""Opens and closes incidents; whoever listens hears of it inside the same transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import orjson

from services.incidents import queries, readings
from services.incidents.models import Change, Listener, Params, Reading
from services.incidents.readings import GRACE_SECONDS, Probe
from services.incidents.rules import RULES, Move, Standing, step
from services.kit import metrics
from services.kit.clock import Clock
from services.kit.db import AWAY, Database, Record, Tx
from services.kit.errors import Unavailable
from services.kit.ids import new_id
from services.kit.log import bind, current_trace

log = logging.getLogger(__name__)

Key = tuple[UUID, str, str]
AWAY_SECONDS = 20.0
FIRST_PRUNE_SECONDS = 300.0
PRUNE_SECONDS = 3600.0


class Incidents:
    """What is wrong now, for every tenant and for the platform itself."""

    def __init__(
        self, database: Database, clock: Clock, *, probes: Mapping[str, Probe] | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._probes = dict(probes or {})
        self._listeners: list[Listener] = []
        self._first_seen: float | None = None
        self._next_prune = time.monotonic() + FIRST_PRUNE_SECONDS
        self._away_since: tuple[float, datetime] | None = None

    def on_change(self, listener: Listener) -> None:
        """Call `listener` in the transaction that opens or closes an incident."""
        self._listeners.append(listener)

    async def open(
        self, tx: Tx, rule: str, subject: str, tenant_id: UUID, params: Params | None = None
    ) -> UUID | None:
        """Open an incident at once; None when it stands already. `rule` is a name of RULES."""
        now = self._clock.now()
        async with tx.system("incidents of any tenant, the platform's too"):
            standing = await tx.row(queries.FIND, tenant_id, rule, subject)
            reading = Reading(rule, tenant_id, subject, RULES[rule].open_at, params or {})
            if standing is not None and standing["state"] == "open":
                return None
            return await self._opened(tx, reading, standing, now)

    async def close(
        self, tx: Tx, rule: str, subject: str, tenant_id: UUID, params: Params | None = None
    ) -> bool:
        """Close it at once; False when nothing stood open."""
        async with tx.system("incidents of any tenant, the platform's too"):
            standing = await tx.row(queries.FIND, tenant_id, rule, subject)
            if standing is None or standing["state"] != "open":
                return False
            return await self._closed(tx, standing, self._clock.now(), params)

    async def listed(self, tx: Tx, *, limit: int = 50) -> list[Record]:
        """Return the tenant's incidents, open ones first."""
        return await tx.fetch(queries.LIST, tx.tenant_id, min(limit, 100))

    async def evaluate(self) -> int:
        """Read the rows, move every rule; return how many incidents opened or closed.

        Run it every 20 to 60 s in any number of processes: one at a time does the work. While the
        database is away nothing can be written; the absence is told once it is back.
        """
        started = time.monotonic()
        self._first_seen = self._first_seen or started
        try:
            async with self._database.system("rules look at every tenant's rows") as tx:
                if not await tx.value(queries.LOCK):
                    return 0
                moved = await self._evaluate(tx, settled=self._is_settled(started))
        except (Unavailable, *AWAY):
            self._away_since = self._away_since or (started, self._clock.now())
            metrics.INCIDENT_OPEN.labels("database_away").set(1)
            log.warning("incidents not evaluated, database away")
            return 0
        self._away_since = None
        return moved

    def _is_settled(self, now: float) -> bool:
        return now - (self._first_seen or now) >= GRACE_SECONDS

    async def _evaluate(self, tx: Tx, *, settled: bool) -> int:
        platform_id: UUID | None = await tx.value(queries.PLATFORM)
        found = await readings.take(tx, platform_id, settled=settled)
        if platform_id is not None:
            found += await readings.probe(platform_id, self._probes)
            found += self._absence(platform_id)
        await self._prune(tx)
        return await self.judge(tx, found, self._clock.now())

    async def _prune(self, tx: Tx) -> None:
        now = time.monotonic()
        if now >= self._next_prune:
            self._next_prune = now + PRUNE_SECONDS
            await tx.execute(queries.PRUNE)

    def _absence(self, platform_id: UUID) -> list[Reading]:
        if self._away_since is None:
            return []
        seconds = time.monotonic() - self._away_since[0]
        if seconds < AWAY_SECONDS:
            return []
        params = {"seconds": int(seconds)}
        return [Reading("database_away", platform_id, "database", 1, params)]

    async def judge(self, tx: Tx, found: list[Reading], now: datetime) -> int:
        """Move every rule by these readings; a standing subject nobody read stands at 0."""
        rows = await tx.fetch(queries.STANDING)
        standing = {_key(row): row for row in rows}
        read = {(r.tenant_id, r.rule, r.subject): r for r in found}
        moved = 0
        for key in standing.keys() | read.keys():
            reading = read.get(key) or Reading(key[1], key[0], key[2], 0.0)
            moved += await self._step(tx, reading, standing.get(key), now)
        return moved

    async def _step(self, tx: Tx, reading: Reading, row: Record | None, now: datetime) -> int:
        rule = RULES.get(reading.rule)
        if rule is None:
            return 0
        before = _standing(row)
        after, move = step(rule, before, reading.value, now)
        match move:
            case Move.OPEN:
                await self._opened(tx, reading, row, now)
            case Move.WATCH:
                await self._insert(tx, reading, "pending", now)
            case Move.FORGET if row is not None:
                await tx.execute(queries.FORGET, row["tenant_id"], row["id"])
            case Move.CALM | Move.WORSE if row is not None and after is not None:
                await tx.execute(queries.CALM, row["tenant_id"], row["id"], after.calm_since)
            case Move.CLOSE if row is not None:
                await self._closed(tx, row, now, None)
            case _:
                return 0
        return int(move in (Move.OPEN, Move.CLOSE))

    async def _opened(
        self, tx: Tx, reading: Reading, row: Record | None, now: datetime
    ) -> UUID | None:
        incident_id: UUID | None
        if row is None:
            incident_id = await self._insert(tx, reading, "open", now)
            if incident_id is None:
                return None
        else:
            incident_id = row["id"]
            body = orjson.dumps(dict(reading.params)).decode()
            args = (reading.tenant_id, incident_id, reading.value, body, now)
            await tx.execute(queries.OPEN, *args)
        where = {"rule": reading.rule, "subject": reading.subject, "incident": str(incident_id)}
        with bind(tenant=str(reading.tenant_id)):
            log.warning("incident opened", extra=where)
        change = Change(
            UUID(str(incident_id)),
            reading.tenant_id,
            reading.rule,
            reading.subject,
            reading.params,
            now if row is None else row["since"],
            trace=current_trace(),
        )
        await self._tell(tx, change)
        return incident_id

    async def _insert(self, tx: Tx, reading: Reading, state: str, now: datetime) -> UUID | None:
        opened_at = now if state == "open" else None
        body = orjson.dumps(dict(reading.params)).decode()
        what = (reading.rule, reading.subject, state, reading.value, body, current_trace())
        found: UUID | None = await tx.value(
            queries.INSERT, reading.tenant_id, new_id(), *what, now, opened_at
        )
        return found

    async def _closed(self, tx: Tx, row: Record, now: datetime, params: Params | None) -> bool:
        if await tx.value(queries.CLOSE, row["tenant_id"], row["id"], now) is None:
            return False
        where = {"rule": row["rule"], "subject": row["subject"], "incident": str(row["id"])}
        with bind(tenant=str(row["tenant_id"])):
            log.info("incident closed", extra=where)
        known = orjson.loads(row["params"]) | dict(params or {})
        opened_at = row["since"]
        key = _key(row)
        await self._tell(tx, Change(row["id"], *key, known, opened_at, now, row["trace"]))
        return True

    async def _tell(self, tx: Tx, change: Change) -> None:
        for listener in self._listeners:
            await listener(tx, change)


def _key(row: Record) -> Key:
    return row["tenant_id"], row["rule"], row["subject"]


def _standing(row: Record | None) -> Standing | None:
    if row is None:
        return None
    is_open = row["state"] == "open"
    return Standing(is_open=is_open, since=row["since"], calm_since=row["calm_since"])
