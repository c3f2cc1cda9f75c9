"""Files on disk, encrypted as they stream through: attachments on their way, exports, imports.

    FILES_DIR/<tenant>/<last two hex of id>/<id>.<expiry, unix seconds>     whole files only
    FILES_DIR/.incoming/<id>                                                being written

A file is a sequence of chunks `nonce(12) ciphertext(≤64 KiB) tag(16)` after a 4-byte mark. Each
file has a key of its own, derived from its tenant's; each chunk is bound to tenant, file, its
number, and whether it is the last, so chunks cannot be swapped, moved to another file, or cut off.
A file appears under its name by one rename after it is on disk: a killed writer leaves only
something in `.incoming`, which `sweep` removes. The expiry stands in the name, so that a file
whose row was never committed goes away by itself too. No database here: rows are the caller's.
Only a folder so far: every process that keeps or opens files sees the same FILES_DIR.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import shutil
import threading
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kit.clock import Clock
from services.kit.crypto import Undecipherable
from services.kit.errors import InvalidInput, NotFound, Unavailable
from services.kit.ids import new_id
from services.kit.mime import HEAD_BYTES, sniff

MARK = b"VSF1"
NONCE = 12
TAG = 16
CHUNK = 64 * 1024
SEALED_CHUNK = NONCE + CHUNK + TAG
BATCH = 16 * CHUNK
"""Bytes per hop into a thread; also what one open file costs in memory."""

INCOMING = ".incoming"
ORPHAN_AGE = timedelta(hours=1)

KeyFor = Callable[[UUID], Awaitable[bytes]]


class TooBig(InvalidInput):
    """The stream is longer than allowed; nothing of it is kept. `limit` in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__("files.too_big", limit=limit)


class FileGone(NotFound):
    """The file has expired or was deleted."""

    def __init__(self) -> None:
        super().__init__("files.gone")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What the caller keeps in its row.

    `sha256` (hex) and `size` of the content, `mime` by its first bytes.
    """

    id: UUID
    tenant_id: UUID
    sha256: str
    size: int
    mime: str
    expires_at: datetime


class FileStore:
    """Stores, opens and deletes files of tenants. All disk work runs in threads."""

    def __init__(self, folder: Path, key_for: KeyFor, clock: Clock) -> None:
        self._folder = folder
        self._key_for = key_for
        self._clock = clock

    async def store(
        self, tenant_id: UUID, stream: AsyncIterable[bytes], *, max_bytes: int, ttl: timedelta
    ) -> StoredFile:
        """Return the file once it is on disk. Raises TooBig; Unavailable when the disk refuses."""
        file_id, expires_at = new_id(), self._clock.now() + ttl
        seal = _Seal(await self._key_for(tenant_id), tenant_id, file_id)
        target = self._path(tenant_id, file_id, expires_at)
        try:
            writer = await asyncio.to_thread(_Writer, self._folder / INCOMING / str(file_id), seal)
            try:
                await _pour(stream, writer, max_bytes)
                await asyncio.to_thread(writer.finish, target)
            finally:
                await asyncio.to_thread(writer.discard)
        except OSError as error:
            raise Unavailable("files.unavailable") from error
        return StoredFile(
            file_id, tenant_id, writer.digest, writer.size, sniff(writer.head), expires_at
        )

    async def open(self, file: StoredFile) -> AsyncGenerator[bytes, None]:
        """Yield the content. Raises FileGone; Undecipherable when the bytes were touched."""
        if file.expires_at <= self._clock.now():
            raise FileGone
        seal = _Seal(await self._key_for(file.tenant_id), file.tenant_id, file.id)
        path = self._path(file.tenant_id, file.id, file.expires_at)
        try:
            reader = await asyncio.to_thread(_Reader, path, seal)
        except FileNotFoundError as error:
            raise FileGone from error
        try:
            while batch := await asyncio.to_thread(reader.read):
                for chunk in batch:
                    yield chunk
        finally:
            reader.close()

    async def delete(self, file: StoredFile) -> None:
        """Remove one file; a missing one is fine."""
        path = self._path(file.tenant_id, file.id, file.expires_at)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def erase(self, tenant_id: UUID) -> None:
        """Remove everything of a tenant."""
        await asyncio.to_thread(shutil.rmtree, self._folder / str(tenant_id), ignore_errors=True)

    async def sweep(self) -> int:
        """Remove expired files and what killed writers left; return how many."""
        return await asyncio.to_thread(self._sweep, self._clock.now())

    def _sweep(self, now: datetime) -> int:
        doomed = [path for path in self._whole_files() if _expiry(path) <= now.timestamp()]
        oldest = (now - ORPHAN_AGE).timestamp()
        incoming = (self._folder / INCOMING).glob("*")
        doomed += [path for path in incoming if _touched(path) <= oldest]
        for path in doomed:
            path.unlink(missing_ok=True)
        return len(doomed)

    def _whole_files(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("*/??/*.*") if path.suffix[1:].isdigit())

    def _path(self, tenant_id: UUID, file_id: UUID, expires_at: datetime) -> Path:
        name = f"{file_id}.{int(expires_at.timestamp())}"
        return self._folder / str(tenant_id) / file_id.hex[-2:] / name


async def _pour(stream: AsyncIterable[bytes], writer: _Writer, max_bytes: int) -> None:
    waiting, total = bytearray(), 0
    async for piece in stream:
        total += len(piece)
        if total > max_bytes:
            raise TooBig(max_bytes)
        waiting += piece
        while len(waiting) > BATCH:  # more than a batch: the last chunk must stay with us
            batch = bytes(waiting[:BATCH])
            del waiting[:BATCH]
            await asyncio.to_thread(writer.write, batch)
    await asyncio.to_thread(writer.write, bytes(waiting), last=True)


class _Seal:
    """Encrypts and decrypts the chunks of one file."""

    def __init__(self, key: bytes, tenant_id: UUID, file_id: UUID) -> None:
        if len(key) != 32:
            raise ValueError("a file key is 32 bytes")
        self._bound_to = tenant_id.bytes + file_id.bytes
        self._cipher = AESGCM(hmac.digest(key, b"vishenka:file:" + self._bound_to, "sha256"))

    def close(self, chunk: bytes, number: int, *, last: bool) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, chunk, self._place(number, last=last))

    def open(self, sealed: bytes, number: int, *, last: bool) -> bytes:
        try:
            place = self._place(number, last=last)
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], place)
        except (InvalidTag, ValueError) as error:
            raise Undecipherable("file does not open") from error

    def _place(self, number: int, *, last: bool) -> bytes:
        return self._bound_to + number.to_bytes(8, "big") + (b"\x01" if last else b"\x00")


class _Writer:
    """One file being written.

    The lock keeps `discard` of a cancelled caller behind a write still in its thread.
    """

    def __init__(self, path: Path, seal: _Seal) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path, self._seal = path, seal
        self._lock, self._number, self._hash = threading.Lock(), 0, hashlib.sha256()
        self.size, self.head = 0, b""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "wb")
        self._file.write(MARK)

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def write(self, batch: bytes, *, last: bool = False) -> None:
        """Seal a batch: whole chunks, or with `last` everything that is left."""
        with self._lock:
            self._hash.update(batch)
            self.size += len(batch)
            self.head = self.head or batch[:HEAD_BYTES]
            starts = range(0, max(len(batch), 1), CHUNK)
            for start in starts:
                is_last = last and start == starts[-1]
                chunk = batch[start : start + CHUNK]
                self._file.write(self._seal.close(chunk, self._number, last=is_last))
                self._number += 1

    def finish(self, target: Path) -> None:
        """Put the file on disk, then under its name."""
        with self._lock:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.rename(target)
            _sync_folder(target.parent)

    def discard(self) -> None:
        """Drop what was not finished; nothing to do after `finish`."""
        with self._lock:
            self._file.close()
            self._path.unlink(missing_ok=True)


class _Reader:
    """One file being read. One byte is read ahead to know the last chunk."""

    def __init__(self, path: Path, seal: _Seal) -> None:
        self._seal, self._number = seal, 0
        self._file: BinaryIO = path.open("rb")
        if self._file.read(len(MARK)) != MARK:
            self._file.close()
            raise Undecipherable("not a file of ours")
        self._next: bytes | None = self._file.read(SEALED_CHUNK)

    def read(self) -> list[bytes]:
        """Return some chunks; none at the end."""
        found: list[bytes] = []
        while self._next is not None and len(found) * CHUNK < BATCH:
            sealed, after = self._next, self._file.read(SEALED_CHUNK)
            found.append(self._seal.open(sealed, self._number, last=not after))
            self._number += 1
            self._next = after or None
        return found

    def close(self) -> None:
        self._file.close()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _expiry(path: Path) -> int:
    return int(path.suffix[1:])


def _touched(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # its writer finished meanwhile
        return datetime.max.replace(tzinfo=UTC).timestamp()
