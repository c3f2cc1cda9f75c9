"""Pacing holds in every window, whatever the mix."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.connectors.base import Cost, Rate
from services.outbox.pace import Pace

CHANNEL = Cost("", Rate(30, 1.0, reserve=1))
GROUP = Cost("chat:g", Rate(20, 60.0))


def starts(pace: Pace, costs: list[Cost], count: int, *, bulk: bool) -> list[float]:
    now, found = 0.0, []
    while len(found) < count:
        wait = pace.wait(costs, now, bulk=bulk)
        if wait > 0:
            now += wait + 1e-9
            continue
        pace.take(costs, now, bulk=bulk)
        found.append(now)
    return found


def most_in_any_window(times: list[float], seconds: float) -> int:
    return max(sum(1 for t in times if start <= t < start + seconds) for start in times)


@pytest.mark.parametrize(("bulk", "limit"), [(False, 30), (True, 29)])
def test_no_window_of_a_second_holds_more_than_the_limit(bulk: bool, limit: int) -> None:
    times = starts(Pace(), [CHANNEL], 150, bulk=bulk)

    assert most_in_any_window(times, 1.0) <= limit


def test_bulk_holds_most_of_the_limit() -> None:
    times = starts(Pace(), [CHANNEL], 300, bulk=True)

    assert 300 / times[-1] >= 0.95 * 30


def test_a_bridge_message_finds_a_token_amid_bulk() -> None:
    pace = Pace()
    times = starts(pace, [CHANNEL], 200, bulk=True)

    assert pace.wait([CHANNEL], times[-1], bulk=False) == 0


def test_a_group_takes_twenty_a_minute() -> None:
    times = starts(Pace(), [CHANNEL, GROUP], 45, bulk=False)

    assert most_in_any_window(times, 60.0) <= 20


def test_a_new_owner_starts_with_what_the_old_one_spent() -> None:
    pace = Pace()
    for _ in range(20):
        pace.remember("chat:g", -30.0)

    wait = pace.wait([CHANNEL, GROUP], 0.0, bulk=False)

    assert wait == pytest.approx(30.0, abs=0.1)


def test_a_blocked_chat_does_not_block_the_channel() -> None:
    pace = Pace()
    pace.block("chat:g", 10.0)

    assert pace.wait([CHANNEL, GROUP], 0.0, bulk=False) == pytest.approx(10.0)
    assert pace.wait([CHANNEL], 0.0, bulk=False) == 0


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 0.2)), min_size=30, max_size=150))
def test_a_mix_of_classes_never_passes_the_limit(calls: list[tuple[bool, float]]) -> None:
    pace, now, found = Pace(), 0.0, []
    for bulk, pause in calls:
        now += pause
        while (wait := pace.wait([CHANNEL], now, bulk=bulk)) > 0:
            now += wait + 1e-9
        pace.take([CHANNEL], now, bulk=bulk)
        found.append(now)

    assert most_in_any_window(found, 1.0) <= 30


def test_used_counts_the_starts_of_the_window_and_those_of_the_owner_before() -> None:
    pace = Pace()
    for at in (-70.0, -30.0, -20.0):
        pace.remember("chat:g", at)
    pace.take([GROUP], 0.0, bulk=False)

    assert pace.used(GROUP, 0.0) == 3
    assert pace.used(GROUP, 35.0) == 2
    assert pace.used(Cost("chat:other", GROUP.rate), 35.0) == 0
