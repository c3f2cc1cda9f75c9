"""Bots and accounts in the cabinet: what each is, how it fares, and the owner's hand on it.

Every change asks the provider before anything is stored (`services.channels`), outside any
transaction, and leaves an audit row; which fields came is kept, their values never.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.audit.service import Audit, Object
from services.channels.checks import Checker
from services.channels.health import ChannelInfo
from services.channels.inspection import Inspection
from services.channels.ports import Connected
from services.channels.service import Channels
from services.connectors.base import Check
from services.connectors.errors import ConnectorError
from services.connectors.values import CredentialField
from services.desk.values import Viewer
from services.incidents.journal import ChannelErrors, Tally
from services.kit.db import Database, Record
from services.kit.errors import InvalidInput, NotFound, Unavailable
from services.outbox.flush import out_lane
from services.polling.models import SourceState
from services.polling.service import Polling
from services.tenants.actor import Actor

SERVED = """
SELECT s.channel_id, w.id AS workspace_id, coalesce(nullif(w.title, ''), w.name) AS workspace
FROM workspace_channel s JOIN workspace w ON w.tenant_id = s.tenant_id AND w.id = s.workspace_id
WHERE s.tenant_id = $1
"""
QUEUES = """
SELECT u.id AS channel_id,
    (SELECT count(*) FROM delivery_open o WHERE o.tenant_id = $1 AND o.lane = u.lane) AS queued,
    (SELECT count(*) FROM delivery_stuck s WHERE s.tenant_id = $1 AND s.channel_id = u.id
        AND s.class < 3) AS stuck,
    e.code AS error_code, e.at AS error_at
FROM unnest($2::uuid[], $3::bigint[]) AS u(id, lane)
LEFT JOIN LATERAL (
    SELECT code, at FROM channel_error
    WHERE tenant_id = $1 AND channel_id = u.id AND at > now() - interval '1 day'
    ORDER BY at DESC LIMIT 1) e ON true
"""
GROUP = """
SELECT chat_id FROM workspace WHERE tenant_id = $1 AND channel_id = $2 AND id = $3
"""


@dataclass(frozen=True, slots=True)
class Card:
    """A bot or account. `queued`: waits to be sent; `stuck`: waits for a person; `source`: how its
    history is read, None where it is not; `error_code`: the last failed call of the last day.
    """

    info: ChannelInfo
    workspace_id: UUID | None
    workspace: str
    queued: int
    stuck: int
    source: SourceState | None
    error_code: str = ""
    error_at: datetime | None = None


class Accounts:
    """Everything a business has connected."""

    def __init__(
        self,
        database: Database,
        channels: Channels,
        *,
        checker: Checker,
        polling: Polling,
        audit: Audit,
        inspection: Inspection,
    ) -> None:
        self._database = database
        self._channels = channels
        self._checker = checker
        self._polling = polling
        self._audit = audit
        self._inspection = inspection
        self._errors = ChannelErrors()

    # ---- reads ------------------------------------------------------------------------------

    async def cards(self, tenant_id: UUID, viewer: Viewer, *, bots: bool) -> list[Card]:
        """Return the bots, or all the others, in the viewer's scope, by name."""
        return await self._cards(tenant_id, await self.known(tenant_id, viewer, bots=bots))

    async def known(self, tenant_id: UUID, viewer: Viewer, *, bots: bool) -> list[ChannelInfo]:
        """Return the same without their figures, for a choice among them."""
        found = await self._channels.channels(tenant_id, bots=bots)
        return [one for one in found if viewer.sees(one.id)]

    async def card(self, tenant_id: UUID, viewer: Viewer, channel_id: UUID, *, bots: bool) -> Card:
        """Return one. Raises NotFound, for a foreign or hidden one too."""
        info = await self._seen(tenant_id, viewer, channel_id, bots=bots)
        (card,) = await self._cards(tenant_id, [info])
        return card

    async def journal(
        self, tenant_id: UUID, viewer: Viewer, channel_id: UUID, *, before: UUID | None = None
    ) -> tuple[list[Record], list[Tally]]:
        """Return the newest failed calls of a channel and the last day's sums. Raises NotFound."""
        await self._seen(tenant_id, viewer, channel_id)
        async with self._database.tenant(tenant_id) as tx:
            rows = await self._errors.page(tx, channel_id, before=before)
            return rows, await self._errors.tally(tx, channel_id)

    def forms(self) -> Mapping[str, Sequence[CredentialField]]:
        """Return what each kind of account asks for, by provider; bots have their own form."""
        registry = self._channels.ways.registry
        return {
            name: tuple(registry[name].fields)
            for name in registry
            if not registry[name].capabilities.bot
        }

    # ---- an owner's hand ----------------------------------------------------------------------

    async def add_bot(self, tenant_id: UUID, actor: Actor, token: str) -> Connected:
        """Connect a bot. Raises InvalidInput (field token), Conflict, Unavailable."""
        made = await self._channels.add_bot(tenant_id, token)
        await self._note(tenant_id, actor, "bot.connected", made.channel.id, ["token"])
        return made

    async def connect(
        self, tenant_id: UUID, actor: Actor, provider: str, credentials: Mapping[str, str]
    ) -> Connected:
        """Connect an account, or give a known one new keys. Raises InvalidInput naming the field,
        Conflict, Unavailable; nothing is stored then.
        """
        if provider not in self.forms():
            raise InvalidInput("channels.provider_unknown", field="provider")
        made = await self._channels.connect_account(tenant_id, provider, credentials)
        await self._note(tenant_id, actor, "account.connected", made.channel.id, credentials)
        return made

    async def rotate(
        self, tenant_id: UUID, actor: Actor, channel_id: UUID, credentials: Mapping[str, str]
    ) -> Connected:
        """Give it fresh credentials of the same account. Raises NotFound, InvalidInput, Conflict,
        Unavailable.
        """
        made = await self._channels.rotate_token(tenant_id, channel_id, credentials)
        await self._note(tenant_id, actor, "channel.rotated", channel_id, credentials)
        return made

    async def renew_hook(self, tenant_id: UUID, actor: Actor, channel_id: UUID) -> bool:
        """Swap the webhook's address and secret; False: the provider is told later. Raises
        NotFound.
        """
        told = await self._channels.renew_hook(tenant_id, channel_id)
        await self._note(tenant_id, actor, "channel.hook_renewed", channel_id)
        return told

    async def remove(self, tenant_id: UUID, actor: Actor, channel_id: UUID) -> bool:
        """Disconnect and erase the secrets; old dialogs stay. Raises NotFound."""
        told = await self._channels.remove(tenant_id, channel_id)
        await self._note(tenant_id, actor, "channel.removed", channel_id)
        return told

    async def check(self, tenant_id: UUID, viewer: Viewer, channel_id: UUID) -> Sequence[Check]:
        """Look now, mend a lost webhook; return the lines. Raises NotFound."""
        await self._seen(tenant_id, viewer, channel_id)
        return await self._checker.check(channel_id, mend=True)

    async def self_test(
        self, tenant_id: UUID, viewer: Viewer, bot_id: UUID, workspace_id: UUID, locale: str
    ) -> Sequence[Check]:
        """Try in a group of this bot what the bridge will do there; return the lines. Raises
        NotFound, Unavailable.
        """
        await self._seen(tenant_id, viewer, bot_id, bots=True)
        async with self._database.tenant(tenant_id) as tx:
            chat_id = await tx.value(GROUP, tenant_id, bot_id, workspace_id)
        if chat_id is None:
            raise NotFound("error.not_found")
        try:
            return await self._inspection.run(tenant_id, bot_id, chat_id, locale)
        except ConnectorError as error:
            raise Unavailable("channels.provider_away") from error

    # ---- parts ------------------------------------------------------------------------------

    async def _seen(
        self, tenant_id: UUID, viewer: Viewer, channel_id: UUID, *, bots: bool | None = None
    ) -> ChannelInfo:
        info = await self._channels.channel(tenant_id, channel_id)
        is_bot = self._channels.ways.registry[info.provider].capabilities.bot
        if not viewer.sees(channel_id) or (bots is not None and bots is not is_bot):
            raise NotFound("error.not_found")
        return info

    async def _cards(self, tenant_id: UUID, found: Sequence[ChannelInfo]) -> list[Card]:
        sources = {state.channel_id: state for state in await self._polling.states(tenant_id)}
        async with self._database.tenant(tenant_id) as tx:
            served = {row["channel_id"]: row for row in await tx.fetch(SERVED, tenant_id)}
            ids = [info.id for info in found]
            rows = await tx.fetch(QUEUES, tenant_id, ids, [out_lane(one) for one in ids])
        queues = {row["channel_id"]: row for row in rows}
        return [_card(info, served.get(info.id), queues[info.id], sources) for info in found]

    async def _note(
        self,
        tenant_id: UUID,
        actor: Actor,
        act: str,
        channel_id: UUID,
        fields: Collection[str] = (),
    ) -> None:
        names: dict[str, str | None] = dict.fromkeys(fields)
        async with self._database.tenant(tenant_id) as tx:
            await self._audit.record(tx, actor, act, Object("channel", channel_id), names)


def _card(
    info: ChannelInfo, served: Record | None, queue: Record, sources: Mapping[UUID, SourceState]
) -> Card:
    return Card(
        info=info,
        workspace_id=served["workspace_id"] if served else None,
        workspace=served["workspace"] if served else "",
        queued=queue["queued"],
        stuck=queue["stuck"],
        source=sources.get(info.id),
        error_code=queue["error_code"] or "",
        error_at=queue["error_at"],
    )
