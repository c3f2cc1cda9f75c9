"""The fold over consent events: the last word counts, order of telling does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.consents.rules import Action, Event, Purpose, State, fold

T0 = datetime(2026, 1, 1, tzinfo=UTC)
EVENTS = st.lists(
    st.builds(
        Event,
        purpose=st.sampled_from(Purpose),
        channel=st.sampled_from(["telegram", "email"]),
        action=st.sampled_from(Action),
        occurred_at=st.integers(0, 5).map(lambda n: T0 + timedelta(minutes=n)),
    ),
    max_size=12,
)
WANTED = st.sampled_from([Purpose.SERVICE, Purpose.MARKETING, Purpose.PERSONAL_DATA])


@given(EVENTS, WANTED, st.randoms())
def test_order_and_repeats_change_nothing(events, purpose, rng) -> None:  # type: ignore[no-untyped-def]
    told = [*events, *events[:3]]
    rng.shuffle(told)

    assert fold(told, purpose, "telegram") is fold(events, purpose, "telegram")


@given(EVENTS, WANTED)
def test_a_no_to_everything_now_ends_every_permission(events, purpose) -> None:  # type: ignore[no-untyped-def]
    stop = Event(Purpose.ALL, "telegram", Action.WITHDRAW, T0 + timedelta(minutes=5))

    assert fold([*events, stop], purpose, "telegram") is State.WITHDRAWN


@given(EVENTS, WANTED)
def test_a_later_yes_to_a_purpose_grants_that_purpose_alone(events, purpose) -> None:  # type: ignore[no-untyped-def]
    yes = Event(purpose, "telegram", Action.GRANT, T0 + timedelta(hours=1))
    told = [*events, yes]

    assert fold(told, purpose, "telegram") is State.GRANTED
    for other in set(Purpose) - {purpose, Purpose.ALL}:
        assert fold(told, other, "telegram") is fold(events, other, "telegram")
    assert fold(told, purpose, "email") is fold(events, purpose, "email")


def test_of_two_words_at_one_moment_the_no_counts() -> None:
    yes = Event(Purpose.MARKETING, "telegram", Action.GRANT, T0)
    no = Event(Purpose.MARKETING, "telegram", Action.WITHDRAW, T0)

    assert fold([no, yes], Purpose.MARKETING, "telegram") is State.WITHDRAWN


def test_nobody_can_permit_everything_at_once() -> None:
    yes = Event(Purpose.ALL, "telegram", Action.GRANT, T0)

    assert fold([yes], Purpose.MARKETING, "telegram") is State.UNASKED
