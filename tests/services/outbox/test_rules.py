"""What each outcome means for a delivery."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.connectors import errors
from services.connectors.errors import ConnectorError, Reason
from services.outbox import rules
from services.outbox.models import Class, State

DAY = 86_400.0


def decide(error: ConnectorError, **more: object) -> rules.Decision:
    values = {
        "cls": Class.BRIDGE,
        "attempts": 1,
        "repeated": False,
        "age_seconds": 1.0,
        "window_seconds": DAY,
    }
    return rules.after_error(error, **{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (errors.Temporary(), State.RETRY, Reason.PROVIDER_DOWN),
        (errors.RateLimited(retry_after_seconds=7), State.RETRY, Reason.RATE_LIMITED),
        (errors.Rejected(), State.PARKED, Reason.BAD_REQUEST),
        (errors.RecipientUnreachable(), State.PARKED, Reason.BLOCKED),
        (errors.Unsupported(), State.PARKED, Reason.UNSUPPORTED),
        (errors.Rejected(reason=Reason.TOPIC_MISSING), State.RETRY, Reason.TOPIC_MISSING),
        (errors.OutcomeUnknown(), State.RETRY, Reason.TIMEOUT),
        # refused keys do not cost messages: they wait for the owner to mend the channel
        (errors.AuthExpired(), State.RETRY, Reason.AUTH),
        (ConnectorError("bug"), State.RETRY, Reason.INTERNAL),
    ],
)
def test_each_error_has_its_state(error: ConnectorError, state: State, reason: Reason) -> None:
    decision = decide(error)

    assert (decision.state, decision.reason) == (state, reason)


def test_a_providers_wish_is_obeyed_to_the_second_and_costs_no_attempt() -> None:
    decision = decide(errors.RateLimited(retry_after_seconds=31))

    assert decision.delay_seconds == 31
    assert not decision.counted


def test_the_relay_repeats_an_unknown_outcome_once_and_marks_it() -> None:
    first = decide(errors.OutcomeUnknown())
    second = decide(errors.OutcomeUnknown(), repeated=True)

    assert first.state is State.RETRY
    assert first.repeat
    assert second.state is State.UNKNOWN


@pytest.mark.parametrize("cls", [Class.SERVICE, Class.CAMPAIGN])
def test_nothing_but_the_relay_is_repeated_by_the_machine(cls: Class) -> None:
    assert decide(errors.OutcomeUnknown(), cls=cls).state is State.UNKNOWN


def test_a_provider_that_stays_away_parks_the_delivery_after_the_window() -> None:
    assert decide(errors.Temporary(), age_seconds=DAY + 1).state is State.PARKED


@given(st.integers(min_value=1, max_value=60), st.floats(min_value=0, max_value=1))
def test_backoff_is_jittered_and_capped(attempts: int, draw: float) -> None:
    assert 0.2 <= rules.backoff(attempts, draw) <= rules.CAP_SECONDS


@given(
    st.lists(st.sampled_from(["sent", "delivered", "read", "bounced", "complained"]), max_size=12)
)
def test_receipts_never_move_a_delivery_down(path: list[str]) -> None:
    state = State.SENT
    for step in path:
        to = State(step)
        if rules.may_rise(state, to):
            assert rules.RANKS[to] > rules.RANKS[state]
            state = to

    assert rules.RANKS[state] == max(
        [rules.RANKS[State.SENT], *(rules.RANKS[State(s)] for s in path)]
    )


def test_a_parked_delivery_is_not_raised_by_a_receipt() -> None:
    assert not rules.may_rise(State.PARKED, State.READ)
