"""Streams an attachment from the channel it came from straight into the sending call; nothing is
kept.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from services.channels.tokens import Tokens
from services.channels.view import ChannelCache, ChannelView
from services.connectors.base import SupportsMedia
from services.connectors.errors import AuthExpired, Reason, Rejected
from services.connectors.messages import Media
from services.connectors.registry import Registry


class ChannelMedia:
    """A MediaSource over the tenant's own channels: `Media.origin` names the channel that can
    fetch `ref`.
    """

    def __init__(
        self, tenant_id: UUID, cache: ChannelCache, tokens: Tokens, registry: Registry
    ) -> None:
        self._tenant_id = tenant_id
        self._cache = cache
        self._tokens = tokens
        self._registry = registry

    async def open(self, media: Media) -> AsyncIterator[bytes]:
        """Yield the content. Raises Rejected(MEDIA_GONE | TOO_BIG), Temporary, AuthExpired."""
        view = await self._origin(media)
        connector = self._registry[view.provider]
        if not isinstance(connector, SupportsMedia):
            raise Rejected("no source", reason=Reason.MEDIA_GONE)
        view = await self._tokens.ready(view)
        started = False
        try:
            async for chunk in connector.fetch(view.account, media):
                started = True
                yield chunk
        except AuthExpired as error:
            if started or not error.refreshable:
                raise
            view = await self._tokens.renew(view)
            async for chunk in connector.fetch(view.account, media):
                yield chunk

    async def _origin(self, media: Media) -> ChannelView:
        try:
            view = await self._cache.by_id(UUID(media.origin))
        except ValueError:
            view = None
        if view is None or view.tenant_id != self._tenant_id:
            raise Rejected("unknown source", reason=Reason.MEDIA_GONE)
        return view
