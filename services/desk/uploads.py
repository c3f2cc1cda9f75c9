"""What people put into the cabinet to send: kept sealed until it has been sent and seen."""

from __future__ import annotations

from collections.abc import AsyncIterable
from datetime import timedelta
from uuid import UUID

from services.connectors.messages import Media, MediaKind
from services.connectors.registry import Registry
from services.kit.errors import InvalidInput
from services.kit.files import FileStore, StoredFile, TooBig
from services.outbox.media import file_id, kept_file

LIVES = timedelta(days=30)
"""A retry of the last day must still find it; the thread shows it that long."""
MAX_BYTES = 20 * 1024 * 1024
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})


class Uploads:
    """Keeps files of members for one message."""

    def __init__(self, files: FileStore, registry: Registry) -> None:
        self._files = files
        self._registry = registry

    async def keep(
        self, tenant_id: UUID, provider: str, stream: AsyncIterable[bytes], name: str
    ) -> Media:
        """Return the attachment once it is on disk; what it is, is found by its content. Raises
        InvalidInput (too big, or of a kind the channel does not take), Unavailable (disk).
        """
        try:
            stored = await self._files.store(tenant_id, stream, max_bytes=MAX_BYTES, ttl=LIVES)
        except TooBig as error:
            limit = MAX_BYTES // 1024 // 1024
            raise InvalidInput("desk.file_too_big", field="file", limit=limit) from error
        media = _media(stored, name)
        if stored.size and media.kind in self._registry[provider].capabilities.media:
            return media
        await self._files.delete(stored)
        key = "desk.file_kind" if stored.size else "desk.file_empty"
        raise InvalidInput(key, field="file")

    async def drop(self, tenant_id: UUID, media: Media) -> None:
        """Forget one that is not sent after all."""
        await self._files.delete(kept_file(tenant_id, media.file_id))


def _media(stored: StoredFile, name: str) -> Media:
    kind = MediaKind.IMAGE if stored.mime in PICTURES else MediaKind.FILE
    clean = "".join(c for c in name if c.isprintable())[:150]
    return Media(
        kind=kind, file_id=file_id(stored), mime=stored.mime, name=clean, size=stored.size
    )
