"""The backup and restore steps of docs/operations.md, run as they are written there.

Only where they run differs: `docker compose exec postgres` is the server's own folder of programs,
`docker compose run` is main.py.
"""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.city import City
from sandbox.city.demo import DEMO_FILE, build
from sandbox.servers import DATABASE, OWNER_ROLE, EmbeddedPostgres
from services import seed
from services.bootstrap import bootstrap
from services.connectors.messages import Address, OutboundMessage, Text
from services.kit.settings import Settings, load_settings
from services.outbox.models import NewDelivery
from tests.scenarios.processes import point_hooks

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
FENCED = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
DATE, WORDS = "2026-11-24", "На чём вы приедете?"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


def section(title: str) -> dict[str, str]:
    """The one shell block and the one SQL block of a section, comments cut."""
    text = OPERATIONS.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    found = dict(FENCED.findall(text))
    return {
        kind: re.sub(r"\s+#.*", "", block).replace("\\\n", " ") for kind, block in found.items()
    }


@dataclass
class Host:
    """A machine with a PostgreSQL and the program: where the steps are typed."""

    postgres: EmbeddedPostgres
    environ: dict[str, str]
    folder: Path

    @property
    def settings(self) -> Settings:
        return load_settings(self.environ)

    def type(self, line: str) -> str:
        """Type one line; what it printed. A line that fails fails the test."""
        line = line.replace("$(date +%F)", DATE).replace("DATE", DATE)
        if line.startswith("docker compose run --rm "):
            role = line.split()[-1]
            argv = [sys.executable, str(ROOT / "main.py"), role]
            return self._run(argv, self.environ)
        server = line.removeprefix("docker compose exec -T postgres ")
        assert server != line, f"no such step is known: {line}"
        home = self.postgres.home
        environ = {
            "PATH": f"{home.binary('psql').parent}:{os.environ['PATH']}",
            "PGHOST": str(home.sockets),
            "PGPORT": str(self.postgres.port),
            "PGPASSWORD": home.password(OWNER_ROLE),
        }
        return self._run(["sh", "-c", server], environ)

    def _run(self, argv: list[str], environ: dict[str, str]) -> str:
        done = subprocess.run(
            argv, cwd=self.folder, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    def counted(self) -> dict[str, int]:
        """Rows of every table."""
        names = self.postgres.psql(TABLES, DATABASE).splitlines()
        counts = (f"SELECT '{name}', count(*) FROM {name}" for name in names)
        lines = self.postgres.psql(" UNION ALL ".join(counts), DATABASE).splitlines()
        return {name: int(count) for name, count in (line.split("|") for line in lines)}


@asynccontextmanager
async def host(folder: Path, city: City, base: dict[str, str]) -> AsyncIterator[Host]:
    folder.mkdir(mode=0o711)
    async with EmbeddedPostgres(folder / "postgres", durable=False) as postgres:
        environ = {
            **base,
            "PATH": os.environ["PATH"],
            "VISHENKA_DATABASE_URL": postgres.app_dsn,
            "VISHENKA_MIGRATE_DATABASE_URL": postgres.owner_dsn,
            "VISHENKA_TELEGRAM_API_URL": city.telegram_url,
            "VISHENKA_AVITO_API_URL": city.avito_url,
        }
        yield Host(postgres, environ, folder)


@pytest.fixture
async def hosts(servers_dir: Path, environ: dict[str, str]) -> AsyncIterator[tuple[Host, Host]]:
    """The machine that is lost, and the new one."""
    async with City(seed=1) as city:
        build(city)
        old, new = (host(servers_dir / name, city, environ) for name in ("old", "new"))
        async with old as lost, new as fresh:
            yield lost, fresh


async def lived(old: Host) -> None:
    """A business works on the old machine; one answer is on its way."""
    await asyncio.to_thread(old.type, "docker compose run --rm migrate")
    services = await bootstrap(old.settings, use_broker=False)
    try:
        document: Any = yaml.safe_load(DEMO_FILE.read_text(encoding="utf-8"))
        await seed.seed(services, document)
        await point_hooks(services)
        async with services.database.system("test") as tx:
            bot = await tx.row("SELECT tenant_id, id FROM channel WHERE kind = 'client'")
        new = NewDelivery(
            channel_id=bot["id"],
            action=OutboundMessage(to=Address(chat_id="1"), text=Text(text=WORDS)),
            idempotency_key="k",
            order_key="one",
            purpose="test",
        )
        async with services.database.tenant(bot["tenant_id"]) as tx:
            services.outbox.add(tx, new)
    finally:
        await services.close()


async def test_the_written_steps_bring_a_business_to_a_new_machine(
    hosts: tuple[Host, Host],
) -> None:
    old, new = hosts
    await lived(old)
    before = await asyncio.to_thread(old.type, "docker compose run --rm web check")
    (dump,) = section("Backup")["sh"].strip().splitlines()
    await asyncio.to_thread(old.type, dump)
    kept = old.counted()
    (old.folder / f"vishenka-{DATE}.dump").rename(new.folder / f"vishenka-{DATE}.dump")
    await old.postgres.astop()

    first, *steps = section("Restore")["sh"].strip().splitlines()
    assert first == "docker compose up -d postgres"
    for step in steps:
        said = await asyncio.to_thread(new.type, step)

    assert kept["delivery_open"] == 1
    assert new.counted() == kept
    assert said == before  # every account answers with the keys that came sealed in the dump
    new.postgres.psql(section("Restore")["sql"], DATABASE)
    left = "SELECT state, reason FROM delivery"
    assert new.postgres.psql(left, DATABASE) == "unknown|timeout"
    assert new.counted()["delivery_open"] == 0
