"""What killed writers leave, and what the sweep takes."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.kit.files import FileStore
from tests.services.kit.test_files import DAY, FixedClock, key_for, on_disk


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def files(folder: Path, clock: FixedClock) -> FileStore:
    return FileStore(folder, key_for, clock)


async def test_young_unfinished_file_is_left_to_its_writer(files, folder, clock):
    young, old = folder / ".incoming" / "young", folder / ".incoming" / "old"
    young.parent.mkdir(parents=True)
    for path, age in ((young, 60), (old, 7200)):
        path.write_bytes(b"half")
        stamp = clock.at.timestamp() - age
        os.utime(path, (stamp, stamp))

    swept = await files.sweep()

    assert swept == 1
    assert on_disk(folder) == [young]


async def test_foreign_files_in_the_folder_are_left_alone(files, folder, clock):
    (folder / "lost+found" / "ab").mkdir(parents=True)
    (folder / "lost+found" / "ab" / "notes.txt").write_text("x")
    clock.at += 100 * DAY

    assert await files.sweep() == 0


async def test_sweep_of_an_empty_store_is_fine(files):
    assert await files.sweep() == 0


WRITER = """
import asyncio, sys, uuid
from datetime import timedelta
from pathlib import Path
from services.kit.clock import SystemClock
from services.kit.files import BATCH, FileStore

async def key_for(tenant):
    return b"a" * 32

async def endless():
    while True:
        yield b"x" * (BATCH + 1)
        print("wrote", flush=True)

store = FileStore(Path(sys.argv[1]), key_for, SystemClock())
asyncio.run(store.store(uuid.UUID(int=1), endless(), max_bytes=10**12, ttl=timedelta(days=1)))
"""


async def test_killed_writer_leaves_no_visible_file_and_the_sweep_clears_up(files, folder, clock):
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(folder), stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    for _ in range(3):
        await writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    await writer.communicate()

    left = on_disk(folder)
    clock.at = datetime.now(UTC) + timedelta(hours=2)
    swept = await files.sweep()

    assert [path.parent.name for path in left] == [".incoming"]
    assert swept == 1
    assert on_disk(folder) == []
