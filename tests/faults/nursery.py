"""Starts roles without importing the product anew each time: one process has imported everything
and forks.

A cold start spends seconds of CPU on imports, and the storms start a hundred processes. What is
forked is a process of its own all the same: own memory, own connections, killed by its own pid,
running `main.py ROLE` from its first line. A trial's start is measured cold, and `./run chaos
--cold` starts everything cold.

The child side (`python -m tests.faults.nursery`) reads one JSON request per line and answers with
lines too: {"started": pid}, {"ended": pid, "code": n}. It has one thread and no event loop.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import runpy
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired
from typing import Any, NoReturn, Protocol

from sandbox.processes import command

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0
PR_SET_PDEATHSIG = 1


class Child(Protocol):
    """What tests need of a process; `subprocess.Popen` is one."""

    pid: int

    @property
    def returncode(self) -> int | None: ...

    def poll(self) -> int | None:
        """Its exit code, None while it lives."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it is dead."""

    def send_signal(self, sig: int) -> None:
        """Signal it, if it lives."""


class Forked:
    """A process the nursery forked."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self._nursery = nursery

    @property
    def returncode(self) -> int | None:
        return self._nursery.ended.get(self.pid)

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        with self._nursery.news:
            while (code := self.returncode) is None:
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    raise TimeoutExpired("forked", timeout or 0.0)
                self._nursery.news.wait(left)
        return code

    def send_signal(self, sig: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sig)


class Nursery:
    """The test's side: asks for children, hears of their ends."""

    def __init__(self) -> None:
        argv = command([sys.executable, "-m", "tests.faults.nursery"])
        self.process = Popen(argv, cwd=ROOT, stdin=PIPE, stdout=PIPE)
        self.ended: dict[int, int] = {}
        self.news = threading.Condition()
        self._started: list[int] = []
        self._asking = threading.Lock()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def start(
        self, argv: Sequence[str], env: Mapping[str, str], log: Path, out: Path | None = None
    ) -> Forked:
        """Fork a child that runs `argv` as Python does; it writes to `log` (stdout: to `out`)."""
        asked = {"argv": list(argv), "env": dict(env), "log": str(log), "out": str(out or log)}
        with self._asking, self.news:
            assert self.process.stdin is not None
            self.process.stdin.write(json.dumps(asked).encode() + b"\n")
            self.process.stdin.flush()
            assert self.news.wait_for(lambda: self._started, START_SECONDS), "no child"
            return Forked(self, self._started.pop())

    def close(self) -> None:
        """End the nursery; children that are left die with it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(20)
        self._listener.join(20)
        self.process.stdout.close()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told: dict[str, Any] = json.loads(line)
            with self.news:
                if "started" in told:
                    self._started.append(told["started"])
                else:
                    self.ended[told["ended"]] = told["code"]
                self.news.notify_all()


# --- the child side ------------------------------------------------------------------------------
def serve() -> None:
    """Import everything, then fork on request until stdin ends."""
    _import_all()
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    rest = b""
    while True:
        ready, _, _ = select.select([0, heard], [], [])
        if heard in ready:
            os.read(heard, 4096)
            _reap()
        if 0 in ready:
            data = os.read(0, 1 << 20)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                _tell(started=_fork(json.loads(line)))


def _import_all() -> None:
    import aiohttp.web  # noqa: F401, PLC0415
    import uvloop  # noqa: F401, PLC0415

    import bot.wiring  # noqa: F401, PLC0415
    import main  # noqa: F401, PLC0415
    import services.seed  # noqa: PLC0415
    import services.worker  # noqa: F401, PLC0415
    import tests.faults.poisoned  # noqa: F401, PLC0415
    import webapp.app  # noqa: F401, PLC0415
    from services.kit import i18n  # noqa: PLC0415

    i18n.default()
    gc.collect()
    gc.freeze()


def _fork(asked: dict[str, Any]) -> int:
    assert threading.active_count() == 1
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        try:
            _become(asked, parent)
        finally:
            os._exit(70)
    return pid


def _become(asked: dict[str, Any], parent: int) -> NoReturn:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    for number, path in ((0, os.devnull), (1, asked["out"]), (2, asked["log"])):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(asked["env"])
    os._exit(_run(asked["argv"]))


def _run(argv: list[str]) -> int:
    code = 0
    try:
        if argv[0] == "-m":
            sys.argv = argv[1:]
            runpy.run_module(argv[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = argv
            runpy.run_path(argv[0], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - this is the outermost frame of a program
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _reap() -> None:
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            _tell(ended=pid, code=os.waitstatus_to_exitcode(status))


def _tell(**words: int) -> None:
    os.write(1, json.dumps(words).encode() + b"\n")


if __name__ == "__main__":
    serve()
