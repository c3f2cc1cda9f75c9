"""Turns waiting notices into copies, and copies whose hour has come into deliveries.

Each notice is made inside a savepoint of its own: one that fails is counted, tried again later and
parked at last; the others of the batch are told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from services.connectors.messages import Address, OutboundMessage
from services.incidents.rules import Audience
from services.kit import metrics
from services.kit.clock import Clock
from services.kit.db import AWAY, Database, Record, Tx
from services.kit.errors import Unavailable
from services.kit.ids import new_id
from services.notices import queries, rules
from services.notices.keyboards import Told, buttons_of
from services.notices.models import PURPOSE, CopyState, Kind, NoticeState
from services.notices.mutes import FORGET
from services.notices.ports import Subjects
from services.notices.words import Fact, text_of
from services.outbox.models import Class, NewDelivery
from services.outbox.service import Outbox

log = logging.getLogger(__name__)

BATCH = 50
MAX_TRIES = 5

Work = Callable[[], AsyncIterator[NewDelivery]]


@dataclass(frozen=True, slots=True)
class Bot:
    """The master bot: whose transaction and which channel carry copies."""

    tenant_id: UUID
    channel_id: UUID


class Pump:
    """Safe in any number of processes and as often as one likes: rows are taken with SKIP LOCKED,
    a person's copy is unique per notice, a delivery per copy.
    """

    def __init__(
        self, database: Database, outbox: Outbox, *, subjects: Subjects, clock: Clock
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._subjects = subjects
        self._clock = clock
        self._lock = asyncio.Lock()

    async def run(self) -> int:
        """Do what waits; return how many deliveries were made."""
        async with self._lock:
            bot = await self._bot()
            if bot is None:
                return 0
            made = 0
            async with (
                self._database.tenant(bot.tenant_id) as tx,
                tx.system("notices of every tenant"),
            ):
                for row in await tx.fetch(queries.WAITING, BATCH):
                    made += await self._make(tx, row, _Maker(self, tx, bot, row).copies)
                for row in await tx.fetch(queries.HELD, bot.tenant_id, BATCH, self._clock.now()):
                    made += await self._make(tx, row, _Maker(self, tx, bot, row).wake)
            return made

    async def _bot(self) -> Bot | None:
        async with self._database.system("the platform's bot") as tx:
            await tx.execute(queries.TOO_OLD)
            await tx.execute(FORGET)
            row = await tx.row(queries.MASTER)
        return Bot(row["tenant_id"], row["id"]) if row is not None else None

    async def _make(
        self, tx: Tx, row: Record, work: Callable[[], AsyncIterator[NewDelivery]]
    ) -> int:
        """Make one notice's or copy's deliveries, all or none of them."""
        try:
            async with _savepoint(tx):
                found = [new async for new in work()]
        except (Unavailable, *AWAY):
            raise
        except Exception as error:
            # One notice's failure is not the others'.
            log.exception("notice not made", extra={"notice": str(row["id"]), "rule": row["rule"]})
            await self._failed(tx, row, type(error).__name__)
            return 0
        for new in found:
            self._outbox.add(tx, new)
        return len(found)

    async def _failed(self, tx: Tx, row: Record, reason: str) -> None:
        is_copy = "copy_id" in row.keys()  # noqa: SIM118 - a record is no mapping
        sql, key = (queries.COPY_FAILED, "copy_id") if is_copy else (queries.FAILED, "id")
        await tx.execute(sql, row[key], reason[:80], MAX_TRIES)
        metrics.RETRIES.labels("notice").inc()


class _Maker:
    """Makes the deliveries of one row."""

    def __init__(self, pump: Pump, tx: Tx, bot: Bot, row: Record) -> None:
        self._tx, self._bot, self._row = tx, bot, row
        self._subjects, self._clock = pump._subjects, pump._clock

    async def copies(self) -> AsyncIterator[NewDelivery]:
        """A waiting notice: one copy per person, those in their quiet are held."""
        people = await self._people()
        for person in people:
            new = await self._copy_for(person)
            if new is not None:
                yield new
        state = NoticeState.TOLD if people else NoticeState.DROPPED
        await self._tx.execute(queries.DONE, self._row["tenant_id"], self._row["id"], str(state))

    async def _people(self) -> list[Record]:
        notice = self._row
        audience = notice["audience"]
        wants = (audience != Audience.ADMINS, audience != Audience.OWNER)
        about = (notice["rule"], notice["subject"])
        rows = await self._tx.fetch(
            queries.PEOPLE, notice["tenant_id"], *wants, self._bot.tenant_id, *about
        )
        people = list({row["id"]: row for row in rows}.values())
        if notice["kind"] != Kind.CLEAR:
            return people
        alerted = await self._tx.fetch(queries.ALERTED, self._bot.tenant_id, notice["incident_id"])
        told = {row["user_id"] for row in alerted}
        return [person for person in people if person["id"] in told]

    async def _copy_for(self, person: Record) -> NewDelivery | None:
        notice, tenant_id = self._row, self._bot.tenant_id
        if notice["kind"] == Kind.CLEAR and await self._tx.value(
            queries.DROP_HELD, tenant_id, notice["incident_id"], person["id"]
        ):
            return None  # over before the person's quiet was: nothing to take back
        now = self._clock.now()
        due = self._due(person, now)
        state = CopyState.QUEUED if due <= now else CopyState.HELD
        copy_id, chat = new_id(), str(person["telegram_user_id"])
        about = (notice["id"], notice["incident_id"], notice["kind"], person["id"], chat)
        args = (tenant_id, copy_id, *about, str(state), due)
        if await self._tx.value(queries.COPY, *args) is None or state is CopyState.HELD:
            return None
        return await self._delivery(copy_id, chat, person)

    def _due(self, person: Record, now: datetime) -> datetime:
        quiet = rules.quiet_of(orjson.loads(person["settings"]), person["zone"])
        due = rules.due_at(now, quiet, urgent=self._row["urgent"])
        muted = person["muted_until"] if self._row["kind"] != Kind.CLEAR else None
        return max(due, muted) if muted is not None else due

    async def wake(self) -> AsyncIterator[NewDelivery]:
        """A held copy whose hour has come; what is over by now is never told."""
        row = self._row
        is_over = await self._is_over()
        state = CopyState.DROPPED if is_over else CopyState.QUEUED
        await self._tx.execute(queries.COPY_STATE, self._bot.tenant_id, row["copy_id"], str(state))
        if not is_over:
            yield await self._delivery(row["copy_id"], row["chat_id"], row)

    async def _is_over(self) -> bool:
        row = self._row
        if row["kind"] == Kind.ALERT:
            return row["closed_at"] is not None
        about = (row["tenant_id"], row["rule"], row["subject"])
        return row["kind"] == Kind.NEWS and not await self._subjects.stands(self._tx, *about)

    async def _delivery(self, copy_id: UUID, chat: str, person: Record) -> NewDelivery:
        notice, locale, zone = self._row, person["locale"], person["zone"]
        fact = Fact(
            notice["kind"],
            notice["rule"],
            notice["subject"],
            orjson.loads(notice["params"]),
            notice["opened_at"],
            notice["closed_at"],
            notice["trace"],
        )
        about = (notice["tenant_id"], fact.rule, fact.subject)
        url = await self._subjects.link(self._tx, *about)
        page = await self._subjects.page(self._tx, *about) if person["is_member"] else ""
        until = rules.mute_end(self._clock.now(), zone)
        action = OutboundMessage(
            to=Address(chat_id=chat),
            text=text_of(fact, locale, zone),
            buttons=buttons_of(fact, Told(copy_id, locale, zone, url, until, page)),
        )
        return NewDelivery(
            channel_id=self._bot.channel_id,
            action=action,
            idempotency_key=f"notice:{copy_id}",
            order_key=f"notice:{chat}",
            purpose=PURPOSE,
            cls=Class.SERVICE,
            target_kind=PURPOSE if fact.kind == Kind.CLEAR else "",
            target_id=copy_id,
            ref=copy_id,
            trace=fact.trace,
        )


@asynccontextmanager
async def _savepoint(tx: Tx) -> AsyncIterator[None]:
    await tx.execute("SAVEPOINT notice")
    try:
        yield
    except BaseException:
        await tx.execute("ROLLBACK TO SAVEPOINT notice")
        raise
    await tx.execute("RELEASE SAVEPOINT notice")
