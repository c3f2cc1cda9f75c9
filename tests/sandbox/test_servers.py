import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from sandbox import cluster
from sandbox.processes import AlreadyRunning, locked, remove, wait_until
from sandbox.servers import APP_ROLE, EmbeddedPostgres, EmbeddedValkey
from tests.conftest import Dsns

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from sandbox.servers import EmbeddedPostgres, EmbeddedValkey
folder = Path(sys.argv[1])
with EmbeddedPostgres(folder / "postgres", durable=False) as pg, EmbeddedValkey(folder / "v") as v:
    print(pg.child.pid, v.child.pid, flush=True)
    time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


async def test_russian_letters_are_lowered(empty_dsns: Dsns) -> None:
    connection = await asyncpg.connect(empty_dsns.app_dsn)

    assert await connection.fetchval("SELECT lower('ЁЖ') || upper('щи')") == "ёжЩИ"

    await connection.close()


async def test_application_role_has_no_power(empty_dsns: Dsns) -> None:
    connection = await asyncpg.connect(empty_dsns.app_dsn)

    role = await connection.fetchrow("SELECT * FROM pg_roles WHERE rolname = current_user")

    assert role is not None
    assert role["rolname"] == APP_ROLE
    for power in ("super", "bypassrls", "inherit", "createrole", "createdb", "replication"):
        assert not role[f"rol{power}"], power
    await connection.close()


async def test_wrong_password_is_refused(empty_dsns: Dsns) -> None:
    password = empty_dsns.app_dsn.split(":")[2].split("@")[0]

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(empty_dsns.app_dsn.replace(password, "wrong"))


async def test_data_port_and_password_outlive_crash_in_folder_with_space(
    servers_dir: Path,
) -> None:
    async with EmbeddedPostgres(servers_dir / "with a space") as server:
        dsn = server.owner_dsn
        connection = await asyncpg.connect(dsn)
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
        await connection.close(timeout=1)

        await server.akill()
        await server.astart()

        assert server.owner_dsn == dsn
        connection = await asyncpg.connect(dsn)
        assert await connection.fetchval("SELECT n FROM kept") == 42
        await connection.close(timeout=1)


def test_servers_die_with_killed_parent_and_start_again(servers_dir: Path) -> None:
    folder = servers_dir / "orphans"
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        pids = [int(pid) for pid in holder.stdout.readline().split()]
        os.kill(holder.pid, signal.SIGKILL)

    assert len(pids) == 2
    assert wait_until(lambda: not any(map(is_alive, pids)), seconds=5)

    began = time.monotonic()
    with EmbeddedPostgres(folder / "postgres", durable=False) as server:
        assert server.psql("SELECT 1") == "1"
    assert time.monotonic() - began < 10


def test_stale_lock_with_a_living_strangers_number_is_no_obstacle(servers_dir: Path) -> None:
    with EmbeddedPostgres(servers_dir / "stale", durable=False) as server:
        lock = server.home.data / "postmaster.pid"
        text = lock.read_text()
    lock.write_text(f"{os.getpid()}\n" + text.split("\n", 1)[1])

    with server:
        assert server.is_running


def test_interrupted_initdb_is_done_again(servers_dir: Path) -> None:
    folder = servers_dir / "half-made"
    (folder / "data.new" / "base").mkdir(parents=True)

    with EmbeddedPostgres(folder, durable=False) as server:
        assert server.psql("SELECT 1") == "1"


def test_start_changes_no_rights_outside_its_folder(servers_dir: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = {path: path.stat() for path in (closed, *closed.parents)}

    with EmbeddedPostgres(closed / "postgres", durable=False) as server:
        owner = server.home.data.stat().st_uid
    if not server.home.data.is_relative_to(closed):
        remove(server.home.data.parent)

    assert owner == (cluster.User.nobody().uid if os.geteuid() == 0 else os.geteuid())
    for path, was in before.items():
        now = path.stat()
        assert (now.st_mode, now.st_uid, now.st_gid) == (was.st_mode, was.st_uid, was.st_gid)


async def test_valkey_asks_for_its_password_and_comes_back_on_its_port(servers_dir: Path) -> None:
    async with EmbeddedValkey(servers_dir / "valkey 2") as server:
        port = server.port
        assert server.call("SET", "a", "1") == "+OK"

        await server.akill()
        assert not server.is_running
        await server.astart()

        assert server.port == port
        assert server.call("GET", "a") == "$-1"  # it keeps nothing, and nothing may need it
        server.password = "wrong"
        assert "NOAUTH" in server.call("GET", "a")


def test_lock_is_held_by_one_and_names_the_holder(tmp_path: Path) -> None:
    lock = tmp_path / "lock"

    with locked(lock), pytest.raises(AlreadyRunning, match=str(os.getpid())), locked(lock):
        pass

    with locked(lock):
        assert lock.read_text() == str(os.getpid())
