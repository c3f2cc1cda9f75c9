import asyncio
import gc
import logging

import pytest

from services.kit.tasks import running, settle, spawn


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


async def test_settle_waits_then_cancels() -> None:
    quick = spawn(asyncio.sleep(0.01), "quick")
    slow = spawn(asyncio.sleep(60), "slow")

    await settle(0.1)

    assert quick.done()
    assert not quick.cancelled()
    assert slow.cancelled()
    assert "slow" not in running()
