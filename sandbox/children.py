"""Children that are kept alive: started, watched, started again, ended within seconds.

A child that dies is started again at once; one that keeps dying waits longer each time, up to ten
seconds. A child that refuses its settings is not started again: repeating would not help.
"""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sandbox.embedded import EmbeddedServer
from sandbox.processes import ServerFailed, command

EXIT_SETTINGS = 78  # EX_CONFIG: the settings are refused, main.py said why
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 10.0
_STEADY_SECONDS = 10.0  # who lived this long starts from the shortest wait again
_LOOK_SECONDS = 0.1


class SettingsRefused(Exception):
    """A child ended with EXIT_SETTINGS."""


class Child(Protocol):
    """One kept child, whatever it is."""

    name: str
    restarts: int

    @property
    def pid(self) -> int | None:
        """Its process, None between two lives."""

    async def start(self) -> None:
        """Bring it up."""

    async def wait(self) -> int:
        """Its exit code, once it is dead."""

    def kill(self) -> None:
        """SIGKILL, as the fault tests and the city's page do."""

    async def end(self, seconds: float) -> None:
        """In good order within the seconds, else by force."""


class Program:
    """A role of ours as a child process."""

    def __init__(self, name: str, argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
        self.name = name
        self.argv = argv
        self.env = env
        self.cwd = cwd
        self.restarts = 0
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        alive = self._process is not None and self._process.returncode is None
        return self._process.pid if alive and self._process else None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *command(self.argv),
            env=dict(self.env),
            cwd=self.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )

    async def wait(self) -> int:
        return await self._process.wait() if self._process else 0

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    async def end(self, seconds: float) -> None:
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.wait(), seconds)
        except TimeoutError:
            tell(f"{self.name} did not end in time")
            self.kill()
            await self.wait()

    def _signal(self, number: int) -> None:
        if self.pid is not None and self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


class Server:
    """An embedded server as a kept child."""

    def __init__(self, name: str, server: EmbeddedServer) -> None:
        self.name = name
        self.server = server
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        return self.server.child.pid if self.server.child and self.server.is_running else None

    async def start(self) -> None:
        await self.server.astart()

    async def wait(self) -> int:
        while self.server.is_running:  # noqa: ASYNC110  a process has no event to wait for
            await asyncio.sleep(_LOOK_SECONDS)
        return self.server.child.returncode if self.server.child else 0

    def kill(self) -> None:
        if self.server.child is not None and self.server.is_running:
            self.server.child.send_signal(signal.SIGKILL)

    async def end(self, seconds: float) -> None:
        del seconds  # the server knows its own signals
        await self.server.astop()


@dataclass(slots=True)
class Backoff:
    """How long to wait before the next start."""

    seconds: float = 0.0

    def after(self, lived_seconds: float, code: int) -> float:
        # somebody shot it: not a sign that it would die again
        if lived_seconds >= _STEADY_SECONDS or code == -signal.SIGKILL:
            self.seconds = 0.0
        self.seconds = min(_LONGEST_WAIT, max(_FIRST_WAIT, self.seconds * 2))
        return self.seconds


async def keep(child: Child) -> None:
    """Start the child again each time it dies; ends by cancelling, or with SettingsRefused."""
    backoff = Backoff()
    while True:
        born = time.monotonic()
        code = await child.wait()
        if code == EXIT_SETTINGS:
            raise SettingsRefused(child.name)
        wait_seconds = backoff.after(time.monotonic() - born, code)
        tell(f"{child.name} died ({_cause(code)}), starting it again in {wait_seconds:g} s")
        await asyncio.sleep(wait_seconds)
        child.restarts += 1
        try:
            await child.start()
        except (ServerFailed, OSError) as error:
            tell(f"{child.name} does not start: {error}")


def tell(text: str) -> None:
    """A line about the children for the person at the terminal, beside the children's own logs."""
    sys.stderr.write(text + "\n")


def _cause(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"code {code}"
