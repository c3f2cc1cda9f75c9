"""Drains inbox lanes: read in order, run subscribers and mark done in one transaction, retry,
park.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

import msgspec

from services.channels.view import ChannelCache, ChannelView
from services.connectors.base import RawEvent
from services.connectors.errors import Reason, Unreadable
from services.connectors.messages import Inbound, Message
from services.connectors.registry import Registry
from services.inbox import failing, rules
from services.inbox.models import Event, Subscriber
from services.inbox.shortcut import Planner, Shortcut, take
from services.kit import metrics
from services.kit.crypto import Keyring, Undecipherable
from services.kit.db import AWAY, RETRYABLE, Database, Record, Tx
from services.kit.errors import Unavailable
from services.kit.ids import new_id
from services.kit.log import bind
from services.lanes.models import STALE_LOOK_SECONDS, Lease
from services.lanes.runner import LaneRunner
from services.lanes.store import ADVANCE, LeaseLost

log = logging.getLogger(__name__)

BATCH = 50
RANK_INBOX_LANES = 10
ALONE_SECONDS = 12.0
"""How long a head that died in its trial waits for the calls under way."""

READ = "SELECT * FROM vishenka_read($1, $2, $3, $4)"
PARK = """
INSERT INTO parked (tenant_id, lane, seq, id, channel_id, reason, detail, attempts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
"""

Wanted = Callable[[type], Sequence[Subscriber]]
Planners = Callable[[type], Planner | None]


class InboxWork:
    """The lane work of kinds BOT and IN."""

    def __init__(
        self,
        database: Database,
        runner: LaneRunner,
        channels: ChannelCache,
        registry: Registry,
        keyring: Keyring,
        subscribers: Wanted,
        planners: Planners,
    ) -> None:
        self._database = database
        self._runner = runner
        self._channels = channels
        self._registry = registry
        self._keyring = keyring
        self._subscribers = subscribers
        self._planners = planners
        self._suspects = asyncio.Lock()
        self._tried: dict[int, int] = {}
        """Per lane the head this process has counted as a suspect, and outlived so far."""

    def seen(self, lease: Lease) -> int:
        """Return the last row known; numbers burnt by duplicates count as seen."""
        return int(lease.state or lease.done_seq)

    def is_busy(self, lease: Lease) -> bool:
        """Say whether work outlives `drain`: it never does here."""
        del lease
        return False

    async def drain(self, lease: Lease) -> float | None:
        """Work through waiting events; return the pause before a failed head is tried again."""
        while self._runner.usable(lease):
            wait = lease.retry_at - self._runner.monotonic()
            if wait > 0:  # a ring for newer rows does not shorten the pause of the head
                return wait
            rows, last = await self._read(lease)
            if not rows:
                lease.state, lease.crashed = last, False  # nothing was in the hands of who died
                return None
            pause = await self._batch(lease, rows)
            lease.state = last if len(rows) < BATCH else lease.state
            if pause is not None:
                return pause
            if len(rows) < BATCH and not lease.wake.is_set():
                return None  # nothing came meanwhile: there is nothing more to read
            lease.wake.clear()
        return STALE_LOOK_SECONDS

    async def _read(self, lease: Lease) -> tuple[list[Record], int]:
        """Return rows and the counter: what it covers is committed, so none is missing."""
        async with self._database.connection() as conn:
            found = await conn.fetch(READ, lease.tenant_id, lease.lane, lease.done_seq, BATCH)
        rows = [row for row in found if row["seq"] is not None]
        return rows, found[0]["last_seq"] if found else lease.done_seq

    async def _batch(self, lease: Lease, rows: Sequence[Record]) -> float | None:
        channel = await self._channels.by_id(rows[0]["channel_id"])
        if channel is None:
            raise LookupError("channel of a lane is gone")
        if (
            not lease.crashed
            and lease.head_attempts == 0
            and await self._at_once(lease, channel, rows)
        ):
            return None
        for row in rows:
            pause = await self._single(lease, channel, row)
            if pause is not None:
                return pause
        lease.crashed = False
        return None

    async def _at_once(self, lease: Lease, channel: ChannelView, rows: Sequence[Record]) -> bool:
        """Do all of them by one commit; False when one of the rows is bad: find it one by one."""
        try:
            async with self._runner.gate.entered():
                if len(rows) > 1 or not await self._shortly(lease, channel, rows[0]):
                    await self._together(lease, channel, rows)
        except (LeaseLost, Unavailable, *AWAY, *RETRYABLE):
            raise
        except Exception as error:  # noqa: BLE001 - any failure of a subscriber
            log.info(
                "batch failed, going singly",
                extra={"lane": lease.lane, "error": type(error).__name__},
            )
            return False
        return True

    async def _shortly(self, lease: Lease, channel: ChannelView, row: Record) -> bool:
        """Do all of one event in one statement, where its subscriber knows how."""
        try:
            way = await self._short_way(channel, row)
        except Exception:  # noqa: BLE001 - whatever it is, the long way meets it again and counts it
            return False
        if way is None or not await take(self._database, lease, row["seq"], way):
            return False
        lease.done_seq = row["seq"]
        metrics.lane_delay("in", time.time() - row["received_at"].timestamp())
        return True

    async def _short_way(self, channel: ChannelView, row: Record) -> Shortcut | None:
        if channel.is_bot:
            return None
        event = await self.event(channel, row)
        with bind(trace=event.trace, tenant=str(channel.tenant_id)):
            found = self._registry[channel.provider].parse(channel.account, event.raw)
            planner = self._planners(type(found[0])) if len(found) == 1 else None
            return planner(event, found[0]) if planner is not None else None

    async def _together(self, lease: Lease, channel: ChannelView, rows: Sequence[Record]) -> None:
        """Run all waiting rows in one transaction, sorted by the provider's time and id."""
        async with self._database.tenant(lease.tenant_id) as tx:
            for row in sorted(rows, key=rules.provider_order):
                await self._handle(tx, channel, row)
            self._mark_done(tx, lease, rows[-1]["seq"])
        lease.done_seq = rows[-1]["seq"]
        lease.head_crashes = 0

    async def _single(self, lease: Lease, channel: ChannelView, row: Record) -> float | None:
        if not lease.crashed:
            async with self._runner.gate.entered():
                return await self._try(lease, channel, row)
        if lease.head_crashes:  # died when it was the only suspect: now as the only work at all
            async with self._runner.gate.alone(ALONE_SECONDS):
                return await self._on_trial(lease, channel, row)
        # One suspect at a time: should it kill the process, only it was counted.
        async with self._suspects, self._runner.gate.entered():
            return await self._on_trial(lease, channel, row)

    async def _on_trial(self, lease: Lease, channel: ChannelView, row: Record) -> float | None:
        """Count the head before the work, once in a process's life; park it when it has killed too
        often.
        """
        if not self._runner.usable(lease):
            raise LeaseLost
        if self._tried.get(lease.lane) != row["seq"]:
            lease.head_crashes = await self._runner.store.suspect(lease.lane, lease.fence)
            self._tried[lease.lane] = row["seq"]
            if rules.is_killer(lease.head_crashes):
                await self._park(lease, row, Reason.CRASHED, "process died", lease.head_crashes)
                return None
        return await self._try(lease, channel, row)

    async def _try(self, lease: Lease, channel: ChannelView, row: Record) -> float | None:
        if not self._runner.usable(lease):
            raise LeaseLost
        try:
            async with self._database.tenant(lease.tenant_id) as tx:
                await self._handle(tx, channel, row)
                self._mark_done(tx, lease, row["seq"])
        except (LeaseLost, Unavailable, *AWAY, *RETRYABLE):
            raise
        except (Unreadable, Undecipherable) as error:
            await self._park(lease, row, Reason.UNREADABLE, type(error).__name__, 1)
            return None
        except Exception as error:  # noqa: BLE001 - any failure of a subscriber counts as an attempt
            return await self._failed(lease, row, error)
        self._passed(lease, row)
        return None

    def _passed(self, lease: Lease, row: Record) -> None:
        lease.done_seq = row["seq"]
        lease.head_attempts = lease.head_crashes = 0
        self._tried.pop(lease.lane, None)

    async def _failed(self, lease: Lease, row: Record, error: Exception) -> float | None:
        metrics.retry("in")
        pause = rules.backoff(lease.head_attempts + 1)
        attempts = await self._runner.store.failed(lease.lane, lease.fence, pause)
        lease.head_attempts, lease.head_crashes = attempts, 0
        failing.tell(lease, row, attempts, error)
        if not rules.is_poison(attempts):
            lease.retry_at = self._runner.monotonic() + pause
            return pause
        await self._park(lease, row, Reason.POISON, type(error).__name__, attempts)
        return None

    async def _park(
        self, lease: Lease, row: Record, reason: Reason, detail: str, attempts: int
    ) -> None:
        async with self._database.tenant(lease.tenant_id) as tx:
            await tx.execute(
                PARK,
                lease.tenant_id,
                lease.lane,
                row["seq"],
                new_id(),
                row["channel_id"],
                reason,
                detail[:300],
                attempts,
            )
            self._mark_done(tx, lease, row["seq"])
        self._passed(lease, row)
        log.warning(
            "event parked", extra={"lane": lease.lane, "seq": row["seq"], "reason": str(reason)}
        )

    def _mark_done(self, tx: Tx, lease: Lease, seq: int) -> None:
        async def advance(tx: Tx) -> None:
            if await tx.value(ADVANCE, lease.lane, lease.fence, seq) is None:
                raise LeaseLost

        tx.before_commit(RANK_INBOX_LANES, advance)

    async def _handle(self, tx: Tx, channel: ChannelView, row: Record) -> None:
        event = await self.event(channel, row)
        kind = "bot" if channel.is_bot else "in"
        metrics.lane_delay(kind, time.time() - event.received_at.timestamp())
        with bind(trace=event.trace, tenant=str(channel.tenant_id)):
            connector = self._registry[channel.provider]
            if channel.is_bot:
                await self._hand_over(tx, event, event.raw)
                return
            for message in connector.parse(channel.account, event.raw):
                await self._hand_over(tx, event, _stamped(message, str(channel.id)))

    async def _hand_over(self, tx: Tx, event: Event, message: object) -> None:
        for subscriber in self._subscribers(type(message)):
            await subscriber(tx, event, message)

    async def event(self, channel: ChannelView, row: Record) -> Event:
        """Return a stored row as an event. Raises Unreadable when its body has been erased or does
        not open.
        """
        if row["body"] is None:
            raise Unreadable("body erased")
        keys = await self._keyring.of(channel.tenant_id)
        body = keys.open("inbox:body", f"{channel.id}:{row['event_key']}", row["body"])
        raw = RawEvent(key=row["event_key"], lane=row["lane_name"], body=body, at=row["at"])
        return Event(channel, raw, row["seq"], row["source"], row["received_at"], row["trace"])


def _stamped(message: Inbound, channel_id: str) -> Inbound:
    """Note on each attachment which channel can fetch it; connectors do not know themselves."""
    if not isinstance(message, Message) or not message.media:
        return message
    media = tuple(msgspec.structs.replace(one, origin=channel_id) for one in message.media)
    return msgspec.structs.replace(message, media=media)
