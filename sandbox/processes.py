"""Children of ours: started in the foreground, dead when we are, found again when they were not.

The kernel's parent-death signal follows the *thread* that started the child, so start children
from a thread that lives as long as the program: the main one.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LAUNCHER = Path(__file__).with_name("launch.py")
_SHORT = 0.02  # seconds between two looks


class ServerFailed(Exception):
    """A child did not come up; the message carries the last lines it wrote."""


class AlreadyRunning(Exception):
    """Somebody alive holds the lock of this folder."""


@dataclass(frozen=True, slots=True)
class User:
    """Whom a child runs as."""

    uid: int
    gid: int

    @classmethod
    def nobody(cls) -> "User":
        entry = pwd.getpwnam("nobody")
        return cls(entry.pw_uid, entry.pw_gid)

    def can_use(self, path: Path) -> bool:
        """Would this user get through to `path`? Asked of the kernel, in a child."""
        # the interpreter itself may be out of this user's reach: it starts as us, then changes
        steps = "u, g = map(int, a[1:3]); os.setgroups([]); os.setgid(g); os.setuid(u)"
        ask = f"import os, sys; a = sys.argv; {steps}; sys.exit(not os.access(a[3], 5))"
        probe = [sys.executable, "-I", "-S", "-c", ask, str(self.uid), str(self.gid), str(path)]
        result = subprocess.run(probe, capture_output=True, check=False)
        return result.returncode == 0


def command(
    argv: Sequence[str], *, death_signal: int = signal.SIGKILL, user: User | None = None
) -> list[str]:
    """The argument list that runs `argv` so that it cannot outlive this process."""
    who = (user.uid, user.gid) if user else (-1, -1)
    numbers = [str(int(n)) for n in (death_signal, *who, os.getpid())]
    return [sys.executable, "-I", "-S", str(LAUNCHER), *numbers, "--", *argv]


def start(
    argv: Sequence[str],
    *,
    log: IO[bytes] | None = None,
    stdin: int = subprocess.DEVNULL,
    death_signal: int = signal.SIGKILL,
    user: User | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own: a Ctrl-C in the terminal is ours to pass on."""
    return subprocess.Popen(
        command(argv, death_signal=death_signal, user=user),
        stdin=stdin,
        stdout=log,
        stderr=log and subprocess.STDOUT,
        env=env,
        cwd="/",
        start_new_session=True,
    )


def stop(child: subprocess.Popen[bytes], signals: Sequence[tuple[int, float]]) -> None:
    """Send each signal and wait its seconds, until the child is gone; SIGKILL comes last."""
    for number, seconds in (*signals, (signal.SIGKILL, 10.0)):
        if child.poll() is not None:
            return
        child.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)


def wait_until(ready: Callable[[], bool], *, seconds: float) -> bool:
    """Look again and again until it is so; False when the time is over."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(_SHORT)
    return True


def free_port() -> int:
    """A TCP port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(host: str, port: int) -> bool:
    """May we listen there?"""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file's lock; raises AlreadyRunning. The kernel drops it with us: never stale."""
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(file.read().strip()) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def short_path(name: str) -> Path:
    """A path so short that a unix socket in it has under 107 bytes; the same name, the same path.

    So a killed process leaves one folder, not many.
    """
    return Path("/tmp") / f"vishenka-{os.getuid()}-{name}"  # noqa: S108  private_dir checks it


def private_dir(path: Path, user: User | None = None) -> Path:
    """Make the folder, for this user alone; raises ServerFailed when it is somebody else's."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if path.is_symlink() or found.st_uid not in {os.getuid(), user.uid if user else os.getuid()}:
        raise ServerFailed(f"{path} belongs to somebody else; remove it")
    if user and found.st_uid != user.uid:
        os.chown(path, user.uid, user.gid)
    path.chmod(0o700)
    return path


def remove(path: Path) -> None:
    """Delete a folder of ours if it is there."""
    shutil.rmtree(path, ignore_errors=True)


def tail(path: Path, lines: int = 8) -> str:
    """The last lines of a log, for an error message."""
    with contextlib.suppress(OSError):
        text = path.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])
    return ""
