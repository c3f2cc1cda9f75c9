"""Checking channels: on demand and by schedule, so that nobody has to look for a dead webhook.

A webhook that is gone is set anew once; found gone again it is an incident. Refused credentials
stop the channel, accepted ones let it go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from services.channels import health, queries, rules
from services.channels.health import Deed, Verdict
from services.channels.models import HookState
from services.channels.service import Channels
from services.channels.view import ChannelView
from services.connectors.base import Check, SupportsSetup
from services.connectors.errors import AuthExpired, ConnectorError
from services.kit.db import Record
from services.kit.errors import AppError, NotFound

log = logging.getLogger(__name__)

EVERY_SECONDS = 240.0
"""With the loop's own pause a channel is looked at every five minutes at the latest."""
LOOP_SECONDS = 15.0
TOGETHER = 8
AT_ONCE = 4 * TOGETHER
WEBHOOK_TROUBLE = "webhook"


class Checker:
    """Health of channels, stored with them."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels

    async def check(self, channel_id: UUID, *, mend: bool = False) -> Sequence[Check]:
        """Ask the provider now, set a lost webhook anew, store and return the lines.

        `mend`: a person asks, so a webhook given up on is tried again. Raises NotFound.
        """
        self._channels.ways.cache.forget(channel_id)
        view = await self._channels.ways.cache.by_id(channel_id)
        if view is None or view.account.credentials is None:
            raise NotFound("error.not_found")
        async with self._channels.database.tenant(view.tenant_id) as tx:
            row = await self._channels.live(tx, channel_id)
        before = HookState.UNSET if mend else HookState(row["hook_state"])
        checks = await self._ask(view)
        mended = health.needs_hook(checks, before) and await self._channels.point(channel_id)
        if mended:
            checks = await self._ask(view)
        await self._store(view, row, checks, self._judge(row, checks, before, mended))
        if not row["title"] and health.state_of(checks, health.TOKEN) == "ok":
            await self._channels.introduce(view)
        return checks

    async def run(self, stop: asyncio.Event) -> None:
        """Check what is due until stopped; any number of processes share the work."""
        while not stop.is_set():
            try:
                while await self.check_due() >= AT_ONCE and not stop.is_set():
                    continue
            except (AppError, OSError, TimeoutError):
                log.warning("checks skipped, database away")
            try:
                await asyncio.wait_for(stop.wait(), LOOP_SECONDS)
            except TimeoutError:
                continue

    async def check_due(self, limit: int = AT_ONCE) -> int:
        """Check the channels nobody looked at for long; return how many."""
        providers = list(self._channels.ways.registry)
        async with self._channels.database.system("health of every tenant's channels") as tx:
            rows = await tx.fetch(queries.DUE_CHECKS, providers, EVERY_SECONDS, limit)
        for start in range(0, len(rows), TOGETHER):
            part = rows[start : start + TOGETHER]
            await asyncio.gather(*(self._quietly(row["id"]) for row in part))
        return len(rows)

    async def _quietly(self, channel_id: UUID) -> None:
        try:
            await self.check(channel_id)
        except (AppError, ConnectorError) as error:
            extra = {"channel_id": str(channel_id), "error": type(error).__name__}
            log.info("check failed", extra=extra)

    async def _ask(self, view: ChannelView) -> Sequence[Check]:
        connector = self._channels.ways.registry[view.provider]
        if not isinstance(connector, SupportsSetup):
            return [Check("token", "unknown")]
        url = rules.hook_url(self._channels.ways.public_url, view.provider, view.hook_key)
        try:
            ready = await self._channels.ways.tokens.ready(view)
            return await connector.health(ready.account, url)
        except AuthExpired:
            return [Check("token", "bad", "channels.check.token.bad")]
        except ConnectorError as error:
            log.info(
                "provider away at check",
                extra={"channel_id": str(view.id), "error": type(error).__name__},
            )
            return [Check("provider", "warn", "channels.check.provider.away")]

    def _judge(
        self, row: Record, checks: Sequence[Check], before: HookState, mended: bool
    ) -> Verdict:
        return health.judge(
            checks,
            status=row["status"],
            reason=row["status_reason"],
            before=before,
            mended=mended,
            hook_wanted=self._channels.ways.public_url is not None,
        )

    async def _store(
        self, view: ChannelView, row: Record, checks: Sequence[Check], verdict: Verdict
    ) -> None:
        channels = self._channels
        where = (view.tenant_id, view.id)
        async with channels.database.tenant(view.tenant_id) as tx:
            column = health.encode(checks)
            is_up = health.state_of(checks, health.TOKEN) == "ok"
            await tx.execute(queries.HEALTH, *where, column, verdict.hook_state, is_up)
            lost, was_lost = (
                state == HookState.LOST for state in (verdict.hook_state, row["hook_state"])
            )
            if lost and not was_lost:
                await channels.owners.channel_trouble(tx, health.info(row), WEBHOOK_TROUBLE)
            if was_lost and not lost:
                await channels.owners.channel_well(tx, health.info(row), WEBHOOK_TROUBLE)
        if verdict.deed is Deed.SUSPEND:
            await channels.suspend(view.id, health.AUTH)
        if verdict.deed is Deed.RESUME:
            await channels.resume(view.tenant_id, view.id)
