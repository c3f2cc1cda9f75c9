"""One poll of one source: ask, store, move the cursor, and say how it went."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass

from services.channels.service import Channels
from services.channels.view import ChannelView
from services.connectors.base import Connector, Page, RawEvent, SupportsPull
from services.connectors.errors import AuthExpired, ConnectorError, Unreadable
from services.connectors.messages import Message
from services.connectors.registry import Registry
from services.inbox.service import Inbox
from services.incidents.journal import ChannelErrors
from services.kit import metrics
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import AppError
from services.kit.log import new_trace
from services.polling import rules
from services.polling.audit import Audit
from services.polling.models import Source
from services.polling.rules import Outcome, Standing
from services.polling.settling import Settling, Told
from services.polling.store import ADVANCE, SUCCESS, LeaseLost, fenced

log = logging.getLogger(__name__)

ENDPOINT = "pull"
HOLD_SECONDS = 25.0
"""How long a bot's call may wait for news at the provider."""
MAX_PAGES = 50
IDLE_SECONDS = 60.0
HOOKED = frozenset({"set", "assumed", "reset", "lost"})


@dataclass(frozen=True, slots=True)
class Parts:
    """What a poll needs of the process."""

    database: Database
    channels: Channels
    inbox: Inbox
    errors: ChannelErrors
    clock: Clock


class Poller:
    """Asks a leased source until it has nothing more to say."""

    def __init__(self, parts: Parts, settling: Settling, audit: Audit, *, has_hooks: bool) -> None:
        self._parts = parts
        self._settling = settling
        self._audit = audit
        self._has_hooks = has_hooks
        self._pulled = pulled(parts.channels.ways.registry)

    def usable(self, source: Source) -> bool:
        """Say whether the lease is surely still ours."""
        return not source.lost and self._parts.clock.monotonic() < source.good_until

    async def poll(self, source: Source, interval: float) -> Outcome:
        """Ask, store, settle. A lost lease ends it without a trace; its rows are harmless repeats.

        Raises Unavailable when the database is away.
        """
        try:
            view = await self._parts.channels.ways.cache.by_id(source.id)
            if view is None or view.status != "active":
                return await self._settle(source, Outcome.OK, max(interval, IDLE_SECONDS))
            return await self._ask(source, view, interval)
        except LeaseLost:
            log.info("source lost", extra={"channel_id": str(source.id)})
            return Outcome.OK
        except AppError:
            raise
        except Exception:
            # A page nobody can digest must not be asked for again and again at full speed.
            log.exception("poll failed", extra={"channel_id": str(source.id)})
            return await self._settle(source, Outcome.DOWN, interval, code="internal")

    async def _ask(self, source: Source, view: ChannelView, interval: float) -> Outcome:
        connector = self._parts.channels.ways.registry[view.provider]
        bot = connector.capabilities.bot
        try:
            if bot and not source.cursor:
                await self._parts.channels.point(view.id)
            cursor = await self._pages(source, view, connector, HOLD_SECONDS if bot else 0.0)
        except ConnectorError as error:
            return await self._failed(source, view, error, interval)
        return await self._settle(source, Outcome.OK, 0.0 if bot else interval, cursor=cursor)

    async def _pages(
        self, source: Source, view: ChannelView, connector: Connector, wait: float
    ) -> str | None:
        """Ask for page after page: a bot's while the lease is ours, others' until all is read.

        Return the cursor of a poll that found nothing: only its end is left to write.
        """
        for number in range(MAX_PAGES):
            page = await self._pull(source, view, wait)
            if not (number or wait or page.more or page.events) and self._is_calm(
                source, connector
            ):
                metrics.channel_success(str(source.id))
                return page.cursor
            await self._store_page(source, view, connector, page)
            if not self.usable(source) or not (page.more or wait):
                return None
            fresh = await self._parts.channels.ways.cache.by_id(view.id)
            if fresh is None or fresh.status != "active":
                return None
            view = fresh
        return None

    async def _pull(self, source: Source, view: ChannelView, wait: float) -> Page:
        connector = self._pulled.get(view.provider)
        if connector is None:
            return Page((), source.cursor)
        tokens = self._parts.channels.ways.tokens
        ready = await tokens.ready(view)
        try:
            return await connector.pull(ready.account, source.cursor, wait_seconds=wait)
        except AuthExpired as error:
            if not error.refreshable:
                raise
        fresh = await tokens.renew(ready)
        try:
            return await connector.pull(fresh.account, source.cursor, wait_seconds=wait)
        except AuthExpired as error:
            raise error.after_refresh() from error

    async def _store_page(
        self, source: Source, view: ChannelView, connector: Connector, page: Page
    ) -> None:
        """Store the events first; only then the cursor moves, under the fence."""
        trace = new_trace()
        hooked, others = self._parted(source, view, connector, page.events)
        accept = self._parts.inbox.accept
        misses = await accept(view, hooked, trace=trace, source="poll") if hooked else 0
        fresh = await accept(view, others, trace=trace, source="pull") if others else 0
        lag = self._lag(page.events) if misses + fresh else 0.0
        keys = [event.key for event in page.events]
        async with self._parts.database.tenant(source.tenant_id) as tx:
            await fenced(tx, ADVANCE, source.id, source.fence, page.cursor, misses, lag)
            await tx.execute(SUCCESS, source.tenant_id, source.id)
            if self._is_judged(connector):
                await self._audit.shown(tx, source.id, keys)
                if not page.more and source.is_audited:
                    await self._audit.passed(tx, source.id, source.asked_at)
        source.cursor = page.cursor
        source.failures = 0
        metrics.channel_success(str(source.id))
        if misses:
            metrics.webhook_miss(str(source.id), misses)
            log.warning("webhook missed", extra={"channel_id": str(source.id), "count": misses})

    def _parted(
        self, source: Source, view: ChannelView, connector: Connector, events: Sequence[RawEvent]
    ) -> tuple[list[RawEvent], list[RawEvent]]:
        """Part what a webhook should have brought from what only polling brings, each in order.

        At the very first poll nothing is a miss: it brings what was written before we were there.
        """
        expects = (
            self._has_hooks
            and connector.capabilities.hooks
            and not connector.capabilities.bot
            and source.is_audited
            and source.hook_state in HOOKED
        )
        if not expects:
            return [], list(events)
        hooked, others = list[RawEvent](), list[RawEvent]()
        for event in events:
            (hooked if _is_message(connector, view, event) else others).append(event)
        return hooked, others

    def _is_judged(self, connector: Connector) -> bool:
        return self._has_hooks and not connector.capabilities.hook_is_proof

    def _is_calm(self, source: Source, connector: Connector) -> bool:
        """Say whether an empty page proves nothing about events that a hook brought."""
        return not (self._is_judged(connector) and source.is_audited and source.is_awaited)

    def _lag(self, events: Sequence[RawEvent]) -> float:
        oldest = min((event.at for event in events if event.at is not None), default=None)
        if oldest is None:
            return 0.0
        return max((self._parts.clock.now() - oldest).total_seconds(), 0.0)

    async def _failed(
        self, source: Source, view: ChannelView, error: ConnectorError, interval: float
    ) -> Outcome:
        outcome = rules.outcome_of(error)
        attempt = source.failures + 1
        async with self._parts.database.tenant(source.tenant_id) as tx:
            await self._parts.errors.record(tx, view.id, ENDPOINT, error, attempt=attempt)
        if outcome is Outcome.AUTH:
            await self._parts.channels.suspend(view.id, "auth")
        if outcome is Outcome.CONFLICT:
            await self._parts.channels.point(view.id)
        code = str(error.status or error.reason)
        return await self._settle(source, outcome, interval, wish=rules.wish_of(error), code=code)

    async def _settle(
        self,
        source: Source,
        outcome: Outcome,
        interval: float,
        *,
        wish: float = 0.0,
        code: str = "",
        cursor: str | None = None,
    ) -> Outcome:
        chance = random.random()  # noqa: S311 - spreads accounts
        standing = Standing(source.failures, source.breaker)
        found = rules.follow(standing, outcome, interval, wish=wish, chance=chance)
        told = Told(source.id, source.fence, found, code[:40], cursor)
        if not await self._settling.settle(told):
            raise LeaseLost
        return outcome


def pulled(registry: Registry) -> dict[str, SupportsPull]:
    """Return the connectors that can be asked."""
    found = {name: registry[name] for name in registry}
    return {name: one for name, one in found.items() if isinstance(one, SupportsPull)}


def _is_message(connector: Connector, view: ChannelView, event: RawEvent) -> bool:
    try:
        return any(isinstance(one, Message) for one in connector.parse(view.account, event))
    except Unreadable:
        return True
