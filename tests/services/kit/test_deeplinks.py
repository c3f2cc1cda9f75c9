"""What a link names is read as it was written, and in no other way."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.deeplinks import OBJECTS, Page, Spot, private_url, read, shared_url

ROW = UUID("01a20eef-e42e-7753-91fe-51b64bcdeea8")
SPOTS = st.builds(Spot, st.sampled_from(sorted(OBJECTS)), st.none() | st.uuids()) | st.builds(
    Spot, st.sampled_from(Page)
)


@given(SPOTS)
def test_what_is_written_is_read_back_and_fits_into_a_start_parameter(spot: Spot) -> None:
    assert read(spot.written) == spot
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", spot.written)


@given(st.text(max_size=80))
def test_what_is_read_is_written_in_one_way(text: str) -> None:
    found = read(text)

    assert found is None or found.written == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dialogs-",
        "dialogs-1",
        f"dialogs-{ROW}",  # dashes inside: not how we write it
        f"dialogs-{ROW.hex.upper()}",
        f"dialogs-{ROW.hex}x",
        f"dialogs-{ROW.hex}\n",
        f" dialogs-{ROW.hex}",
        f"security-{ROW.hex}",  # a page without things of its own
        f"secrets-{ROW.hex}",
        "DIALOGS",
        "dialogs/../security",
        "//evil.example",
        "dialogs٣",
    ],
)
def test_anything_else_is_nobodys_link(text: str) -> None:
    assert read(text) is None


def test_addresses_need_https_and_a_name() -> None:
    spot = Spot(Page.DIALOGS, ROW)

    assert spot.path == f"/app/dialogs/{ROW}"
    assert Spot(Page.HOME).path == "/app"
    assert private_url("https://c.example", spot) == (
        f"https://c.example/app/open?to=dialogs-{ROW.hex}"
    )
    assert shared_url("https://c.example", "cherry_bot", spot) == (
        f"https://t.me/cherry_bot?startapp=dialogs-{ROW.hex}"
    )
    for nothing in (None, "", "http://127.0.0.1:8080"):
        assert private_url(nothing, spot) == shared_url(nothing, "cherry_bot", spot) == ""
    assert shared_url("https://c.example", "", spot) == ""
