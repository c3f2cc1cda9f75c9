"""`./run` itself: real processes, embedded servers, a stand-in for the roles."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import pytest

from sandbox.processes import free_port, short_path, wait_until
from sandbox.servers import digest

ROOT = Path(__file__).resolve().parents[2]
FAKE = Path(__file__).with_name("fake_program.py")
STARTER = (
    "import os, sys; from pathlib import Path; from sandbox.supervisor import run_all; "
    "sys.exit(run_all(os.environ, Path(sys.argv[1]), Path(sys.argv[2])))"
)
ROLES = {"postgres", "valkey", "city", "web", "worker", "scheduler"}


class UnixHttp(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("control")
        self.path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


@dataclass
class Run:
    """A folder in which `./run` is started again and again."""

    data: Path
    environ: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, **more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", STARTER, str(self.data), str(FAKE)],
            env=self.environ | more,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def up(self) -> subprocess.Popen[str]:
        """Start, and return when the person at the terminal sees the addresses."""
        process = self.start()
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Stop with"):
                return process
        raise AssertionError(process.communicate()[1])

    def refused(self, **more: str) -> str:
        process = self.start(**more)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 1
        return errors

    def ask(self, method: str, path: str) -> dict[str, object]:
        control = UnixHttp(short_path(digest(self.data.resolve())) / "control.sock")
        with contextlib.closing(control):
            control.request(method, path)
            answer: dict[str, object] = json.load(control.getresponse())
            return answer

    def pids(self) -> dict[str, int]:
        return {child["name"]: child["pid"] for child in self.ask("GET", "/children")["children"]}  # type: ignore[attr-defined]


@pytest.fixture
def run(servers_dir: Path) -> Iterator[Run]:
    data = servers_dir / f"run {free_port()}"
    environ = dict(os.environ) | {
        "VISHENKA_LISTEN": f"127.0.0.1:{free_port()}",
        "VISHENKA_CITY_LISTEN": f"127.0.0.1:{free_port()}",
    }
    run = Run(data, environ)
    yield run
    for process in run.started:
        process.terminate()  # in good order: it takes its folders of sockets away
        process.communicate(timeout=20)


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def all_gone(pids: dict[str, int]) -> bool:
    return all(map(is_gone, pids.values()))


def test_sigterm_ends_everything_within_five_seconds(run: Run) -> None:
    process = run.up()
    pids = run.pids()
    assert set(pids) == ROLES
    assert json.loads((run.data / "demo.json").read_text()) == {"seeded": True}

    process.send_signal(signal.SIGTERM)
    process.wait(5)

    assert process.returncode == 0
    assert all_gone(pids)


def test_children_die_with_parent_alone_and_start_takes_under_ten_seconds(run: Run) -> None:
    process = run.up()
    pids = run.pids()

    process.kill()
    assert wait_until(lambda: all_gone(pids), seconds=5)

    began = time.monotonic()
    run.up()
    assert time.monotonic() - began < 10


def test_everything_killed_at_once_starts_again(run: Run) -> None:
    process = run.up()
    for pid in (process.pid, *run.pids().values()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    began = time.monotonic()
    run.up()

    assert time.monotonic() - began < 10
    assert set(run.pids()) == ROLES


def test_killed_child_is_started_again_each_of_them(run: Run) -> None:
    run.up()
    before = run.pids()

    for name in ROLES:
        assert run.ask("POST", f"/kill/{name}") == {"killed": before[name]}

    def all_new() -> bool:
        now = run.pids()
        return all(now[name] and now[name] != before[name] for name in ROLES)

    assert wait_until(all_new, seconds=10)


def test_second_start_in_the_folder_says_that_one_runs(run: Run) -> None:
    process = run.up()

    assert f"already runs in this folder (process {process.pid})" in run.refused()


def test_taken_port_and_bad_settings_are_refused_in_words(run: Run) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        address = f"127.0.0.1:{holder.getsockname()[1]}"

        assert f"{address} is taken" in run.refused(VISHENKA_LISTEN=address)

    text = run.refused(VISHENKA_SWEEP_SECONDS="never", VISHENKA_REDIS_URL="http://x")
    assert "VISHENKA_SWEEP_SECONDS" in text
    assert "VISHENKA_REDIS_URL" in text


def test_role_that_refuses_its_settings_ends_the_run(run: Run) -> None:
    assert "worker refuses its settings" in run.refused(FAKE_REFUSE="1")
