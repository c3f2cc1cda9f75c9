"""Keeps the files of offers and opens them by their links; all the work outside transactions.

Begun right after the commit of a press. A process that dies in between is made good by `sweep`:
an offer somebody pressed for stays `wanted` until it is settled, its lease says who is at it. A
file that was kept already is not fetched again.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from services.connectors.base import MediaSource
from services.connectors.errors import ConnectorError, Reason, Rejected
from services.connectors.messages import Media
from services.conversations.linking import Linked, Linking
from services.conversations.refusals import KEPT, MAX_BYTES, Content, Refusals
from services.kit.clock import Clock
from services.kit.crypto import Keyring, Undecipherable
from services.kit.db import AWAY, Database, Record, Tx
from services.kit.errors import AppError
from services.kit.files import FileGone, FileStore, StoredFile, TooBig
from services.kit.log import bind
from services.kit.mime import kept_type
from services.kit.signed import FileName, Signer
from services.kit.tasks import spawn

log = logging.getLogger(__name__)

LEASE_SECONDS = 180
MAX_TRIES = 5
BATCH = 20
NAME = "stored_file:name"
LEASE = """
UPDATE link_offer SET tries = tries + 1, lease_until = now() + $3 * interval '1 second'
WHERE tenant_id = $1 AND id = $2 AND state = 'wanted' AND lease_until < now()
RETURNING id, content, tries, trace
"""
AGAIN = """
UPDATE link_offer SET lease_until = now() + $3 * interval '1 second'
WHERE tenant_id = $1 AND id = $2 AND state = 'wanted' AND tries = $4
"""
DUE = """
SELECT tenant_id, id FROM link_offer WHERE state = 'wanted' AND lease_until < now()
ORDER BY lease_until LIMIT $1
"""
KEPT_FILE = "SELECT * FROM stored_file WHERE tenant_id = $1 AND ref = $2 AND ordinal = $3"
STALE = """
DELETE FROM stored_file WHERE tenant_id = $1 AND ref = $2 AND ordinal = $3 AND expires_at <= $4
"""
KEEP = """
INSERT INTO stored_file (tenant_id, id, ref, ordinal, name, mime, size, sha256, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
"""
FIND = "SELECT * FROM stored_file WHERE tenant_id = $1 AND id = $2 AND expires_at > $3"
EXPIRE = "DELETE FROM stored_file WHERE expires_at < now()"
FORGET = "DELETE FROM link_offer WHERE created_at < now() - interval '31 days'"
"""A button lives for 30 days."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file on its way to who has its link."""

    name: str
    mime: str
    size: int
    chunks: AsyncGenerator[bytes, None]


class FileLinks:
    """Keeps and opens. `source` fetches what a tenant's channels can; `base`: our public address,
    "" when there is none.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        clock: Clock,
        *,
        files: FileStore,
        signer: Signer,
        source: Callable[[UUID], MediaSource],
        base: str,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._files = files
        self._signer = signer
        self._source = source
        self.base = base.rstrip("/")
        self._linking: Linking | None = None
        self._refusals: Refusals | None = None

    def tell(self, linking: Linking, refusals: Refusals) -> None:
        """Hand what was kept to these."""
        self._linking, self._refusals = linking, refusals

    # ---- keeping ----------------------------------------------------------------------------

    def begin(self, tenant_id: UUID, offer_id: UUID) -> None:
        """Keep the files of an offer in the background."""
        spawn(self.fulfil(tenant_id, offer_id), "conversations.filelink")

    async def fulfil(self, tenant_id: UUID, offer_id: UUID) -> None:
        """Keep the files and send the links; a failure is tried again by `sweep`, then told."""
        try:
            async with self._database.tenant(tenant_id) as tx:
                offer = await tx.row(LEASE, tenant_id, offer_id, LEASE_SECONDS)
            if offer is not None:
                with bind(trace=offer["trace"], tenant=str(tenant_id)):
                    await self._at_it(tenant_id, offer)
        except (AppError, *AWAY) as error:
            where = {"offer": str(offer_id), "error": type(error).__name__}
            log.warning("file not linked yet", extra=where)

    async def _at_it(self, tenant_id: UUID, offer: Record) -> None:
        try:
            content, linked = await self._keep_all(tenant_id, offer)
        except TooBig:
            await self._fail(tenant_id, offer, "too_big")
        except Unsuitable:
            await self._fail(tenant_id, offer, "unsuitable")
        except Rejected as error:
            gone = error.reason is Reason.MEDIA_GONE
            await self._fail(tenant_id, offer, "gone" if gone else str(error.reason))
        except (ConnectorError, AppError, OSError) as error:
            log.warning(
                "file not kept",
                extra={"offer": str(offer["id"]), "error": type(error).__name__},
            )
            await self._later(tenant_id, offer)
        else:
            async with self._database.tenant(tenant_id) as tx:
                await self._told.sent(tx, offer["id"], content, linked)

    async def _keep_all(self, tenant_id: UUID, offer: Record) -> tuple[Content, list[Linked]]:
        assert self._refusals is not None  # noqa: S101 - told at the wiring
        async with self._database.tenant(tenant_id) as tx:
            content = await self._refusals.content(tx, offer["id"], offer["content"])
        linked = [
            await self._keep(tenant_id, offer["id"], number, media)
            for number, media in enumerate(content.media)
        ]
        return content, linked

    async def _keep(self, tenant_id: UUID, ref: UUID, number: int, media: Media) -> Linked:
        async with self._database.tenant(tenant_id) as tx:
            row = await tx.row(KEPT_FILE, tenant_id, ref, number)
        if row is None or row["expires_at"] <= self._clock.now():
            row = await self._fetch(tenant_id, ref, number, media)
        name = FileName(tenant_id, row["id"], row["expires_at"])
        url = f"{self.base}/f/{self._signer.token(name)}"
        return Linked(media, row["size"], url, row["expires_at"])

    async def _fetch(self, tenant_id: UUID, ref: UUID, number: int, media: Media) -> Record:
        look = _Look(self._source(tenant_id).open(media))
        stored = await self._files.store(tenant_id, look.chunks(), max_bytes=MAX_BYTES, ttl=KEPT)
        keys = await self._keyring.of(tenant_id)
        name = keys.seal(NAME, stored.id, media.name[:200].encode())
        about = (name, look.mime, stored.size, stored.sha256, stored.expires_at)
        async with self._database.tenant(tenant_id) as tx:
            await tx.execute(STALE, tenant_id, ref, number, self._clock.now())
            await tx.execute(KEEP, tenant_id, stored.id, ref, number, *about)
            row = await tx.row(KEPT_FILE, tenant_id, ref, number)
        if row["id"] != stored.id:  # somebody else was quicker
            await self._files.delete(stored)
        return row

    @property
    def _told(self) -> Linking:
        assert self._linking is not None  # noqa: S101 - told at the wiring
        return self._linking

    async def _fail(self, tenant_id: UUID, offer: Record, reason: str) -> None:
        async with self._database.tenant(tenant_id) as tx:
            await self._told.failed(tx, offer["id"], reason)

    async def _later(self, tenant_id: UUID, offer: Record) -> None:
        if offer["tries"] >= MAX_TRIES:
            await self._fail(tenant_id, offer, "later")
            return
        async with self._database.tenant(tenant_id) as tx:
            pause = 10 * 2 ** offer["tries"]
            await tx.execute(AGAIN, tenant_id, offer["id"], pause, offer["tries"])

    async def sweep(self) -> int:
        """Go on with what was begun, forget what has expired; return how many were begun."""
        async with self._database.system("offers of every tenant, files past their time") as tx:
            rows = await tx.fetch(DUE, BATCH)
            await tx.execute(EXPIRE)
            await tx.execute(FORGET)
        for row in rows:
            await self.fulfil(row["tenant_id"], row["id"])
        await self._files.sweep()
        return len(rows)

    # ---- opening ----------------------------------------------------------------------------

    async def open(self, token: str) -> OpenFile | None:
        """Return the file of a link; None for a forged, expired, unknown or erased one alike."""
        name = self._signer.read(token, self._clock.now())
        if name is None:
            return None
        async with self._database.tenant(name.tenant_id) as tx:
            row = await tx.row(FIND, name.tenant_id, name.file_id, self._clock.now())
            if row is None:
                return None
            shown = await self._name(tx, row)
        stored = StoredFile(
            row["id"],
            name.tenant_id,
            row["sha256"],
            row["size"],
            row["mime"],
            row["expires_at"],
        )
        chunks = await _started(self._files.open(stored))
        return OpenFile(shown, row["mime"], row["size"], chunks) if chunks is not None else None

    async def _name(self, tx: Tx, row: Record) -> str:
        keys = await self._keyring.of(row["tenant_id"])
        del tx
        return keys.open(NAME, row["id"], row["name"]).decode()


class Unsuitable(Exception):
    """The content is of a type we give no link to."""


class _Look:
    """Looks at the head of a stream while it passes; raises Unsuitable."""

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream
        self.mime = ""

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            if not self.mime and chunk:
                self.mime = kept_type(chunk) or ""
                if not self.mime:
                    raise Unsuitable
            yield chunk


async def _started(stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None] | None:
    """Read the first piece: a file that is gone or was touched is found out before any answer."""
    try:
        first = await anext(stream)
    except StopAsyncIteration:
        first = b""
    except (FileGone, Undecipherable):
        return None

    async def rest() -> AsyncGenerator[bytes, None]:
        async with aclosing(stream):
            yield first
            async for chunk in stream:
                yield chunk

    return rest()
