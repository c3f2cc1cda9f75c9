"""Notices: rows first, then copies for people, then answers to what became of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import orjson

from services.connectors.messages import OutboundMessage
from services.incidents.models import Change, Params
from services.incidents.rules import RULES, Audience
from services.incidents.service import Incidents
from services.kit.clock import Clock
from services.kit.db import AWAY, Database, Tx
from services.kit.errors import Unavailable
from services.kit.ids import new_id
from services.kit.log import current_trace
from services.kit.tasks import spawn
from services.notices import queries
from services.notices.models import PURPOSE, CopyState, Kind
from services.notices.mutes import Muted, Mutes
from services.notices.ports import NoSubjects, Subjects
from services.notices.pump import Pump
from services.outbox.brief import NOTHING_MORE, Brief
from services.outbox.models import Delivery, Go, Settled, State, Stop
from services.outbox.service import Outbox

log = logging.getLogger(__name__)

PAIRS: Mapping[str, tuple[str, bool]] = {
    "workspace_lost": ("workspace_unreachable", True),
    "workspace_back": ("workspace_unreachable", False),
}
"""News that open or close an incident: a feature sees at once what rows show a bit later."""

CAN_WAIT = frozenset({"unanswered", "unanswered_many"})
"""News that wait for the end of a person's quiet hours; others are urgent."""


@dataclass(frozen=True, slots=True)
class _New:
    """A notice to write."""

    kind: Kind
    rule: str
    subject: str
    params: Params
    audience: Audience = Audience.OWNER
    urgent: bool = True
    incident_id: UUID | None = None
    trace: str = ""


class Notices:
    """Tells owners and the platform's admins. `subjects`: knows what notices are about."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        *,
        incidents: Incidents,
        clock: Clock,
        subjects: Subjects | None = None,
    ) -> None:
        self._outbox = outbox
        self._incidents = incidents
        self._clock = clock
        self._mutes = Mutes()
        self._pump = Pump(database, outbox, subjects=subjects or NoSubjects(), clock=clock)

    def subscribe(self) -> None:
        """Hear incidents, outcomes and late addressing. Call once, at the wiring."""
        self._incidents.on_change(self.changed)
        self._outbox.on_settled(self.settle, _brief)
        self._outbox.resolver(PURPOSE, self.resolve)

    async def tell(
        self, tx: Tx, tenant_id: UUID, rule: str, subject: str, params: Mapping[str, Any]
    ) -> bool:
        """Tell the owners once per rule and subject (again after ten minutes at the earliest);
        False when they were told just before.

        Texts: `notices.<rule>.head` and `.body` of the catalogues. News of PAIRS are incidents.
        """
        if rule in PAIRS:
            name, is_open = PAIRS[rule]
            act = self._incidents.open if is_open else self._incidents.close
            await act(tx, name, subject, tenant_id, params)
            return True
        async with tx.system("notices of any tenant"):
            if await tx.value(queries.TOLD_LATELY, tenant_id, rule, subject) is not None:
                return False
            waits, trace = rule in CAN_WAIT, current_trace()
            news = _New(Kind.NEWS, rule, subject, params, urgent=not waits, trace=trace)
            await self._add(tx, tenant_id, news)
            return True

    async def changed(self, tx: Tx, change: Change) -> None:
        """Write the notice of an incident that opened or closed, with its transaction."""
        rule = RULES[change.rule]
        kind = Kind.ALERT if change.closed_at is None else Kind.CLEAR
        new = _New(
            kind,
            change.rule,
            change.subject,
            change.params,
            audience=rule.audience,
            urgent=rule.urgent,
            incident_id=change.incident_id,
            trace=change.trace,
        )
        await self._add(tx, change.tenant_id, new)

    async def _add(self, tx: Tx, tenant_id: UUID, new: _New) -> None:
        body = orjson.dumps(dict(new.params)).decode()
        what = (str(new.kind), new.rule, new.subject[:80], body, str(new.audience), new.urgent)
        args = (tenant_id, new_id(), *what, new.incident_id, new.trace)
        await tx.execute(queries.ADD, *args)
        tx.after_commit(self._ring)

    def _ring(self) -> None:
        spawn(self.pump_quietly(), "notices.pump")

    async def pump_quietly(self) -> None:
        """Pump, and leave the rest to the next minute when the database is away."""
        try:
            await self.pump()
        except (Unavailable, *AWAY):
            log.warning("notices wait, database away")

    async def pump(self) -> int:
        """Turn what waits into deliveries; return how many (see `Pump`)."""
        return await self._pump.run()

    # ---- what people press ----

    async def mute(self, tx: Tx, copy_id: UUID, user_id: UUID, until: datetime) -> Muted | None:
        """Tell this person nothing more of it until then; None for anybody else's copy and a
        moment gone by (the platform's transaction).
        """
        return await self._mutes.mute(tx, copy_id, user_id, until=until, now=self._clock.now())

    async def unmute(self, tx: Tx, copy_id: UUID, user_id: UUID) -> Muted | None:
        """Undo it; returns the mute that may be had next."""
        found = await self._mutes.unmute(tx, copy_id, user_id, now=self._clock.now())
        tx.after_commit(self._ring)
        return found

    async def retell(self, tx: Tx) -> int:
        """Try what was parked again, every tenant's; return how many (the platform's admins)."""
        async with tx.system("an admin tries parked notices again"):
            rows = await tx.fetch(queries.RETELL)
        tx.after_commit(self._ring)
        return len(rows)

    # ---- the pipeline ----

    async def resolve(self, tx: Tx, delivery: Delivery) -> Go | Stop:
        """Make an all clear an answer to its alert, which has gone out before: one order key."""
        alert = await tx.value(queries.ANSWERED, tx.tenant_id, delivery.target_id)
        if alert and isinstance(delivery.action, OutboundMessage):
            return Go(_answering(delivery.action, alert))
        return Go(delivery.action)

    async def settle(self, tx: Tx, settled: Settled) -> None:
        """Keep the message id of a copy that went out; note one that did not."""
        if settled.delivery.purpose != PURPOSE or settled.state is State.RETRY:
            return
        is_sent = settled.state is State.SENT
        state = CopyState.SENT if is_sent else CopyState.FAILED
        external = settled.sent.external_id if settled.sent is not None else ""
        await tx.execute(queries.SETTLE, tx.tenant_id, settled.delivery.ref, str(state), external)


def _brief(settled: Settled) -> Brief | None:
    return NOTHING_MORE if settled.delivery.purpose != PURPOSE else None


def _answering(action: OutboundMessage, external_id: str) -> OutboundMessage:
    return msgspec.structs.replace(action, reply_to=external_id)
