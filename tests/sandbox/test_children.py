import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from sandbox.children import EXIT_SETTINGS, Backoff, Child, Program, SettingsRefused, keep
from sandbox.control import control

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True)\n"
    "time.sleep(60)",
]


def program(argv: list[str], name: str = "worker") -> Program:
    return Program(name, argv, dict(os.environ), Path.cwd())


@pytest.fixture
async def sleeper() -> AsyncIterator[Program]:
    child = program(SLEEP)
    await child.start()
    yield child
    child.kill()
    await child.wait()


async def until(condition: object) -> None:
    async with asyncio.timeout(10):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.02)


async def test_dead_child_is_started_again(sleeper: Program) -> None:
    first = sleeper.pid
    kept = asyncio.create_task(keep(sleeper))
    await asyncio.sleep(0)

    sleeper.kill()
    await until(lambda: sleeper.restarts == 1 and sleeper.pid)

    assert sleeper.pid != first
    kept.cancel()


async def test_refused_settings_are_not_tried_again() -> None:
    child = program([sys.executable, "-c", f"raise SystemExit({EXIT_SETTINGS})"])
    await child.start()

    with pytest.raises(SettingsRefused, match="worker"):
        await keep(child)

    assert child.restarts == 0


async def test_stubborn_child_is_ended_by_force_in_time() -> None:
    child = program(STUBBORN)
    await child.start()
    await asyncio.sleep(0.3)
    began = asyncio.get_running_loop().time()

    await child.end(0.2)

    assert asyncio.get_running_loop().time() - began < 2
    assert child.pid is None


def test_wait_grows_to_ten_seconds_and_is_forgotten_after_a_steady_life() -> None:
    backoff = Backoff()

    waits = [backoff.after(1, 1) for _ in range(8)]

    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert backoff.after(60, 1) == 0.2


def test_child_that_was_shot_does_not_wait_longer() -> None:
    backoff = Backoff()

    assert {backoff.after(0.1, -signal.SIGKILL) for _ in range(30)} == {0.2}


async def test_control_lists_and_kills(sleeper: Program, tmp_path: Path) -> None:
    dead = program(SLEEP, "web")
    children: list[Child] = [sleeper, dead]
    path = Path("/tmp") / f"vt-{os.getpid()}.sock"
    async with (
        control(children, path),
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session,
    ):
        async with session.get("http://control/children") as answer:
            listed = (await answer.json())["children"]
        async with session.post("http://control/kill/worker") as answer:
            killed = answer.status
        async with session.post("http://control/kill/web") as answer:
            between = answer.status
        async with session.post("http://control/kill/nobody") as answer:
            unknown = answer.status

    assert listed[0] == {"name": "worker", "pid": sleeper.pid or listed[0]["pid"], "restarts": 0}
    assert (killed, between, unknown) == (202, 409, 404)
    assert await sleeper.wait() == -signal.SIGKILL
    assert not path.exists()


async def test_children_are_shown_before_they_are_started(tmp_path: Path) -> None:
    assert program(SLEEP).pid is None
