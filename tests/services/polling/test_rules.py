"""The pace of one account: no wish undercut, no runaway, back to normal at the first success."""

from hypothesis import given
from hypothesis import strategies as st

from services.connectors.errors import (
    AuthExpired,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Temporary,
)
from services.polling import rules
from services.polling.models import Breaker
from services.polling.rules import Outcome, Standing, follow

outcomes = st.sampled_from(list(Outcome))
bad = st.sampled_from([one for one in Outcome if one not in {Outcome.OK, Outcome.WAIT}])
intervals = st.floats(min_value=0.1, max_value=3600)
wishes = st.floats(min_value=0, max_value=5000)
chances = st.floats(min_value=0, max_value=1, exclude_max=True)
standings = st.builds(Standing, st.integers(0, 1000), st.sampled_from(list(Breaker)))


@given(standings, bad | st.just(Outcome.WAIT), intervals, wishes, chances)
def test_providers_wish_is_never_undercut(
    standing: Standing, outcome: Outcome, interval: float, wish: float, chance: float
) -> None:
    assert follow(standing, outcome, interval, wish=wish, chance=chance).delay_seconds >= wish


@given(standings, outcomes, intervals, chances)
def test_pause_is_bounded_and_never_busy(
    standing: Standing, outcome: Outcome, interval: float, chance: float
) -> None:
    delay = follow(standing, outcome, interval, chance=chance).delay_seconds

    assert delay >= interval * 0.89
    assert delay <= max(rules.LONGEST_SECONDS, interval) * 1.11


@given(standings, intervals, chances)
def test_success_forgives_everything(standing: Standing, interval: float, chance: float) -> None:
    assert follow(standing, Outcome.OK, interval, chance=chance).standing == Standing()


@given(intervals, chances)
def test_failures_in_a_row_slow_down_and_open_the_breaker(interval: float, chance: float) -> None:
    standing, delays = Standing(), list[float]()
    for _ in range(rules.OPEN_AFTER):
        found = follow(standing, Outcome.DOWN, interval, chance=chance)
        standing = found.standing
        delays.append(found.delay_seconds)

    assert delays == sorted(delays)
    assert standing.breaker is Breaker.OPEN


@given(standings, intervals, wishes, chances)
def test_being_asked_to_wait_is_no_failure(
    standing: Standing, interval: float, wish: float, chance: float
) -> None:
    assert follow(standing, Outcome.WAIT, interval, wish=wish, chance=chance).standing == standing


@given(standings, intervals, chances)
def test_conflict_waits_for_the_other_poller(
    standing: Standing, interval: float, chance: float
) -> None:
    found = follow(standing, Outcome.CONFLICT, interval, chance=chance)

    assert found.delay_seconds >= 35


def test_errors_have_their_outcomes() -> None:
    table: list[tuple[ConnectorError, Outcome]] = [
        (Temporary("x", status=502), Outcome.DOWN),
        (Temporary("x", retry_after_seconds=35, status=409), Outcome.CONFLICT),
        (RateLimited("x", retry_after_seconds=3), Outcome.WAIT),
        (Rejected("x", status=403), Outcome.REFUSED),
        (AuthExpired("x"), Outcome.AUTH),
        (OutcomeUnknown("x"), Outcome.DOWN),
    ]
    assert [rules.outcome_of(error) for error, _ in table] == [outcome for _, outcome in table]
    assert rules.wish_of(RateLimited("x", retry_after_seconds=3)) == 3
    assert rules.wish_of(Rejected("x")) == 0
