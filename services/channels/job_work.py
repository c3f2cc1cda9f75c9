"""The worker's side of jobs: lease a row, make the calls, end the row together with its answer."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from uuid import UUID

import msgspec

from services.channels import job_rules as rules
from services.channels.checks import Checker
from services.channels.health import ChannelInfo
from services.channels.inspection import Inspection
from services.channels.jobs import (
    PLACE,
    AddBot,
    AnyJob,
    CheckChannel,
    ConnectAccount,
    InspectWorkspace,
    RemoveChannel,
    RenewHook,
    RotateToken,
    Said,
    Talk,
    Where,
)
from services.channels.models import Kind
from services.channels.service import Channels
from services.connectors.errors import ConnectorError
from services.connectors.messages import Button
from services.kit.db import Record
from services.kit.deeplinks import Page, Spot, private_url
from services.kit.errors import AppError, InvalidInput, Unavailable
from services.kit.i18n import Texts
from services.kit.tasks import spawn

log = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
LOOP_SECONDS = 2.0
TOGETHER = 8

CLAIM = """
UPDATE channel_job SET state = 'running', tries = tries + 1, fence = fence + 1,
    lease_until = now() + $1 * interval '1 second'
WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM channel_job
    WHERE state <> 'done' AND not_before <= now() AND lease_until < now()
      AND ($2::uuid IS NULL OR id = $2)
    ORDER BY not_before LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING tenant_id, id, for_tenant, kind, params, reply_channel, reply_chat, locale, tries, fence
"""
AGAIN = """
UPDATE channel_job SET state = 'due', lease_until = '-infinity',
    not_before = now() + $4 * interval '1 second'
WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 'running'
"""
DONE = """
UPDATE channel_job SET state = 'done', params = NULL, outcome = $4, done_at = now(),
    lease_until = '-infinity'
WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 'running'
"""
FORGET = "DELETE FROM channel_job WHERE state = 'done' AND done_at < now() - interval '7 days'"


class JobWorker:
    """Does jobs; any number of processes share them."""

    def __init__(
        self,
        channels: Channels,
        checker: Checker,
        talk: Talk,
        texts: Texts,
        *,
        inspection: Inspection | None = None,
    ) -> None:
        self._channels = channels
        self._checker = checker
        self._talk = talk
        self._texts = texts
        self._inspection = inspection or Inspection(channels)

    async def run(self, stop: asyncio.Event) -> None:
        """Do what is due until stopped."""
        while not stop.is_set():
            try:
                await self.work()
            except (AppError, OSError, TimeoutError):
                log.warning("jobs skipped, database away")
            try:
                await asyncio.wait_for(stop.wait(), LOOP_SECONDS)
            except TimeoutError:
                continue

    async def work(self, job_id: UUID | None = None) -> int:
        """Do due jobs (or this one); return how many were taken."""
        async with self._channels.database.system("jobs of every tenant's dialogues") as tx:
            rows = await tx.fetch(CLAIM, LEASE_SECONDS, job_id, TOGETHER)
        tasks = [spawn(self._do(row), "channels.job") for row in rows]
        if tasks:
            await asyncio.wait(tasks)
        return len(rows)

    async def forget(self) -> None:
        """Delete jobs done a week ago."""
        async with self._channels.database.system("old jobs of every tenant") as tx:
            await tx.execute(FORGET)

    async def _do(self, row: Record) -> None:
        job = await self._open(row)
        try:
            said = await self._perform(row["for_tenant"], job, row["locale"])
        except (Unavailable, ConnectorError) as error:
            if not rules.is_last(row["tries"]):
                await self._again(row)
                return
            log.info("job given up", extra={"job_id": str(row["id"]), "kind": row["kind"]})
            said = Said(self._texts.t(row["locale"], "channels.provider_away"))
            await self._answer(row, said, type(error).__name__)
        except AppError as error:
            said = rules.refused(self._texts, row["locale"], error)
            await self._answer(row, said, error.key)
        except Exception:
            if not rules.is_last(row["tries"]):
                await self._again(row)
                raise
            await self._answer(row, Said(self._texts.t(row["locale"], "channels.job.bug")), "bug")
            raise
        else:
            await self._answer(row, said, "")

    async def _open(self, row: Record) -> AnyJob:
        keys = await self._channels.ways.keyring.of(row["tenant_id"])
        body = keys.open(PLACE, row["id"], row["params"])
        job: AnyJob = msgspec.json.decode(body, type=AnyJob)
        return job

    async def _again(self, row: Record) -> None:
        async with self._channels.database.tenant(row["tenant_id"]) as tx:
            delay = rules.pause(row["tries"])
            await tx.execute(AGAIN, row["tenant_id"], row["id"], row["fence"], delay)

    async def _answer(self, row: Record, said: Said, outcome: str) -> None:
        """End the row and answer with it; a stale worker's answer is refused by the fence."""
        where = Where(row["tenant_id"], row["reply_channel"], row["reply_chat"], row["locale"])
        async with self._channels.database.tenant(row["tenant_id"]) as tx:
            key = (row["tenant_id"], row["id"], row["fence"])
            if await tx.execute(DONE, *key, outcome[:64]):
                self._talk.answered(tx, where, row["id"], self._with_way(row, said))

    def _with_way(self, row: Record, said: Said) -> Said:
        """Add the way into the cabinet; the master bot alone may open it, and it is the
        platform's: a business's own bot answers in groups too.
        """
        is_master = row["tenant_id"] != row["for_tenant"]
        url = ""
        if said.about is not None and is_master:
            url = private_url(self._channels.ways.public_url, said.about)
        label = self._texts.t(row["locale"], "button.cabinet")
        way = ((Button(text=label, web_app=url),),) if url else ()
        return replace(said, buttons=(*said.buttons, *way))

    async def _perform(self, tenant_id: UUID, job: AnyJob, locale: str) -> Said:
        match job:
            case AddBot():
                made = await self._channels.add_bot(tenant_id, job.token)
                said = rules.bot_added(self._texts, locale, made)
                return replace(said, about=Spot(Page.BOTS, made.channel.id))
            case ConnectAccount():
                return await self._connect(tenant_id, job, locale)
            case RotateToken():
                values = {"token": job.token}
                made = await self._channels.rotate_token(tenant_id, job.channel_id, values)
                said = self._plain(locale, "channels.job.rotated", made.channel.name)
                return replace(said, about=_page(made.channel))
            case InspectWorkspace():
                return await self._inspect(tenant_id, job, locale)
            case _:
                return await self._known(tenant_id, job, locale)

    async def _known(
        self, tenant_id: UUID, job: RenewHook | RemoveChannel | CheckChannel, locale: str
    ) -> Said:
        channel = await self._channels.channel(tenant_id, job.channel_id)
        if isinstance(job, CheckChannel):
            checks = await self._checker.check(channel.id, mend=True)
            key = "channels.job.checked"
            said = rules.checked(self._texts, locale, key, checks, channel.name)
            return replace(said, about=_page(channel))
        if isinstance(job, RenewHook):
            told = await self._channels.renew_hook(tenant_id, channel.id)
            key = "channels.job.hook_renewed" if told else "channels.job.hook_renewed_later"
        else:
            told = await self._channels.remove(tenant_id, channel.id)
            key = "channels.job.removed" if told else "channels.job.removed_untold"
        return self._plain(locale, key, channel.name)

    async def _connect(self, tenant_id: UUID, job: ConnectAccount, locale: str) -> Said:
        try:
            made = await self._channels.connect_account(
                tenant_id, job.provider, job.credentials, name=job.name
            )
        except InvalidInput as error:
            label = f"credentials.{job.provider}.{error.field}"
            field = self._texts.t(locale, label) if error.field else ""
            return Said(self._texts.t(locale, error.key, **{**error.params, "field": field}))
        checks = await self._checker.check(made.channel.id)
        said = rules.connected(self._texts, locale, made, checks)
        return replace(said, about=_page(made.channel))

    async def _inspect(self, tenant_id: UUID, job: InspectWorkspace, locale: str) -> Said:
        where = (job.channel_id, job.chat_id)
        checks = await self._inspection.run(tenant_id, *where, locale)
        return rules.checked(self._texts, locale, "channels.job.workspace", checks)

    def _plain(self, locale: str, key: str, name: str) -> Said:
        return Said(self._texts.t(locale, key, name=name))


def _page(channel: ChannelInfo) -> Spot:
    return Spot(Page.BOTS if channel.kind == Kind.CLIENT else Page.ACCOUNTS, channel.id)
