import asyncio
import contextlib
import gc
import logging

import pytest

from services.kit.tasks import end, running, spawn


async def test_task_nobody_holds_survives_collection() -> None:
    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0.01)
        done.set()

    spawn(work(), "work")
    gc.collect()

    await asyncio.wait_for(done.wait(), 1)


async def test_failure_is_logged_with_its_name(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise RuntimeError("broken on purpose")

    with caplog.at_level(logging.ERROR):
        task = spawn(fail(), "failing")
        await asyncio.wait([task])
        await asyncio.sleep(0)

    (record,) = caplog.records
    assert record.message == "detached task failed"
    assert record.task == "failing"  # type: ignore[attr-defined]


async def test_what_is_ended_is_not_waited_for_when_it_goes_at_once() -> None:
    done, slow = spawn(asyncio.sleep(0), "done"), spawn(asyncio.sleep(60), "slow")
    await done

    await end([done, slow], 30)

    assert not done.cancelled()
    assert slow.cancelled()
    assert "slow" not in running()


async def test_a_task_that_loses_a_cancellation_ends_all_the_same() -> None:
    lost = 0

    async def loop() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost > 1:
                    raise

    task = spawn(loop(), "loses")
    await asyncio.sleep(0)

    await end([task], 0.1)

    assert task.cancelled()


async def test_a_task_that_never_ends_is_named_and_not_waited_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    free = asyncio.Event()

    async def deaf() -> None:
        while not free.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await free.wait()

    task = spawn(deaf(), "deaf")
    await asyncio.sleep(0)

    await end([task], 0.1)

    assert [record.task for record in caplog.records] == ["deaf"]  # type: ignore[attr-defined]
    free.set()
    await task
