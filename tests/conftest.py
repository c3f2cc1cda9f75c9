"""What every test stands on: real servers of its own, a fresh database, no way out to the net.

One PostgreSQL and one Valkey per test process, started from their wheels; the schema is migrated
once into a template, and each test that asks for `dsns` gets a copy of it.
"""

import asyncio
import base64
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.servers import APP_ROLE, OWNER_ROLE, EmbeddedPostgres, EmbeddedValkey
from services.database import migrate
from services.kit.settings import Settings, load_settings
from tests.databases import Databases
from tests.hanging import still_going

if TYPE_CHECKING:
    from services.bootstrap import Services

TEST_MASTER_KEY = base64.b64encode(bytes(range(7, 256, 8))[:32]).decode()
PLENTY = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Dsns:
    """Addresses of one test's own database."""

    owner_dsn: str
    app_dsn: str


@pytest.fixture(scope="session")
def servers_dir() -> Iterator[Path]:
    """A folder `nobody` can reach: pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="vishenka-tests-", dir=_fast_place()))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _fast_place() -> Path | None:
    """Memory, where there is plenty: copying a database is five times as quick there."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < PLENTY:
        return None
    return memory


@pytest.fixture(scope="session")
def postgres(servers_dir: Path) -> Iterator[EmbeddedPostgres]:
    """The process's server; fault tests that restart servers start their own."""
    with EmbeddedPostgres(servers_dir / "postgres", durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(servers_dir: Path) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(servers_dir / "valkey") as server:
        yield server


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """Name of the database with the migrated, empty schema."""
    postgres.psql(f"CREATE DATABASE template_vishenka OWNER {OWNER_ROLE}")
    owner, app = (postgres.dsn(role, "template_vishenka") for role in (OWNER_ROLE, APP_ROLE))
    asyncio.run(migrate(owner, app))
    return "template_vishenka"


@pytest.fixture(scope="session")
def databases(postgres: EmbeddedPostgres) -> Iterator[Databases]:
    """The maker of every test's own database."""
    made = Databases(postgres.dsn(OWNER_ROLE, "postgres"), OWNER_ROLE)
    yield made
    made.close()


@pytest.fixture
def empty_dsns(postgres: EmbeddedPostgres, databases: Databases) -> Iterator[Dsns]:
    """A database without a schema, for tests of the ground itself."""
    name = databases.take("template0", ahead=False)
    yield Dsns(postgres.dsn(OWNER_ROLE, name), postgres.dsn(APP_ROLE, name))
    databases.drop(name)


@pytest.fixture
def dsns(postgres: EmbeddedPostgres, databases: Databases, template: str) -> Iterator[Dsns]:
    """This test's own migrated database."""
    name = databases.take(template)
    yield Dsns(postgres.dsn(OWNER_ROLE, name), postgres.dsn(APP_ROLE, name))
    databases.drop(name)


@pytest.fixture
def valkey_url(valkey: EmbeddedValkey) -> str:
    valkey.call("FLUSHALL")
    return valkey.url


@pytest.fixture
def environ(dsns: Dsns, valkey_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a test process: quick leases, everything of its own."""
    return test_environ(dsns, valkey_url, tmp_path)


@pytest.fixture
def settings(environ: Mapping[str, str]) -> Settings:
    return load_settings(environ)


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator["Services"]:
    """The program's own wiring over this test's database; rings stay in the process."""
    from services.bootstrap import bootstrap  # noqa: PLC0415  a broken wiring fails its users only

    built = await bootstrap(settings, use_broker=False)
    yield built
    await built.close()


def test_environ(dsns: Dsns, valkey_url: str, folder: Path) -> dict[str, str]:
    return {
        "VISHENKA_DATABASE_URL": dsns.app_dsn,
        "VISHENKA_MIGRATE_DATABASE_URL": dsns.owner_dsn,
        "VISHENKA_REDIS_URL": valkey_url,
        "VISHENKA_MASTER_KEY": TEST_MASTER_KEY,
        "VISHENKA_MASTER_BOT_TOKEN": "4200000:TEST_master_bot_token_of_the_tests_",
        "VISHENKA_PUBLIC_URL": "http://127.0.0.1:8080",
        "VISHENKA_FILES_DIR": str(folder / "files"),
        "VISHENKA_LEASE_SECONDS": "3",
        "VISHENKA_SWEEP_SECONDS": "1",
    }


test_environ.__test__ = False  # type: ignore[attr-defined]  # a helper, not a test


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fault tests run real processes for minutes: all on one test process, from the beginning, so
    that never two of them fight for the cores.
    """
    faults = [item for item in items if "/tests/faults/" in item.path.as_posix()]
    for item in faults:
        item.add_marker(pytest.mark.xdist_group("faults"))
    items.sort(key=lambda item: "/tests/faults/" not in item.path.as_posix())


@pytest.hookimpl(wrapper=True)
def pytest_timeout_set_timer() -> Generator[None, Any, Any]:
    """A test that runs out of time, in its setup and teardown too, shows what it waited for."""
    is_set = yield
    fail = signal.getsignal(signal.SIGALRM)

    def tell(number: int, frame: Any) -> None:
        sys.stderr.write(still_going() + "\n")
        if callable(fail):
            fail(number, frame)

    signal.signal(signal.SIGALRM, tell)
    return is_set


class OutsideWorld(RuntimeError):
    """A test tried to leave this machine."""


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a unix socket's path
    host = str(address[0])
    return host.startswith("127.") or host in {"::1", "localhost", "0.0.0.0", ""}


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets lead to this machine only."""

    def guarded(name: str) -> None:
        original = getattr(socket.socket, name)

        def call(self: socket.socket, address: object) -> object:
            if not _is_local(address):
                raise OutsideWorld(f"a test wanted to reach {address}")
            return original(self, address)

        monkeypatch.setattr(socket.socket, name, call)

    guarded("connect")
    guarded("connect_ex")
