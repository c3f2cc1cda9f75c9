"""The gate: many together or one alone."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from services.lanes.gate import Gate


async def test_who_is_alone_waits_for_those_inside_and_keeps_newcomers_out() -> None:
    gate, seen = Gate(), []
    gate.enter()

    async def trial() -> None:
        async with gate.alone(5) as quiet:
            seen.append(("trial", quiet))

    async def newcomer() -> None:
        async with gate.entered():
            seen.append(("newcomer", True))

    running = [asyncio.create_task(trial()), asyncio.create_task(newcomer())]
    await asyncio.sleep(0.01)
    assert (seen, gate.is_open) == ([], False)
    gate.leave()
    await asyncio.gather(*running)

    assert seen == [("trial", True), ("newcomer", True)]
    assert gate.is_open


async def test_a_trial_goes_on_when_those_inside_do_not_end() -> None:
    gate = Gate()
    gate.enter()

    async with gate.alone(0.01) as quiet:
        assert not quiet
    assert gate.is_open


async def test_a_cancelled_wait_opens_the_gate() -> None:
    gate = Gate()
    gate.enter()

    async def trial() -> None:
        async with gate.alone(60):
            raise AssertionError

    waiting = asyncio.create_task(trial())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    async with asyncio.timeout(1), gate.entered():
        assert gate.is_open


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 4)), max_size=12))
def test_nobody_is_ever_beside_one_who_is_alone(plan: list[tuple[bool, int, int]]) -> None:
    asyncio.run(_play(plan))


async def _play(plan: list[tuple[bool, int, int]]) -> None:
    gate, inside = Gate(), []

    async def visit(number: int, is_trial: bool, wait: int, stay: int) -> None:
        for _ in range(wait):
            await asyncio.sleep(0)
        async with gate.alone(60) if is_trial else gate.entered():
            inside.append(is_trial)
            for _ in range(stay):
                assert len(inside) == 1 or not any(inside)
                await asyncio.sleep(0)
            inside.remove(is_trial)

    await asyncio.gather(*(visit(n, *one) for n, one in enumerate(plan)))
    assert gate.is_open
