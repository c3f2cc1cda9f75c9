"""Notices: rows first, then copies for people, then answers to what became of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import orjson

from services.connectors.messages import Address, Button, OutboundMessage
from services.incidents.models import Change, Params
from services.incidents.rules import RULES, Audience
from services.incidents.service import Incidents
from services.kit.clock import Clock
from services.kit.db import AWAY, Database, Record, Tx
from services.kit.errors import Unavailable
from services.kit.i18n import t
from services.kit.ids import new_id
from services.kit.log import current_trace
from services.kit.tasks import spawn
from services.notices import queries, rules
from services.notices.models import PURPOSE, CopyState, Kind, NoticeState
from services.notices.words import Fact, text_of
from services.outbox.models import Class, Delivery, Go, NewDelivery, Settled, State, Stop
from services.outbox.service import Outbox

log = logging.getLogger(__name__)

BATCH = 50
PAIRS: Mapping[str, tuple[str, bool]] = {
    "workspace_lost": ("workspace_unreachable", True),
    "workspace_back": ("workspace_unreachable", False),
}
"""News that open or close an incident: a feature sees at once what rows show a bit later."""

ACTS: Mapping[str, tuple[str, str]] = {
    "channel_auth_lost": ("keys", "button.rekey"),
    "unanswered": ("take", "notices.button.take"),
}
"""What a person can do about it at once: the verb of `n:<verb>:<subject>` and the label's key.

The data proves nothing: whoever presses is asked for the right to do so.
"""

Link = Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class _Bot:
    """The master bot: whose transaction and which channel carry copies."""

    tenant_id: UUID
    channel_id: UUID


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
    """Tells owners and the platform's admins. `link`: the address of what a notice is about."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        *,
        incidents: Incidents,
        clock: Clock,
        link: Link | None = None,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._incidents = incidents
        self._clock = clock
        self._link = link
        self._lock = asyncio.Lock()

    def subscribe(self) -> None:
        """Hear incidents, outcomes and late addressing. Call once, at the wiring."""
        self._incidents.on_change(self.changed)
        self._outbox.on_settled(self.settle)
        self._outbox.resolver(PURPOSE, self.resolve)

    async def tell(
        self, tx: Tx, tenant_id: UUID, rule: str, subject: str, params: Mapping[str, Any]
    ) -> None:
        """Tell the owners once per rule and subject (again after ten minutes at the earliest).

        Texts: `notices.<rule>.head` and `.body` of the catalogues. News of PAIRS are incidents.
        """
        if rule in PAIRS:
            name, is_open = PAIRS[rule]
            act = self._incidents.open if is_open else self._incidents.close
            await act(tx, name, subject, tenant_id, params)
            return
        async with tx.system("notices of any tenant"):
            if await tx.value(queries.TOLD_LATELY, tenant_id, rule, subject) is None:
                news = _New(Kind.NEWS, rule, subject, params, trace=current_trace())
                await self._add(tx, tenant_id, news)

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
        """Turn waiting notices and copies whose hour has come into deliveries; return how many.

        Safe in any number of processes and as often as one likes: rows are taken with SKIP LOCKED,
        a person's copy is unique per notice, a delivery per copy.
        """
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
                    made += await self._copy(tx, bot, row)
                for row in await tx.fetch(queries.HELD, bot.tenant_id, BATCH):
                    made += await self._wake(tx, bot, row)
            return made

    async def _bot(self) -> _Bot | None:
        async with self._database.system("the platform's bot") as tx:
            await tx.execute(queries.TOO_OLD)
            row = await tx.row(queries.MASTER)
        return _Bot(row["tenant_id"], row["id"]) if row is not None else None

    async def _copy(self, tx: Tx, bot: _Bot, notice: Record) -> int:
        people = await self._people(tx, bot, notice)
        made = 0
        for person in people:
            made += await self._copy_for(tx, bot, notice, person)
        state = NoticeState.TOLD if people else NoticeState.DROPPED
        await tx.execute(queries.DONE, notice["tenant_id"], notice["id"], str(state))
        return made

    async def _people(self, tx: Tx, bot: _Bot, notice: Record) -> list[Record]:
        audience = notice["audience"]
        wants = (audience != Audience.ADMINS, audience != Audience.OWNER)
        rows = await tx.fetch(queries.PEOPLE, notice["tenant_id"], *wants, bot.tenant_id)
        people = list({row["id"]: row for row in rows}.values())
        if notice["kind"] != Kind.CLEAR:
            return people
        alerted = await tx.fetch(queries.ALERTED, bot.tenant_id, notice["incident_id"])
        told = {row["user_id"] for row in alerted}
        return [person for person in people if person["id"] in told]

    async def _copy_for(self, tx: Tx, bot: _Bot, notice: Record, person: Record) -> int:
        if notice["kind"] == Kind.CLEAR and await tx.value(
            queries.DROP_HELD, bot.tenant_id, notice["incident_id"], person["id"]
        ):
            return 0  # over before the person's quiet hours were: nothing to take back
        now = self._clock.now()
        quiet = rules.quiet_of(orjson.loads(person["settings"]), person["zone"])
        due = rules.due_at(now, quiet, urgent=notice["urgent"])
        state = CopyState.QUEUED if due <= now else CopyState.HELD
        copy_id, chat = new_id(), str(person["telegram_user_id"])
        about = (notice["id"], notice["incident_id"], notice["kind"], person["id"], chat)
        if await tx.value(queries.COPY, bot.tenant_id, copy_id, *about, str(state), due) is None:
            return 0
        if state is CopyState.HELD:
            return 0
        self._queue(tx, bot, copy_id, chat, notice, person)
        return 1

    async def _wake(self, tx: Tx, bot: _Bot, row: Record) -> int:
        is_over = row["kind"] == Kind.ALERT and row["closed_at"] is not None
        state = CopyState.DROPPED if is_over else CopyState.QUEUED
        await tx.execute(queries.COPY_STATE, bot.tenant_id, row["copy_id"], str(state))
        if is_over:
            return 0
        self._queue(tx, bot, row["copy_id"], row["chat_id"], row, row)
        return 1

    def _queue(
        self, tx: Tx, bot: _Bot, copy_id: UUID, chat: str, notice: Record, person: Record
    ) -> None:
        fact = Fact(
            notice["kind"],
            notice["rule"],
            notice["subject"],
            orjson.loads(notice["params"]),
            notice["opened_at"],
            notice["closed_at"],
            notice["trace"],
        )
        locale = person["locale"]
        action = OutboundMessage(
            to=Address(chat_id=chat),
            text=text_of(fact, locale, person["zone"]),
            buttons=self._buttons(fact, locale),
        )
        new = NewDelivery(
            channel_id=bot.channel_id,
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
        self._outbox.add(tx, new)

    def _buttons(self, fact: Fact, locale: str) -> tuple[tuple[Button, ...], ...]:
        act = ACTS.get(fact.rule) if fact.kind != Kind.CLEAR else None
        if act is not None:
            verb, label = act
            return ((Button(text=t(locale, label), callback=f"n:{verb}:{fact.subject}"),),)
        url = self._link(fact.rule, fact.subject) if self._link is not None else None
        return ((Button(text=t(locale, "notices.button.open"), url=url),),) if url else ()

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


def _answering(action: OutboundMessage, external_id: str) -> OutboundMessage:
    return msgspec.structs.replace(action, reply_to=external_id)
