"""Access tokens: one refresh at a time per channel over all processes, both tokens saved
together.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson

from services.channels.view import ChannelCache, ChannelView, with_token
from services.connectors.base import SupportsOAuth, Token
from services.connectors.registry import Registry
from services.kit.clock import Clock
from services.kit.crypto import Keyring
from services.kit.db import Database, Tx

EARLY = timedelta(minutes=10)

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('channel_token:' || $1::text, 0))"
CURRENT = (
    "SELECT token, expires_at, version FROM channel_token WHERE tenant_id = $1 AND channel_id = $2"
)
SAVE = """
INSERT INTO channel_token AS t (tenant_id, channel_id, token, expires_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, channel_id) DO UPDATE
SET token = excluded.token, expires_at = excluded.expires_at,
    version = t.version + 1, updated_at = now()
RETURNING version
"""


class Tokens:
    """Hands out views with a usable token."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        registry: Registry,
        cache: ChannelCache,
        clock: Clock,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._registry = registry
        self._cache = cache
        self._clock = clock
        # Asked once: a check of a protocol costs as much as half a request.
        self._oauth = {name for name in registry if isinstance(registry[name], SupportsOAuth)}

    async def ready(self, view: ChannelView) -> ChannelView:
        """Return the view with a token that lives for some minutes. Raises AuthExpired,
        Temporary.
        """
        if view.provider not in self._oauth:
            return view
        token = view.account.token
        if token is not None and token.expires_at > self._clock.now() + EARLY:
            return view
        return await self.renew(view)

    async def renew(self, stale: ChannelView) -> ChannelView:
        """Return the view with a token newer than `stale`'s: fetched by us, or meanwhile by
        someone else.

        The lock is held while the provider is asked (seconds at most): a lost race would kill a
        rotating grant. Raises AuthExpired when the grant is refused, Temporary when the provider
        is away.
        """
        connector = self._registry[stale.provider]
        if not isinstance(connector, SupportsOAuth):
            return stale
        async with self._database.tenant(stale.tenant_id) as tx:
            await tx.execute(LOCK, str(stale.id))
            row = await tx.row(CURRENT, stale.tenant_id, stale.id)
            if row is not None and row["version"] > stale.token_version:
                return await self._adopt(stale, row)
            token = await connector.refresh(stale.account)
            version = await self._save(tx, stale, token)
        self._cache.forget(stale.id, stale.hook_key)
        return with_token(stale, token, version)

    async def _save(self, tx: Tx, view: ChannelView, token: Token) -> int:
        keys = await self._keyring.of(view.tenant_id)
        body = orjson.dumps([token.value, token.refresh])
        sealed = keys.seal("channel_token:token", view.id, body)
        version: int = await tx.value(SAVE, view.tenant_id, view.id, sealed, token.expires_at)
        return version

    async def _adopt(self, stale: ChannelView, row: Any) -> ChannelView:
        keys = await self._keyring.of(stale.tenant_id)
        value, refresh = orjson.loads(keys.open("channel_token:token", stale.id, row["token"]))
        self._cache.forget(stale.id, stale.hook_key)
        return with_token(stale, Token(value, row["expires_at"], refresh), row["version"])
