"""Is a chat fit for work: what the provider says of our rights there, then one trial topic.

Dialogues of bots ask for it by a job, the cabinet asks and waits; both keep what was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.channels import trial
from services.channels.service import Channels
from services.channels.trial import Tried, Workplaces
from services.connectors.base import Check, SupportsWorkspace
from services.kit.errors import NotFound


class Inspection:
    """Looks at chats; `workplaces` keeps what was found, None: nothing is tried or kept."""

    def __init__(self, channels: Channels, workplaces: Workplaces | None = None) -> None:
        self._channels = channels
        self._workplaces = workplaces

    async def run(
        self, tenant_id: UUID, channel_id: UUID, chat_id: str, locale: str
    ) -> Sequence[Check]:
        """Ask, try, keep; return the lines. Raises NotFound, ConnectorError."""
        await self._channels.channel(tenant_id, channel_id)
        checks = await inspect(self._channels, channel_id, chat_id)
        if self._workplaces is None:
            return checks
        tried = await self._try(tenant_id, channel_id, chat_id, checks, locale)
        found = [*checks, tried.check] if tried else checks
        async with self._channels.database.tenant(tenant_id) as tx:
            topic = tried.topic if tried else None
            await self._workplaces.inspected(tx, channel_id, chat_id, found, topic)
        return found

    async def _try(
        self,
        tenant_id: UUID,
        channel_id: UUID,
        chat_id: str,
        checks: Sequence[Check],
        locale: str,
    ) -> Tried | None:
        """Do once what the bridge will do there; None where it makes no sense now."""
        view = await self._channels.ways.cache.by_id(channel_id)
        if self._workplaces is None or view is None or not trial.is_due(checks):
            return None
        async with self._channels.database.tenant(tenant_id) as tx:
            known = await self._workplaces.begin_trial(tx, channel_id, chat_id)
        if known is None:
            return None
        ways = self._channels.ways
        connector = ways.registry[view.provider]
        return await trial.Trial(connector, view.account, chat_id, ways.texts, locale).run(known)


async def inspect(channels: Channels, channel_id: UUID, chat_id: str) -> list[Check]:
    """Return the checks of a chat as a workplace of this bot. Raises NotFound, ConnectorError."""
    view = await channels.ways.cache.by_id(channel_id)
    connector = channels.ways.registry[view.provider] if view is not None else None
    if view is None or not isinstance(connector, SupportsWorkspace):
        raise NotFound("error.not_found")
    return list(await connector.inspect(view.account, chat_id))
