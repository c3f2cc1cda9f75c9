"""PostgreSQL's disk is full for a while, by real means: a file system of its own and a file that
takes all of it. Needs the right to mount one.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sandbox.servers import EmbeddedPostgres
from tests.faults.servers import answer, back
from tests.faults.stack import Stack
from tests.faults.town import Size, fair, until

MEGABYTES = 400
BALLAST = "ballast"
MANY = "INSERT INTO filling SELECT repeat(md5(n::text), 200) FROM generate_series(1, 20000) AS n"


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A small file system at the folder."""
    folder.mkdir(mode=0o755)
    words = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=755", "none", str(folder)]
    if os.getuid() or subprocess.run(words, check=False).returncode:
        raise SystemExit("this play needs the right to mount a file system (root)")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def full_disk(stack: Stack, pg: EmbeddedPostgres, folder: Path, rounds: int) -> int:
    """Play it; everything promised is asserted. How many webhooks were refused."""
    town = await stack.begin(Size(2, 4, 8))
    await town.opened()
    await asyncio.to_thread(pg.psql, "CREATE TABLE filling (words text)", "vishenka")
    pids = [role.child.pid for role in stack.roles]
    statuses = []
    for number in range(rounds):
        await asyncio.to_thread(_fill, pg, folder)
        talking = asyncio.create_task(town.chatter(range(number * 4, number * 4 + 4), 6.0))
        for _ in range(8):
            statuses.append((await answer(stack, town))[0])
            await asyncio.sleep(0.5)
        await talking
        (folder / BALLAST).unlink()
        if not pg.is_running:  # it could not write its log: a crash, as with any full disk
            await pg.astart()
        await back(stack, town)
        await asyncio.to_thread(pg.psql, "TRUNCATE filling; CHECKPOINT", "vishenka")
        await until(lambda: not town.missing(), 120)

    fair(town, await stack.settled(120))
    assert set(statuses) <= {200, 503}, statuses
    assert not await stack.parked()
    assert [role.child.pid for role in stack.roles] == pids
    return statuses.count(503)


def _fill(pg: EmbeddedPostgres, folder: Path) -> None:
    """Take all the room there is, and what PostgreSQL has set by for itself."""
    with suppress(OSError), (folder / BALLAST).open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))
    with suppress(Exception):
        pg.psql(MANY, "vishenka")
