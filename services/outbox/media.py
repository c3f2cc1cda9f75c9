"""Streams an attachment from where it is straight into the sending call: the channel it came
from, or our own files, where what people put into the cabinet is kept for a while.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

from services.channels.tokens import Tokens
from services.channels.view import ChannelCache, ChannelView
from services.connectors.base import SupportsMedia
from services.connectors.errors import AuthExpired, Reason, Rejected
from services.connectors.messages import Media
from services.connectors.registry import Registry
from services.kit.crypto import Undecipherable
from services.kit.files import FileGone, FileStore, StoredFile


class ChannelMedia:
    """A MediaSource over the tenant's own channels: `Media.origin` names the channel that can
    fetch `ref`.
    """

    def __init__(
        self,
        tenant_id: UUID,
        cache: ChannelCache,
        tokens: Tokens,
        registry: Registry,
        files: FileStore,
    ) -> None:
        self._tenant_id = tenant_id
        self._cache = cache
        self._tokens = tokens
        self._registry = registry
        self._files = files

    async def open(self, media: Media) -> AsyncIterator[bytes]:
        """Yield the content. Raises Rejected(MEDIA_GONE | TOO_BIG), Temporary, AuthExpired."""
        if media.file_id:
            async for chunk in self._kept(media):
                yield chunk
            return
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

    async def _kept(self, media: Media) -> AsyncIterator[bytes]:
        """Yield what somebody put into the cabinet; after its time it is gone."""
        try:
            async for chunk in self._files.open(kept_file(self._tenant_id, media.file_id)):
                yield chunk
        except (FileGone, Undecipherable, ValueError) as error:
            raise Rejected("not kept", reason=Reason.MEDIA_GONE) from error

    async def _origin(self, media: Media) -> ChannelView:
        try:
            view = await self._cache.by_id(UUID(media.origin))
        except ValueError:
            view = None
        if view is None or view.tenant_id != self._tenant_id:
            raise Rejected("unknown source", reason=Reason.MEDIA_GONE)
        return view


def file_id(stored: StoredFile) -> str:
    """Return the name under which a message knows a file of ours: its id and its end."""
    return f"{stored.id}.{int(stored.expires_at.timestamp())}"


def kept_file(tenant_id: UUID, name: str) -> StoredFile:
    """Return the file a name of `file_id` means; the tenant is the asker's own. Raises
    ValueError.
    """
    row, _, until = name.partition(".")
    expires_at = datetime.fromtimestamp(int(until), UTC)
    return StoredFile(UUID(row), tenant_id, "", 0, "", expires_at)
