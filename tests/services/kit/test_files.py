"""Encrypted files: what goes in comes out, nothing half-written shows, touched ones stay shut."""

import asyncio
import hashlib
import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit.crypto import Undecipherable
from services.kit.errors import Unavailable
from services.kit.files import (
    BATCH,
    CHUNK,
    MARK,
    SEALED_CHUNK,
    FileGone,
    FileStore,
    StoredFile,
    TooBig,
)
from services.kit.mime import UNKNOWN

DAY = timedelta(days=1)
ANNA, BORIS = uuid.UUID(int=1), uuid.UUID(int=2)
KEYS = {ANNA: b"a" * 32, BORIS: b"b" * 32}
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH, 3 * BATCH + 7]


class FixedClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


async def key_for(tenant_id: uuid.UUID) -> bytes:
    return KEYS[tenant_id]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def files(folder: Path, clock: FixedClock) -> FileStore:
    return FileStore(folder, key_for, clock)


async def pieces(content: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def put(files: FileStore, content: bytes, tenant: uuid.UUID = ANNA, **more) -> StoredFile:
    limits = {"max_bytes": 100_000_000, "ttl": DAY, **more}
    return await files.store(tenant, pieces(content), **limits)


async def read(files: FileStore, file: StoredFile) -> bytes:
    return b"".join([chunk async for chunk in files.open(file)])


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", SIZES)
async def test_what_goes_in_comes_out(files, size):
    content = os.urandom(size)

    file = await put(files, content)

    assert await read(files, file) == content
    assert await read(files, file) == content
    assert (file.size, file.sha256) == (size, hashlib.sha256(content).hexdigest())


@given(content=st.binary(max_size=5000), size=st.integers(1, 900))
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_cutting_of_the_stream_does_not_matter(tmp_path, content, size):
    files = FileStore(tmp_path, key_for, FixedClock())

    async def there_and_back() -> bytes:
        stream = pieces(content, size)
        return await read(files, await files.store(ANNA, stream, max_bytes=5000, ttl=DAY))

    assert asyncio.run(there_and_back()) == content


async def test_nothing_of_the_content_is_on_disk(files, folder):
    secret = b"+7 999 123-45-67 " * 5000

    await put(files, secret)

    assert all(b"999 123" not in path.read_bytes() for path in on_disk(folder))


async def test_type_is_told_by_content(files):
    assert (await put(files, b"\x89PNG\r\n\x1a\n....")).mime == "image/png"
    assert (await put(files, b"")).mime == UNKNOWN


@pytest.mark.parametrize("size", [101, 5 * BATCH])
async def test_too_big_a_stream_leaves_nothing(files, folder, size):
    with pytest.raises(TooBig) as caught:
        await put(files, b"x" * size, max_bytes=100)

    assert caught.value.params["limit"] == 100
    assert on_disk(folder) == []


async def test_a_stream_of_just_the_limit_is_kept(files):
    assert (await put(files, b"x" * 100, max_bytes=100)).size == 100


async def test_broken_stream_leaves_nothing(files, folder):
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 2 * BATCH
        raise ConnectionError("the provider went away")

    with pytest.raises(Unavailable):  # a ConnectionError is an OSError: try again later
        await files.store(ANNA, broken(), max_bytes=10 * BATCH, ttl=DAY)

    assert on_disk(folder) == []


async def test_cancelled_store_leaves_nothing(files, folder):
    started = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * BATCH
            started.set()
            await asyncio.sleep(0.001)

    storing = asyncio.ensure_future(files.store(ANNA, endless(), max_bytes=10**12, ttl=DAY))
    await started.wait()
    storing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await storing

    assert on_disk(folder) == []


async def test_file_shows_only_when_whole(files, folder):
    seen: list[list[Path]] = []

    async def watched() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * (BATCH + 1)
            seen.append([path for path in on_disk(folder) if path.parent.name != ".incoming"])

    file = await files.store(ANNA, watched(), max_bytes=10 * BATCH, ttl=DAY)

    assert seen == [[], [], []]
    assert [path.name.split(".")[0] for path in on_disk(folder)] == [str(file.id)]


async def test_another_tenants_key_does_not_open(files, folder):
    file = await put(files, b"secret")
    stolen = StoredFile(file.id, BORIS, file.sha256, file.size, file.mime, file.expires_at)
    [path] = on_disk(folder)
    moved = folder / str(BORIS) / path.parent.name / path.name
    moved.parent.mkdir(parents=True)
    path.rename(moved)

    with pytest.raises(Undecipherable):
        await read(files, stolen)


def flip(body: bytes, place: int) -> bytes:
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


A, B = slice(4, 4 + SEALED_CHUNK), slice(4 + SEALED_CHUNK, 4 + 2 * SEALED_CHUNK)
TOUCHES = {
    "mark": lambda body: flip(body, 0),
    "nonce": lambda body: flip(body, 5),
    "content": lambda body: flip(body, 500),
    "tag": lambda body: flip(body, len(body) - 1),
    "last chunk cut": lambda body: body[: -SEALED_CHUNK // 2],
    "cut at a border": lambda body: body[: B.stop],
    "chunks swapped": lambda body: MARK + body[B] + body[A] + body[B.stop :],
    "chunk repeated": lambda body: MARK + body[A] + body[A] + body[B] + body[B.stop :],
    "chunk missing": lambda body: MARK + body[B] + body[B.stop :],
    "something added": lambda body: body + b"x",
    "chunks gone": lambda body: body[:4],
    "everything gone": lambda _: b"",
}


@pytest.mark.parametrize("name", TOUCHES)
async def test_touched_bytes_do_not_open(files, folder, name):
    file = await put(files, os.urandom(2 * CHUNK + CHUNK // 2))
    [path] = on_disk(folder)
    path.write_bytes(TOUCHES[name](path.read_bytes()))

    with pytest.raises(Undecipherable):
        await read(files, file)


async def test_expired_file_is_gone_and_swept(files, folder, clock):
    short = await put(files, b"short", ttl=timedelta(minutes=5))
    long = await put(files, b"long")
    clock.at += timedelta(minutes=6)

    with pytest.raises(FileGone):
        await read(files, short)
    swept = await files.sweep()

    assert swept == 1
    assert await read(files, long) == b"long"
    assert len(on_disk(folder)) == 1


async def test_deleted_file_is_gone(files, folder):
    file = await put(files, b"x")

    await files.delete(file)
    await files.delete(file)

    with pytest.raises(FileGone):
        await read(files, file)
    assert on_disk(folder) == []


async def test_erasing_a_tenant_leaves_the_other(files):
    hers, his = await put(files, b"hers"), await put(files, b"his", BORIS)

    await files.erase(ANNA)
    await files.erase(ANNA)

    with pytest.raises(FileGone):
        await read(files, hers)
    assert await read(files, his) == b"his"


async def test_unwritable_folder_is_a_passing_trouble(clock, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    files = FileStore(tmp_path / "file", key_for, clock)

    with pytest.raises(Unavailable):
        await put(files, b"x")


async def test_files_are_the_owners_alone(files, folder):
    await put(files, b"x")

    [path] = on_disk(folder)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_many_streams_at_once_do_not_mix(files):
    contents = [os.urandom(BATCH + number) for number in range(8)]

    stored = await asyncio.gather(*(put(files, content) for content in contents))

    assert await asyncio.gather(*(read(files, file) for file in stored)) == contents


async def test_reader_may_stop_early(files):
    file = await put(files, b"x" * 3 * BATCH)

    stream = files.open(file)
    first = await anext(stream)
    await stream.aclose()

    assert len(first) == CHUNK
