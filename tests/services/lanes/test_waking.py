"""Work resumes by itself: dead owners, lost rings, killed sessions, stops."""

import asyncio
import time

import pytest

from services.connectors.errors import Temporary
from services.kit.ids import lane_number
from services.lanes import runner as runner_module
from services.lanes.models import LaneKind
from tests.engine import Engine, until

LEASE, SWEEP = 3.0, 1.0


async def test_an_idle_queue_of_a_dead_owner_resumes_without_any_ring(engine: Engine) -> None:
    await engine.store("cherry", "e1", "hello")
    await engine.rows(
        "cherry",
        "UPDATE lane SET owner = 'dead', fence = 7, lease_until = now() + $1 * interval '1 second'"
        " RETURNING 1",
        LEASE,
    )
    started = time.monotonic()

    engine.run()

    await until(lambda: engine.chat.texts() == ["hello"])
    assert time.monotonic() - started <= LEASE + SWEEP + 1.5


async def test_a_notification_that_got_lost_costs_seconds_not_the_row(engine: Engine) -> None:
    engine.run()
    await engine.store("cherry", "e1", "first")
    await until(lambda: engine.chat.texts() == ["first"])

    # another process stores a row, and its NOTIFY never arrives
    await engine.rows("cherry", "UPDATE lane SET owner = owner || 'x' WHERE kind = 1 RETURNING 1")
    await engine.store("cherry", "e2", "second")
    await engine.rows(
        "cherry",
        "UPDATE lane SET owner = $1 WHERE kind = 1 RETURNING 1",
        engine.services.runner.owner,
    )

    await until(lambda: engine.chat.texts() == ["first", "second"], seconds=8)


async def test_a_killed_listening_session_is_opened_again(engine: Engine, rival: Engine) -> None:
    engine.run()
    await engine.store("cherry", "e1", "first")
    await until(lambda: engine.chat.texts() == ["first"])
    await until_listening(engine, 1)

    killed = await engine.rows(
        "cherry",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'vishenka-bell' AND datname = current_database()",
    )
    assert [row[0] for row in killed] == [True]
    await asyncio.sleep(2.0)
    await until_listening(engine, 1)
    await rival.store("cherry", "e2", "second")

    await until(lambda: engine.chat.texts() == ["first", "second"], seconds=3)


async def until_listening(engine: Engine, count: int) -> None:
    for _ in range(200):
        rows = await engine.rows(
            "cherry",
            "SELECT 1 FROM pg_stat_activity WHERE application_name = 'vishenka-bell'"
            " AND datname = current_database()",
        )
        if len(rows) == count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody listens")


@pytest.mark.parametrize("delay", [0.0, 60.0], ids=["idle", "while a call hangs"])
async def test_a_stop_hands_everything_back_within_five_seconds(
    engine: Engine, delay: float
) -> None:
    engine.chat.delay = delay
    engine.run()
    await engine.store("cherry", "e1", "hello")
    await until(lambda: engine.services.runner.lease_of(_inbox_lane(engine)) is not None)
    await asyncio.sleep(0.3)

    started = time.monotonic()
    await engine.stop()

    assert time.monotonic() - started <= 5
    owned = await engine.rows("cherry", "SELECT id FROM lane WHERE owner IS NOT NULL")
    assert owned == []


async def test_another_process_goes_on_at_once_after_a_stop(engine: Engine, rival: Engine) -> None:
    rival.services.runner._sweep_seconds = 60.0
    rival.run()
    await until_listening(engine, 1)
    engine.chat.delay = 0.2
    await asyncio.sleep(0.1)
    engine.run()
    engine.services.runner.want([_inbox_lane(engine)])
    engine.chat.refuse = lambda _text: Temporary(retry_after_seconds=2.0)
    await engine.store("cherry", "e1", "hello")
    await asyncio.sleep(1.0)

    await engine.stop()
    started = time.monotonic()

    await until(lambda: rival.chat.texts() == ["hello"], seconds=5)
    assert time.monotonic() - started <= 3


async def test_what_is_being_taken_while_stopping_is_handed_back(engine: Engine) -> None:
    await engine.store("cherry", "e1", "hello")
    runner = engine.services.runner
    engine.services.serve(LaneKind.IN)
    running = asyncio.ensure_future(runner.run())
    await asyncio.sleep(0)
    runner.want([_inbox_lane(engine)])
    await asyncio.sleep(0)

    await runner.stop()

    assert await engine.rows("cherry", "SELECT id FROM lane WHERE owner IS NOT NULL") == []
    running.cancel()


async def test_releasing_never_loses_a_row_that_arrives_meanwhile(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "LINGER_SECONDS", 0.0)
    engine.run(LaneKind.IN)
    for start in range(0, 2000, 50):
        await asyncio.gather(
            *(
                engine.store("cherry", f"e{n}", f"{n}", lane=f"b{n % 5}")
                for n in range(start, start + 50)
            )
        )
        await asyncio.sleep(0.001 * (start % 7))

    done = "SELECT count(*) FROM delivery"
    for _ in range(400):
        if (await engine.rows("cherry", done))[0][0] == 2000:
            break
        await asyncio.sleep(0.02)

    assert (await engine.rows("cherry", done))[0][0] == 2000
    behind = "SELECT id FROM lane WHERE kind = 1 AND done_seq < last_seq"
    assert await engine.rows("cherry", behind) == []


async def test_an_unexpected_failure_lets_the_lane_go_for_a_while(engine: Engine) -> None:
    await engine.store("cherry", "e1", "hello")
    engine.services.channel_cache.by_id = _broken  # type: ignore[method-assign]
    engine.run(LaneKind.IN)
    engine.services.runner.want([_inbox_lane(engine)])

    for _ in range(200):
        [row] = await engine.rows("cherry", "SELECT owner, due_at > now() AS later FROM lane")
        if row["later"]:
            break
        await asyncio.sleep(0.02)

    assert tuple(row) == (None, True)


async def _broken(_channel_id: object) -> None:
    raise LookupError("no such channel")


def _inbox_lane(engine: Engine) -> int:
    return lane_number("in", str(engine.channels["cherry", "shop"]), "buyer")
