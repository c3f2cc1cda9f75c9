"""The product as real processes over a fake city: started, shot, started again.

`open_stack(environ)` gives a city in this loop and no process yet; `stack.begin(size)` seeds a
town and starts web, worker and scheduler. A role that dies is started again as a supervisor does,
until the test says otherwise. Only children started here are ever signalled.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any

import aiohttp
import orjson
import yaml

from sandbox.city import City
from sandbox.city.verdict import Verdict
from sandbox.processes import command, free_port, tail
from tests.faults.nursery import Child, Nursery
from tests.faults.town import API_KEY, MASTER_TOKEN, Size, Town

ROOT = Path(__file__).resolve().parents[2]
RESTART_SECONDS = 0.2
FINE = {"sent", "delivered", "read", "skipped"}
QUICK = {
    "VISHENKA_LEASE_SECONDS": "2",
    "VISHENKA_SWEEP_SECONDS": "0.5",
    "VISHENKA_PROVIDER_TIMEOUT_SECONDS": "2",
    "VISHENKA_AVITO_POLL_SECONDS": "3",
}
"""Short leases, so that short tests see many of them; the long forms run with the real ones."""


@dataclass
class Role:
    """One process of ours that is kept alive."""

    name: str
    arguments: tuple[str, ...]
    env: Mapping[str, str]
    child: Child
    kept: bool = True
    starts: int = 1

    @property
    def is_alive(self) -> bool:
        return self.child.poll() is None


@dataclass
class Stack:
    """A city, an environment, and the product's processes."""

    folder: Path
    env: dict[str, str]
    city: City
    nursery: Nursery | None = None
    roles: list[Role] = field(default_factory=list)
    town: Town | None = None
    http: aiohttp.ClientSession = field(init=False)

    @property
    def url(self) -> str:
        return self.env["VISHENKA_PUBLIC_URL"]

    # --- processes -------------------------------------------------------------------------------
    def start(self, name: str, *arguments: str, **env: str) -> Role:
        """Start `main.py NAME` and keep it alive."""
        return self.start_program(name, [str(ROOT / "main.py"), name, *arguments], **env)

    def start_program(self, name: str, arguments: Sequence[str], **env: str) -> Role:
        """Start any Python program of ours under a role's name and keep it alive."""
        merged = {**self.env, **env}
        role = Role(name, tuple(arguments), merged, self._spawn(arguments, merged))
        self.roles.append(role)
        return role

    def _spawn(
        self, arguments: Sequence[str], env: Mapping[str, str], out: Path | None = None
    ) -> Child:
        if self.nursery is not None:
            return self.nursery.start(arguments, env, self.log, out)
        argv = command([sys.executable, *arguments])
        with self.log.open("ab") as log, (out or self.log).open("ab") as words:
            return Popen(argv, cwd=ROOT, env=dict(env), stdout=words, stderr=log)

    @property
    def log(self) -> Path:
        return self.folder / "roles.log"

    def role(self, name: str) -> Role:
        return next(role for role in self.roles if role.name == name)

    def kill(self, role: Role, number: int = signal.SIGKILL) -> None:
        """Signal one process, if it lives."""
        with suppress(ProcessLookupError):
            role.child.send_signal(number)

    async def gone(self, role: Role, seconds: float = 20.0) -> float:
        """Wait for the end of a process; the seconds it took."""
        began = time.monotonic()
        while role.is_alive:
            assert time.monotonic() - began < seconds, f"{role.name} does not end"
            await asyncio.sleep(0.01)
        return time.monotonic() - began

    async def keep(self) -> None:
        """Start what died again, until cancelled."""
        while True:
            for role in self.roles:
                if role.kept and not role.is_alive:
                    await asyncio.sleep(RESTART_SECONDS)
                    role.child = self._spawn(role.arguments, role.env)
                    role.starts += 1
            await asyncio.sleep(0.02)

    async def ready(self, url: str = "", seconds: float = 120.0) -> float:
        """Wait until a web process answers; the seconds it took."""
        began = time.monotonic()
        while await self.status("GET", f"{url or self.url}/healthz") != 200:
            assert time.monotonic() - began < seconds, tail(self.log, 40)
            await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def status(self, method: str, url: str, **more: Any) -> int:
        """The status of an answer, 0 when there is none."""
        try:
            async with self.http.request(method, url, **more) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0

    async def journal(self, key: str, path: str = "deliveries") -> list[dict[str, Any]]:
        """Every row of GET /api/v1/{path}, page by page."""
        rows: list[dict[str, Any]] = []
        asked = {"limit": "100"}
        headers = {"Authorization": f"Bearer {key}"}
        while True:
            url = f"{self.url}/api/v1/{path}"
            async with self.http.get(url, params=asked, headers=headers) as answer:
                assert answer.status == 200, await answer.text()
                page = orjson.loads(await answer.read())
            rows += page["items"]
            if not page["next_cursor"]:
                return rows
            asked["cursor"] = page["next_cursor"]

    async def parked(self) -> list[dict[str, Any]]:
        """Parked events of every tenant."""
        assert self.town is not None
        keys = [API_KEY.format(number) for number in range(self.town.size.tenants)]
        return [row for key in keys for row in await self.journal(key, "inbox")]

    async def settled(self, seconds: float, quiet: float = 1.5) -> Verdict:
        """Wait for calm; where something is lost, the log (shown when a test fails) says what the
        journal knows of it.
        """
        assert self.town is not None
        verdict = await self.town.calm(seconds, quiet)
        if verdict.lost:
            keys = [API_KEY.format(number) for number in range(self.town.size.tenants)]
            rows = [row for key in keys for row in await self.journal(key)]
            odd = [row for row in [*rows, *await self.parked()] if row.get("state") not in FINE]
            with self.log.open("ab") as log:
                log.write(b"".join(orjson.dumps(row) + b"\n" for row in odd[:20]))
        return verdict

    # --- a town ----------------------------------------------------------------------------------
    async def seed(self, document: dict[str, Any]) -> dict[str, Any]:
        """`main.py seed`; what it printed."""
        path = self.folder / "seed.yaml"
        path.write_text(yaml.safe_dump(document, allow_unicode=True))
        output = await asyncio.to_thread(self.run_once, "seed", str(path))
        seeded: dict[str, Any] = orjson.loads(output)
        return seeded

    def run_once(self, *words: str) -> bytes:
        """One command of ours to its end; what it printed."""
        out = self.folder / "once.out"
        out.unlink(missing_ok=True)
        child = self._spawn([str(ROOT / "main.py"), *words], self.env, out)
        assert child.wait(60) == 0, tail(self.log, 40)
        return out.read_bytes()

    async def settle_in(self, size: Size) -> Town:
        """Build a town, seed it, point its webhooks at us; no role is started."""
        self.town = Town(self.city, size)
        self.town.point_hooks(await self.seed(self.town.document()))
        return self.town

    async def begin(self, size: Size, *roles: str) -> Town:
        """A town with these roles running (web, worker and scheduler by default)."""
        town = await self.settle_in(size)
        for name in roles or ("web", "worker", "scheduler"):
            self.start(name)
        await self.ready()
        return town


@asynccontextmanager
async def open_stack(
    environ: Mapping[str, str],
    folder: Path,
    *,
    seed: int = 1,
    nursery: Nursery | None = None,
    extra: Mapping[str, str] | None = None,
) -> AsyncIterator[Stack]:
    """A city and an empty stack; everything that was started is gone afterwards. Roles start cold
    unless there is a nursery.
    """
    city = City(seed=seed, time_scale=0.04)
    async with city:
        city.avito.world.hooks.tries = 100_000
        stack = Stack(folder, environ_of(environ, city) | dict(extra or {}), city, nursery)
        stack.http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        keeper = asyncio.create_task(stack.keep())
        try:
            yield stack
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            await stack.http.close()
            for role in stack.roles:
                stack.kill(role, signal.SIGCONT)
                stack.kill(role)
                await asyncio.to_thread(role.child.wait)


def environ_of(environ: Mapping[str, str], city: City) -> dict[str, str]:
    """What every role gets: the servers given, the city as both providers, no waiting."""
    address = f"127.0.0.1:{free_port()}"
    outer = {name: v for name, v in os.environ.items() if not name.startswith("VISHENKA_")}
    return {
        **outer,
        **environ,
        **QUICK,
        "VISHENKA_TELEGRAM_API_URL": city.telegram_url,
        "VISHENKA_AVITO_API_URL": city.avito_url,
        "VISHENKA_MASTER_BOT_TOKEN": MASTER_TOKEN,
        "VISHENKA_PUBLIC_URL": f"http://{address}",
        "VISHENKA_LISTEN": address,
        "VISHENKA_LIMITS_SCALE": "10000",
        "VISHENKA_TRUSTED_PROXIES": "127.0.0.1",
    }
