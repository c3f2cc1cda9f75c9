"""Sealed values open where they belong and nowhere else."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.crypto import MasterKey, TenantKeys, Undecipherable

CHERRY, PLUM = TenantKeys(b"c" * 32), TenantKeys(b"p" * 32)


@given(st.binary(max_size=200))
def test_what_is_sealed_opens_again(data: bytes) -> None:
    assert CHERRY.open("t:c", 1, CHERRY.seal("t:c", 1, data)) == data


@pytest.mark.parametrize(
    ("keys", "place", "row"),
    [(CHERRY, "t:c", 2), (CHERRY, "t:d", 1), (CHERRY, "u:c", 1), (PLUM, "t:c", 1)],
    ids=["another row", "another column", "another table", "another tenant"],
)
def test_a_moved_value_does_not_open(keys: TenantKeys, place: str, row: int) -> None:
    sealed = CHERRY.seal("t:c", 1, b"secret")

    with pytest.raises(Undecipherable):
        keys.open(place, row, sealed)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_damaged_value_does_not_open(place: int, flip: int) -> None:
    sealed = bytearray(CHERRY.seal("t:c", 1, b"secret"))
    sealed[place % len(sealed)] ^= flip

    with pytest.raises(Undecipherable):
        CHERRY.open("t:c", 1, bytes(sealed))


def test_two_seals_of_one_value_differ() -> None:
    assert CHERRY.seal("t:c", 1, b"x") != CHERRY.seal("t:c", 1, b"x")


def test_the_blind_index_differs_between_tenants_and_purposes() -> None:
    marks = {CHERRY.blind("a"), PLUM.blind("a"), CHERRY.suppression("a"), PLUM.suppression("a")}

    assert len(marks) == 4
    assert CHERRY.blind("a") == TenantKeys(b"c" * 32).blind("a")


def test_a_data_key_survives_the_rotation_of_the_master_key() -> None:
    tenant, old, new = uuid4(), MasterKey(b"1" * 32), MasterKey(b"2" * 32, b"1" * 32)
    wrapped = old.wrap(b"d" * 32, tenant)

    opened = new.unwrap(wrapped, old.current, tenant)
    again = new.wrap(opened, tenant)

    assert opened == b"d" * 32
    assert MasterKey(b"2" * 32).unwrap(again, new.current, tenant) == opened
    with pytest.raises(Undecipherable):
        MasterKey(b"2" * 32).unwrap(wrapped, old.current, tenant)


def test_a_data_key_of_another_tenant_does_not_open() -> None:
    master = MasterKey(b"1" * 32)
    wrapped = master.wrap(b"d" * 32, uuid4())

    with pytest.raises(Undecipherable):
        master.unwrap(wrapped, master.current, uuid4())
