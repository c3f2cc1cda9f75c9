"""Links nobody can forge, change, or use past their time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.ids import new_id
from services.kit.signed import TOKEN_CHARS, FileName, Signer

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SIGNER = Signer([b"k" * 32])


def name(seconds: int = 60) -> FileName:
    return FileName(new_id(), new_id(), NOW + timedelta(seconds=seconds))


@given(st.uuids(), st.uuids(), st.integers(1, 10**8))
def test_a_token_comes_back_as_what_it_names(tenant: UUID, file: UUID, seconds: int) -> None:
    wanted = FileName(tenant, file, NOW + timedelta(seconds=seconds))
    token = SIGNER.token(wanted)
    assert len(token) == TOKEN_CHARS
    assert SIGNER.read(token, NOW) == wanted


@given(st.integers(0, TOKEN_CHARS - 1), st.characters(codec="ascii"))
def test_a_touched_token_names_nothing(place: int, letter: str) -> None:
    token = SIGNER.token(name())
    touched = token[:place] + letter + token[place + 1 :]
    found = SIGNER.read(touched, NOW)
    assert found is None or touched == token


@given(st.text(max_size=100))
def test_anything_else_names_nothing(text: str) -> None:
    assert SIGNER.read(text, NOW) is None


@pytest.mark.parametrize("seconds", [0, -1, -86_400])
def test_time_over_names_nothing(seconds: int) -> None:
    assert SIGNER.read(SIGNER.token(name(seconds)), NOW) is None


def test_the_previous_key_is_read_during_rotation_and_no_longer() -> None:
    token = SIGNER.token(name())
    assert Signer([b"n" * 32, b"k" * 32]).read(token, NOW) is not None
    assert Signer([b"n" * 32]).read(token, NOW) is None


def test_the_last_letter_has_no_spare_bits_to_play_with() -> None:
    token = SIGNER.token(name())
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    fitting = [one for one in letters if SIGNER.read(token[:-1] + one, NOW) is not None]
    assert fitting == [token[-1]]
