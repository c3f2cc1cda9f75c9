"""Records outcomes: the next state by rule, the news to subscribers, both in one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from services.channels.view import ChannelView
from services.connectors.base import Cost, Sent
from services.connectors.errors import (
    AuthExpired,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Reason,
)
from services.kit import metrics
from services.kit.clock import Clock
from services.kit.crypto import Keyring
from services.kit.db import AWAY, RETRYABLE, Database, Record, Tx
from services.kit.errors import Unavailable
from services.kit.tasks import spawn
from services.lanes.models import Lease
from services.outbox import rules, store
from services.outbox.brief import Briefing, brief_of
from services.outbox.calls import Outcome
from services.outbox.lane import OutLane
from services.outbox.models import Delivery, Settled, SettledSubscriber, State
from services.outbox.rules import Decision

log = logging.getLogger(__name__)

WAKE_DELAY = 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """A finished call on its way to the rows."""

    view: ChannelView
    delivery: Delivery
    outcome: Outcome
    seconds: float


class Settler:
    """Writes outcomes; `subscribers` is the live list of the service."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        keyring: Keyring,
        subscribers: Sequence[SettledSubscriber],
        suspend: Callable[[ChannelView, str], Awaitable[None]],
        *,
        briefings: Mapping[SettledSubscriber, Briefing],
        window_seconds: float,
    ) -> None:
        self._database = database
        self._clock = clock
        self._keyring = keyring
        self._subscribers = subscribers
        self._suspend = suspend
        self._briefings = briefings
        self._window_seconds = window_seconds

    async def record(self, lease: Lease, lane: OutLane, verdict: Verdict) -> None:
        """Write the outcome of a call and put the item where it belongs; tries again while the
        database is away.
        """
        self._heed(lane, verdict)
        decision = self._decide(verdict)
        settled = _settled(verdict, decision)
        await self._write(lease, settled, decision, lease.fence)
        self._count(verdict, decision)
        self._place(lane, verdict, decision)
        lease.wake.set()
        if isinstance(verdict.outcome.error, AuthExpired):
            await self._suspend(verdict.view, str(Reason.AUTH))

    def _heed(self, lane: OutLane, verdict: Verdict) -> None:
        """Learn at once whether the provider answers: writing the outcome takes a while."""
        if rules.is_silence(verdict.outcome.error):
            lane.breaker.failed(self._clock.monotonic(), verdict.delivery.order_key)
        else:
            lane.breaker.answered()

    def _decide(self, verdict: Verdict) -> Decision:
        delivery, outcome = verdict.delivery, verdict.outcome
        if outcome.sent is not None:
            return Decision(State.SENT)
        assert outcome.error is not None  # noqa: S101 - an outcome has one or the other
        age = (self._clock.now() - delivery.created_at).total_seconds()
        return rules.after_error(
            outcome.error,
            cls=delivery.cls,
            attempts=delivery.attempts,
            repeated=delivery.repeat,
            age_seconds=age,
            window_seconds=self._window_seconds,
            is_mendable=bool(delivery.target_kind and getattr(delivery.action, "media", ())),
        )

    async def _write(self, lease: Lease, settled: Settled, decision: Decision, fence: int) -> None:
        """Record for as long as the lane is ours; a database that is away comes back."""
        tell, pause = True, 0.1
        while True:
            try:
                await self._store(lease, settled, decision, fence, tell=tell)
            except (Unavailable, *AWAY, *RETRYABLE):
                if lease.lost:  # tried once: a success counts when nobody repeated
                    break
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)
            except Exception:
                # What the provider did is a fact, recorded even if a subscriber cannot digest it.
                log.exception(
                    "settled subscriber failed", extra={"delivery_id": str(settled.delivery.id)}
                )
                if not tell:
                    return
                tell = False
            else:
                return
        log.error("outcome not recorded", extra={"delivery_id": str(settled.delivery.id)})

    async def _store(
        self, lease: Lease, settled: Settled, decision: Decision, fence: int, *, tell: bool
    ) -> None:
        if tell and await self._briefly(settled, fence):
            return
        async with self._database.tenant(lease.tenant_id, lazy=True) as tx:
            written = await tx.fetch(
                store.SETTLE, *_arrays(settled, decision), fence, lease.tenant_id
            )
            if written and tell:
                await self.tell(tx, settled)

    async def _briefly(self, settled: Settled, fence: int) -> bool:
        """Record an arrival by one statement where its subscribers know how; False: at length."""
        delivery, sent = settled.delivery, settled.sent
        if settled.state is not State.SENT or settled.error is not None or sent is None:
            return False
        brief = brief_of(self._subscribers, self._briefings, settled)
        if brief is None:
            return False
        what = (_external(sent), store.parts_json(_parts(sent)))
        try:
            async with self._database.connection() as conn:
                await conn.fetch(
                    brief.sql, delivery.tenant_id, delivery.id, fence, *what, *brief.args
                )
        except AWAY:
            raise
        except asyncpg.PostgresError as error:
            extra = {"delivery_id": str(delivery.id), "error": type(error).__name__}
            log.warning("outcome not recorded briefly", extra=extra)
            return False
        return True

    async def tell(self, tx: Tx, settled: Settled) -> None:
        """Run the subscribers in the transaction that records an outcome."""
        for subscriber in self._subscribers:
            await subscriber(tx, settled)

    def _place(self, lane: OutLane, verdict: Verdict, decision: Decision) -> None:
        now = self._clock.monotonic()
        error = verdict.outcome.error
        if isinstance(error, RateLimited):
            lane.pace.block(error.bucket, now + (error.retry_after_seconds or 1.0))
        if isinstance(error, AuthExpired):
            lane.paused_until = now + WAKE_DELAY
        if verdict.outcome.sent is not None and verdict.outcome.sent.slow_down_seconds:
            lane.pace.block("", now + verdict.outcome.sent.slow_down_seconds)
        if decision.state is State.RETRY:
            lane.again(verdict.delivery.id, now + decision.delay_seconds)
        else:
            lane.done(verdict.delivery.id)

    def _count(self, verdict: Verdict, decision: Decision) -> None:
        view, delivery = verdict.view, verdict.delivery
        reason = str(decision.reason or "")
        cls, state = delivery.cls.name.lower(), str(decision.state)
        age = (self._clock.now() - delivery.created_at).total_seconds()
        metrics.delivery(view.provider, cls, state, reason)
        metrics.settled(cls, state, age)
        if delivery.attempts == 1:
            metrics.lane_delay("out", age - verdict.seconds)
        kind = type(delivery.action).__struct_config__.tag
        metrics.provider_call(view.provider, str(kind), verdict.seconds, str(decision.state))
        if verdict.outcome.sent is not None:
            metrics.channel_success(str(view.id))
        else:
            metrics.channel_error(str(view.id), reason)

    async def orphans(self, lease: Lease, rows: Sequence[Record]) -> None:
        """Settle what a dead owner was calling: it left or not, nobody can tell (LANES 5.3)."""
        keys = await self._keyring.of(lease.tenant_id)
        async with self._database.tenant(lease.tenant_id) as tx:
            full = await tx.fetch(
                store.ORPHANS, lease.tenant_id, [row["delivery_id"] for row in rows]
            )
        for row in full:
            delivery = store.to_delivery(row, keys)
            decision = rules.after_unknown(delivery.cls, repeated=delivery.repeat)
            error = OutcomeUnknown("owner died")
            settled = Settled(delivery, decision.state, decision.reason, error=error)
            await self._write(lease, settled, decision, row["fence"])

    def give_up_claim(
        self, lease: Lease, lane: OutLane, delivery: Delivery, costs: Sequence[Cost]
    ) -> None:
        """The lease ran out between the claim and the call: the call never left, so the row goes
        back to due. Until it has, the item counts as called: a claim would not find its row.
        """
        lane.pace.give_back(costs)
        spawn(self._give_up(lease, lane, delivery), "outbox.unclaim")

    async def _give_up(self, lease: Lease, lane: OutLane, delivery: Delivery) -> None:
        settled = Settled(delivery, State.RETRY)
        decision = Decision(State.RETRY, None, 0.0, counted=False)
        try:
            await self._store(lease, settled, decision, lease.fence, tell=False)
        except BaseException:
            lane.suspect = True  # the row is found by a later look
            raise
        finally:
            lane.again(delivery.id, 0.0)
            lease.wake.set()

    async def stop(self, tx: Tx, settled: Settled) -> None:
        """Record, in the claiming transaction, that a delivery is not called at all."""
        decision = Decision(settled.state, settled.reason)
        await tx.fetch(store.SETTLE, *_arrays(settled, decision), 0, tx.tenant_id)
        await self.tell(tx, settled)


def _settled(verdict: Verdict, decision: Decision) -> Settled:
    outcome = verdict.outcome
    return Settled(verdict.delivery, decision.state, decision.reason, outcome.sent, outcome.error)


def _arrays(settled: Settled, decision: Decision) -> list[list[object]]:
    sent = settled.sent or Sent()
    error: ConnectorError | None = settled.error
    return [
        [settled.delivery.id],
        [str(decision.state)],
        [str(decision.reason or "")],
        [error.detail[:300] if error else ""],
        [0 if decision.counted else 1],
        [decision.repeat],
        [_external(sent)],
        [store.parts_json(_parts(sent))],
        [decision.delay_seconds],
        [error.status if error else 0],
    ]


def _external(sent: Sent) -> str:
    return (sent.external_id or sent.thread_id)[:100]


def _parts(sent: Sent) -> Sequence[str]:
    return sent.parts or ((sent.external_id,) if sent.external_id else ())
