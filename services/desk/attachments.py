"""Attachments for the eyes of the cabinet: fetched from where they are, by a link of five minutes.

The link carries everything sealed with the business's own key (who may look was decided when it
was made), so a picture needs no header, and a link of another business, an old one and a broken
one are the same nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import msgspec

from services.connectors.base import MediaSource
from services.connectors.messages import Media, MediaKind
from services.desk.uploads import Uploads
from services.kit.clock import Clock
from services.kit.crypto import Keyring, Undecipherable
from services.kit.db import Database
from services.kit.errors import NotFound

LIVES = timedelta(minutes=5)
PLACE = "desk:link"
FIND = """
SELECT media, kind, state, size FROM attachment
WHERE tenant_id = $1 AND message_id = $2 AND ordinal = $3
"""
MAX_LINK = 400
CARRIED = frozenset(MediaKind) - {
    MediaKind.LOCATION,
    MediaKind.CONTACT,
    MediaKind.LINK,
    MediaKind.ITEM,
    MediaKind.CALL,
    MediaKind.POLL,
    MediaKind.OTHER,
}
"""Kinds that have content to fetch."""


class _Link(msgspec.Struct, frozen=True, array_like=True):
    message_id: UUID
    ordinal: int
    until: int


@dataclass(frozen=True, slots=True)
class Content:
    """What to show. `stream` may raise ConnectorError, as any call of the provider."""

    kind: MediaKind
    name: str
    size: int
    stream: AsyncIterator[bytes]


class Attachments:
    """Makes links to attachments and opens them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        keyring: Keyring,
        source: Callable[[UUID], MediaSource],
        uploads: Uploads,
    ) -> None:
        self._database = database
        self._clock = clock
        self._keyring = keyring
        self._source = source
        self.uploads = uploads

    async def link(self, tenant_id: UUID, message_id: UUID, ordinal: int) -> str:
        """Return the opaque name under which the attachment opens for five minutes. The caller
        has made sure that the asker may see its dialog.
        """
        until = int((self._clock.now() + LIVES).timestamp())
        keys = await self._keyring.of(tenant_id)
        plain = msgspec.msgpack.encode(_Link(message_id, ordinal, until))
        sealed = keys.seal(PLACE, tenant_id, plain)
        return base64.urlsafe_b64encode(tenant_id.bytes + sealed).decode().rstrip("=")

    async def open(self, name: str) -> Content:
        """Return what a link names. Raises NotFound: broken, old, gone."""
        tenant_id, link = await self._read(name)
        async with self._database.tenant(tenant_id) as tx:
            row = await tx.row(FIND, tenant_id, link.message_id, link.ordinal)
        if row is None or row["state"] != "remote" or MediaKind(row["kind"]) not in CARRIED:
            raise NotFound("error.not_found")
        keys = await self._keyring.of(tenant_id)
        place = f"{link.message_id}:{link.ordinal}"
        media = msgspec.msgpack.decode(
            keys.open("attachment:media", place, row["media"]), type=Media
        )
        return Content(media.kind, media.name, row["size"], self._source(tenant_id).open(media))

    async def _read(self, name: str) -> tuple[UUID, _Link]:
        try:
            raw = base64.urlsafe_b64decode(name[:MAX_LINK] + "=" * (-len(name[:MAX_LINK]) % 4))
            tenant_id = UUID(bytes=raw[:16])
            keys = await self._keyring.of(tenant_id)
            plain = keys.open(PLACE, tenant_id, raw[16:])
            link = msgspec.msgpack.decode(plain, type=_Link)
        except (ValueError, binascii.Error, Undecipherable, msgspec.MsgspecError, NotFound):
            raise NotFound("error.not_found") from None
        if link.until < self._clock.now().timestamp():
            raise NotFound("error.not_found")
        return tenant_id, link
