"""`./run`: everything on one machine, as children of one process.

Order: the folder's lock, a complete environment, free ports; PostgreSQL and Valkey when nobody
gave one; migrations; web, worker and scheduler; with no bot token the demo's rows (at the first
start before the roles) and the provider city. A dead child is started again, and no child outlives
this process, even when it is killed with SIGKILL (`sandbox/launch.py`). SIGTERM and Ctrl-C end
everything within five seconds.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.children import Child, Program, Server, SettingsRefused, keep, tell
from sandbox.cluster import write_private
from sandbox.control import control
from sandbox.embedded import EmbeddedServer
from sandbox.processes import (
    AlreadyRunning,
    ServerFailed,
    command,
    locked,
    private_dir,
    remove,
    short_path,
)
from sandbox.servers import EmbeddedPostgres, EmbeddedValkey, digest
from sandbox.trial import Plan, SetupFailed, check_ports, complete, open_data_dir
from services.kit.settings import PREFIX, SettingsInvalid

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "sandbox" / "demo.yaml"
PROGRAM = ROOT / "main.py"
_ROLES_END_SECONDS = 2.8  # of the five; the rest is for the servers
_UP_SECONDS = 60.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run_all(environ: Mapping[str, str], data: Path, program: Path = PROGRAM) -> int:
    """Run until told to stop; the exit code. Every expected refusal is one clear sentence."""
    try:
        folder = open_data_dir(data)
        with locked(folder / "lock"):
            plan = complete(environ, folder)
            check_ports(plan)
            asyncio.run(Supervisor(plan, folder, program).run())
    except AlreadyRunning as error:
        return _refuse(f"Vishenka already runs in this folder (process {error}); stop it first")
    except SettingsInvalid as error:
        return _refuse(f"these settings must be changed:\n{error}")
    except (SetupFailed, ServerFailed) as error:
        return _refuse(str(error))
    except SettingsRefused as error:
        return _refuse(f"{error} refuses its settings, see above")
    return 0


@dataclass(slots=True)
class Supervisor:
    """One run of everything; `children` in the order of their start."""

    plan: Plan
    folder: Path
    program: Path = PROGRAM
    children: list[Child] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)

    async def run(self) -> None:
        """Until a signal, or an error that repeating would not mend."""
        self.env = dict(self.plan.env)
        with _signals_cancel():
            try:
                await self._work()
            except BaseExceptionGroup as group:  # a task group's: the first is the cause
                raise group.exceptions[0] from None
            finally:
                await self._end()

    async def _work(self) -> None:
        await self._start_servers()
        await self._once("migrate")
        is_first = self.plan.city and not self.seeded_path.exists()
        if is_first:
            await self._seed()
        private_dir(self.control_path.parent)
        async with control(self.children, self.control_path), asyncio.TaskGroup() as group:
            for role in ("web", "worker", "scheduler"):
                await self._start(self._program(role))
            if self.plan.city:
                if not is_first:  # its rows are there: the roles import while it looks at them
                    await self._seed()
                await self._start(self._program("city", *self._city_arguments()))
            for child in self.children:
                group.create_task(keep(child))
            await self._greet()

    async def _start(self, program: Program) -> None:
        await program.start()
        self.children.append(program)

    @property
    def control_path(self) -> Path:
        return short_path(digest(self.folder)) / "control.sock"

    async def _start_servers(self) -> None:
        servers: list[tuple[str, EmbeddedServer]] = []
        if self.plan.postgres:
            postgres = EmbeddedPostgres(self.folder / "postgres")
            servers.append(("postgres", postgres))
        if self.plan.valkey:
            valkey = EmbeddedValkey(self.folder / "valkey")
            servers.append(("valkey", valkey))
        self.children += [Server(name, server) for name, server in servers]
        await asyncio.gather(*(child.start() for child in self.children))
        if self.plan.postgres:
            self.env[PREFIX + "DATABASE_URL"] = postgres.app_dsn
            self.env[PREFIX + "MIGRATE_DATABASE_URL"] = postgres.owner_dsn
        if self.plan.valkey:
            self.env[PREFIX + "REDIS_URL"] = valkey.url

    def _program(self, role: str, *arguments: str) -> Program:
        return Program(role, self._argv(role, *arguments), self.env, ROOT)

    def _city_arguments(self) -> Sequence[str]:
        return (
            f"--listen={self.plan.city_listen}",
            f"--web={self.plan.web_url}",
            f"--control={self.control_path}",
            f"--demo={DEMO}",
            f"--seeded={self.seeded_path}",
            f"--state={self.folder / 'city'}",
        )

    @property
    def seeded_path(self) -> Path:
        return self.folder / "demo.json"

    async def _seed(self) -> None:
        """Make the demo's rows; what `seed` printed (hook addresses) is for the city."""
        write_private(self.seeded_path, await self._once("seed", str(DEMO)))

    def _argv(self, *words: str) -> list[str]:
        return [sys.executable, str(self.program), *words]

    async def _once(self, *words: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *command(self._argv(*words)),
            env=self.env,
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        output, _ = await process.communicate()
        if process.returncode:
            raise ServerFailed(f"`main.py {words[0]}` failed, see above")
        return output.decode()

    async def _greet(self) -> None:
        if not await _answers(self.plan.listen):
            tell(f"web does not answer at {self.plan.listen} yet")
            return
        say(f"Vishenka runs:  {self.plan.web_url}/")
        if self.plan.city:
            say(f"Provider city:  {self.plan.city_url}/   (play a buyer and a manager here)")
        say("Stop with Ctrl-C.")

    async def _end(self) -> None:
        programs = [child for child in self.children if isinstance(child, Program)]
        servers = [child for child in self.children if not isinstance(child, Program)]
        for group in (programs, servers):
            await asyncio.gather(*(child.end(_ROLES_END_SECONDS) for child in group))
        remove(self.control_path.parent)


@contextlib.contextmanager
def _signals_cancel() -> Iterator[None]:
    """Within the block a signal cancels the current task, and the cancelling ends here."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101  only called inside one
    for number in _SIGNALS:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    except asyncio.CancelledError:
        say("stopped")
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


async def _answers(listen: str) -> bool:
    """Does web answer /healthz within a minute?"""
    host, _, port = listen.rpartition(":")
    host = {"0.0.0.0": "127.0.0.1"}.get(host, host.strip("[]"))
    for _ in range(int(_UP_SECONDS / 0.1)):
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(
                f"GET /healthz HTTP/1.1\r\nHost: {listen}\r\nConnection: close\r\n\r\n".encode()
            )
            status = await reader.readline()
            writer.close()
            if b" 200 " in status:
                return True
        await asyncio.sleep(0.1)
    return False


def say(text: str) -> None:
    """A line for the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _refuse(text: str) -> int:
    sys.stderr.write(f"Vishenka cannot start: {text}\n")
    return 1
