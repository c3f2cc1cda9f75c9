"""What the embedded servers share: start, stop, kill, restart, blocking or not."""

import asyncio
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.processes import ServerFailed, stop, tail, wait_until

_READY_SECONDS = 30.0
_RETRIES = 20  # a killed predecessor's sockets and shared memory linger for a moment
_LINGERING = ("shared memory block", "in use", "lock file")


class EmbeddedServer(ABC):
    """A server that is a child of this process. Start it from a thread that stays: the main one.

    Plain methods block; the ones with an `a` before their name leave the event loop free.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.port = 0
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def log_path(self) -> Path:
        return self.folder / "server.log"

    @property
    def is_running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def start(self) -> None:
        """Start and wait until it answers; raises ServerFailed. Keeps its port over a restart."""
        self._prepare()
        for _ in range(_RETRIES):
            self._spawn()
            if self._comes_up():
                return self._finish()
        raise self._failure()

    async def astart(self) -> None:
        await asyncio.to_thread(self._prepare)
        for _ in range(_RETRIES):
            self._spawn()  # here, not in a worker thread: the child would die with that thread
            if await asyncio.to_thread(self._comes_up):
                return await asyncio.to_thread(self._finish)
        raise self._failure()

    def stop(self) -> None:
        """End in good order, within seconds."""
        if self.child is not None:
            stop(self.child, self._stop_signals())
            self._tidy()

    async def astop(self) -> None:
        await asyncio.to_thread(self.stop)

    def kill(self) -> None:
        """End at once, as a crash does."""
        if self.child is not None:
            stop(self.child, ())

    async def akill(self) -> None:
        await asyncio.to_thread(self.kill)

    def restart(self) -> None:
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await self.astart()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.astop()

    @abstractmethod
    def _prepare(self) -> None: ...
    @abstractmethod
    def _spawn(self) -> None: ...
    @abstractmethod
    def _is_ready(self) -> bool: ...
    @abstractmethod
    def _finish(self) -> None: ...
    @abstractmethod
    def _tidy(self) -> None: ...
    @abstractmethod
    def _stop_signals(self) -> Sequence[tuple[int, float]]: ...

    def _comes_up(self) -> bool:
        wait_until(lambda: self._is_ready() or not self.is_running, seconds=_READY_SECONDS)
        if self.is_running and self._is_ready():
            return True
        self.kill()
        if not any(word in tail(self.log_path) for word in _LINGERING):
            raise self._failure()
        wait_until(lambda: False, seconds=0.5)
        return False

    def _failure(self) -> ServerFailed:
        name = type(self).__name__
        return ServerFailed(f"{name} did not start; {self.log_path} ends:\n{tail(self.log_path)}")
