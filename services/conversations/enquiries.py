"""Asks the provider what a new chat is about, outside any transaction, and hands the answer to the
bridge.

Asked right after the commit that opened the chat; a process that dies in between is made good by
`sweep`,
which finds chats without an answer. The topic waits a few seconds for it, then is made without.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from services.channels.tokens import Tokens
from services.channels.view import ChannelCache, ChannelView
from services.connectors.base import SupportsHistory
from services.connectors.errors import AuthExpired, ConnectorError
from services.connectors.registry import Registry
from services.conversations.subjects import Described
from services.kit.db import Database, Tx
from services.kit.errors import AppError
from services.kit.tasks import spawn

log = logging.getLogger(__name__)

Describe = Callable[[Tx, UUID, str, Described], Awaitable[bool]]

UNKNOWN = """
SELECT tenant_id, channel_id, external_chat_id FROM conversation
WHERE described_at IS NULL
  AND created_at BETWEEN now() - interval '1 day' AND now() - interval '10 seconds'
ORDER BY created_at DESC LIMIT 50
"""


class Enquiries:
    """One question per new chat."""

    def __init__(
        self, database: Database, registry: Registry, cache: ChannelCache, tokens: Tokens
    ) -> None:
        self._database = database
        self._registry = registry
        self._cache = cache
        self._tokens = tokens
        self._describe: Describe | None = None

    def tell(self, describe: Describe) -> None:
        """Hand answers to this method."""
        self._describe = describe

    def ask(self, tenant_id: UUID, channel_id: UUID, chat_id: str) -> None:
        """Ask in the background."""
        spawn(self.answer(tenant_id, channel_id, chat_id), "conversations.enquire")

    async def answer(self, tenant_id: UUID, channel_id: UUID, chat_id: str) -> None:
        """Ask now and store what comes; a refusal counts as an answer without a word."""
        view = await self._cache.by_id(channel_id)
        if view is None or self._describe is None:
            return
        try:
            found = await self._found(view, chat_id)
            async with self._database.tenant(tenant_id) as tx:
                await self._describe(tx, channel_id, chat_id, found)
        except (ConnectorError, AppError) as error:
            log.warning(
                "chat not described",
                extra={"channel": str(channel_id), "error": type(error).__name__},
            )

    async def _found(self, view: ChannelView, chat_id: str) -> Described:
        connector = self._registry[view.provider]
        if not isinstance(connector, SupportsHistory):
            return Described()
        view = await self._tokens.ready(view)
        try:
            subject, person_id, name = await connector.subject(view.account, chat_id)
        except AuthExpired as error:
            if not error.refreshable:
                raise
            fresh = await self._tokens.renew(view)
            subject, person_id, name = await connector.subject(fresh.account, chat_id)
        return Described(subject, person_id, name)

    async def sweep(self) -> int:
        """Ask again for chats of the last day nobody described; return how many."""
        async with self._database.system("chats of every tenant") as tx:
            rows = await tx.fetch(UNKNOWN)
        for row in rows:
            await self.answer(row["tenant_id"], row["channel_id"], row["external_chat_id"])
        return len(rows)
