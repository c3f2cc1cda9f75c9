"""Nothing flaps: properties of the rules under a clock that stands still."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incidents.rules import RULES, Move, Rule, Signs, Standing, at_fault, is_silent, step

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
VALUES = st.lists(st.floats(0, 20_000, allow_nan=False), max_size=60)
STEP = 20.0


def run(rule: Rule, values: list[float]) -> list[tuple[int, Move]]:
    standing: Standing | None = None
    moves = []
    for number, value in enumerate(values):
        standing, move = step(rule, standing, value, START + timedelta(seconds=STEP * number))
        moves.append((number, move))
    return moves


def opened(moves: list[tuple[int, Move]]) -> list[int]:
    return [number for number, move in moves if move is Move.OPEN]


def closed(moves: list[tuple[int, Move]]) -> list[int]:
    return [number for number, move in moves if move is Move.CLOSE]


@pytest.mark.parametrize("name", RULES)
@given(values=VALUES)
def test_openings_and_closings_take_turns(name: str, values: list[float]) -> None:
    told = [m for _, m in run(RULES[name], values) if m in (Move.OPEN, Move.CLOSE)]

    assert told == [Move.OPEN, Move.CLOSE] * (len(told) // 2) + [Move.OPEN] * (len(told) % 2)


@given(values=VALUES)
def test_never_opens_without_being_bad_for_its_whole_patience(values: list[float]) -> None:
    rule = Rule("x", 10_000, 8_000, open_after=60)

    for at in opened(run(rule, values)):
        assert all(value >= rule.open_at for value in values[at - 3 : at + 1])


@given(values=VALUES)
def test_never_closes_without_being_calm_for_its_whole_patience(values: list[float]) -> None:
    rule = Rule("x", 10_000, 8_000, close_after=60)

    for at in closed(run(rule, values)):
        assert all(value <= rule.close_at for value in values[at - 3 : at + 1])


@given(values=st.lists(st.floats(8_001, 9_999), max_size=60))
def test_a_value_between_the_thresholds_changes_nothing(values: list[float]) -> None:
    rule = Rule("x", 10_000, 8_000, close_after=0)

    assert opened(run(rule, values)) == []
    assert closed(run(rule, [10_000.0, *values])) == []


@given(values=st.lists(st.floats(0, 9_999), max_size=60))
def test_calm_rows_never_alert(values: list[float]) -> None:
    assert opened(run(RULES["queue_depth"], values)) == []


def test_a_value_that_swings_about_one_threshold_alerts_once() -> None:
    values = [9_900.0, 10_100.0] * 30

    moves = run(RULES["queue_depth"], values)

    assert len(opened(moves)) == 1
    assert closed(moves) == []


@pytest.mark.parametrize("name", RULES)
def test_every_rule_is_seen_and_clears_within_two_minutes(name: str) -> None:
    rule = RULES[name]
    values = [rule.open_at] * 10 + [rule.close_at] * 10

    moves = run(rule, values)

    assert STEP * opened(moves)[0] <= 120 - STEP
    assert STEP * (closed(moves)[0] - 10) <= 120


@pytest.mark.parametrize(
    ("hours", "expected", "threshold", "silent"),
    [
        (2.0, 20.0, None, True),
        (2.0, 1.0, None, False),  # a quiet night is no outage
        (0.2, 50.0, None, False),  # too early, whatever is usual
        (5.0, 0.0, 4.0, True),  # the owner's own limit counts alone
        (3.0, 0.0, 4.0, False),
    ],
)
def test_silence_is_judged_by_what_is_usual_or_by_the_owners_limit(
    hours: float, expected: float, threshold: float | None, silent: bool
) -> None:
    limit = timedelta(hours=threshold) if threshold else None

    assert is_silent(timedelta(hours=hours), expected, limit) is silent


@pytest.mark.parametrize(
    ("signs", "fault"),
    [
        (Signs(True, 5, True, 5, True), "token"),
        (Signs(False, 5, False, 5, True), "webhook"),
        (Signs(False, 0, True, 0, False), "webhook"),
        (Signs(False, 0, False, 2, False), "poller"),
        (Signs(False, 0, False, 0, True), "poller"),
        (Signs(False, 0, False, 0, False), "nobody"),
    ],
)
def test_the_part_at_fault_is_named(signs: Signs, fault: str) -> None:
    assert at_fault(signs) == fault
