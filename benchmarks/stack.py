"""The product's real processes for a benchmark: servers from the wheels, roles as children, all
gone at the end.
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any
from urllib.request import urlopen

import orjson
import yaml

from sandbox.servers import EmbeddedPostgres, EmbeddedValkey
from services.database import migrate

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Stack:
    """Servers and roles. `env` is what every role gets."""

    folder: Path
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    env: dict[str, str]
    port: int
    roles: list[Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, role: str, *arguments: str, **env: str) -> Popen[bytes]:
        """Start `main.py ROLE` and remember it."""
        return self.start_program([str(ROOT / "main.py"), role, *arguments], **env)

    def start_program(self, arguments: list[str], **env: str) -> Popen[bytes]:
        """Start any Python program of ours."""
        argv, environ = [sys.executable, *arguments], {**self.env, **env}
        with (self.folder / "roles.log").open("ab") as log:
            child = Popen(argv, cwd=ROOT, env=environ, stdout=log, stderr=log)
        self.roles.append(child)
        return child

    def stop(self, child: Popen[bytes], number: int = signal.SIGTERM) -> None:
        """End one role."""
        child.send_signal(number)
        child.wait(15)
        self.roles.remove(child)

    def seed(self, document: Mapping[str, Any]) -> Any:
        """Seed rows; return what seed printed."""
        path = self.folder / "seed.yaml"
        path.write_text(yaml.safe_dump(dict(document), allow_unicode=True))
        child = Popen(
            [sys.executable, "main.py", "seed", str(path)], cwd=ROOT, env=self.env, stdout=PIPE
        )
        output, _ = child.communicate()
        if child.returncode:
            raise RuntimeError("seed failed")
        return orjson.loads(output)

    async def bulk(self, orders: Sequence[Mapping[str, Any]]) -> None:
        """Queue campaign-class deliveries through the outbox, in a process of their own."""
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.bulk", cwd=ROOT, env=self.env, stdin=PIPE
        )
        await child.communicate(orjson.dumps(list(orders)))
        if child.returncode:
            raise RuntimeError("bulk failed")

    async def ready(self, url: str | None = None, seconds: float = 20.0) -> None:
        """Wait until the web process answers."""
        for _ in range(int(seconds * 20)):
            try:
                await asyncio.to_thread(
                    lambda: urlopen(f"{url or self.url}/healthz", timeout=1).read()  # noqa: S310 - loopback
                )
            except OSError:
                await asyncio.sleep(0.05)
            else:
                return
        raise TimeoutError((self.folder / "roles.log").read_text()[-3000:])


@contextmanager
def open_stack(**extra: str) -> Iterator[Stack]:
    """Start servers with fsync on, migrate, and take everything down afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="vishenka-bench-"))
    folder.chmod(0o711)
    with (
        EmbeddedPostgres(folder / "postgres") as postgres,
        EmbeddedValkey(folder / "valkey") as valkey,
    ):
        port = free_port()
        env = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith("VISHENKA_")
            },
            "VISHENKA_DATABASE_URL": postgres.app_dsn,
            "VISHENKA_MIGRATE_DATABASE_URL": postgres.owner_dsn,
            "VISHENKA_REDIS_URL": valkey.url,
            "VISHENKA_MASTER_KEY": base64.b64encode(bytes(range(32))).decode(),
            "VISHENKA_LISTEN": f"127.0.0.1:{port}",
            "VISHENKA_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "VISHENKA_FILES_DIR": str(folder / "files"),
            "VISHENKA_TRUSTED_PROXIES": "127.0.0.1",
            **extra,
        }
        stack = Stack(folder, postgres, valkey, env, port)
        try:
            yield stack
        finally:
            for child in stack.roles:
                child.kill()
                child.wait()
    shutil.rmtree(folder, ignore_errors=True)


async def prepare(stack: Stack) -> None:
    """Migrate from inside a running loop."""
    await migrate(stack.postgres.owner_dsn, stack.postgres.app_dsn)
