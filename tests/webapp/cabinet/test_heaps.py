"""Heaps and filters of the undelivered: whatever is stuck, the numbers agree."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.connectors.errors import Reason
from services.desk.undelivered import AT_ONCE
from services.desk.values import StuckFilter, StuckShare
from webapp.cabinet.heaps import Help, channels, heaps, help_of, states, wanted_only
from webapp.speech import Speech

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
S = Speech("ru", ZoneInfo("Europe/Moscow"), NOW)
PAGES = frozenset({"/app/accounts", "/app/bots", "/app/workspaces"})
ACCOUNTS = [UUID(int=number) for number in (1, 2, 3)]


def share(
    reason: str = "auth",
    state: str = "parked",
    direction: str = "out",
    channel: UUID = ACCOUNTS[0],
    count: int = 1,
) -> StuckShare:
    return StuckShare(
        reason, state, direction, channel, "probe", f"account {channel.int}", count, NOW
    )


SHARES = st.lists(
    st.builds(
        share,
        st.sampled_from([*Reason, "other", "never_heard_of"]),
        st.sampled_from(["parked", "unknown"]),
        st.sampled_from(["in", "out"]),
        st.sampled_from(ACCOUNTS),
        st.integers(1, 5_000),
    ),
    max_size=30,
)


@given(SHARES)
def test_heaps_filters_and_the_sum_of_all_agree(found: list[StuckShare]) -> None:
    made, everything = heaps(S, found, PAGES), sum(one.count for one in found)
    by_state = [chip.count for chip in states(S, found, StuckFilter())]
    by_channel = [chip.count for chip in channels(S, found, StuckFilter())]

    assert sum(heap.count for heap in made) == everything
    assert all(heap.out + heap.inbound == heap.count for heap in made)
    assert all(heap.title for heap in made)
    assert all(one.count >= other.count for one, other in pairwise(made))
    for chips in (by_state, by_channel):
        assert not chips or chips[0] == sum(chips[1:]) == everything


@given(SHARES, st.sampled_from(ACCOUNTS), st.sampled_from(["", "parked", "unknown"]))
def test_a_chip_counts_what_its_address_shows(
    found: list[StuckShare], channel: UUID, state: str
) -> None:
    for chip in channels(S, found, StuckFilter("", state)):
        if f"channel={channel}" in chip.href:
            shown = wanted_only(found, StuckFilter("", state, channel))
            assert chip.count == sum(one.count for one in shown)


def test_one_press_says_no_more_than_it_moves() -> None:
    (heap,) = heaps(S, [share("provider_down", count=AT_ONCE + 1)], PAGES)

    assert (heap.count, heap.at_once) == (AT_ONCE + 1, AT_ONCE)


def test_a_bots_key_is_mended_at_the_bots_and_an_accounts_at_the_accounts() -> None:
    (bot,) = heaps(S, [share(direction="in")], PAGES)
    (account,) = heaps(S, [share(direction="out")], PAGES)
    (nowhere,) = heaps(S, [share()], frozenset())

    assert (bot.mend, account.mend, nowhere.mend) == ("/app/bots", "/app/accounts", "")


def test_what_repeating_cannot_help_is_not_offered_again() -> None:
    assert help_of("too_big", "parked") is Help.NEVER
    assert help_of("too_big", "unknown") is Help.DOUBT
    assert help_of("never_heard_of", "parked") is Help.AGAIN
