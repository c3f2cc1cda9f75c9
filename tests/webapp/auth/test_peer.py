"""Whose address counts, and what a device is called."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from webapp.auth.peer import address, device
from webapp.keys import SERVICES


def request(peer: str, trusted: tuple[str, ...] = (), **headers: str) -> Any:
    settings = SimpleNamespace(trusted_proxies=trusted)
    app = {SERVICES: SimpleNamespace(settings=settings)}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SimpleNamespace(remote=peer, app=app, headers=named)


PROXY = ("10.0.0.0/8",)


@pytest.mark.parametrize(
    ("peer", "trusted", "forwarded", "expected"),
    [
        ("1.2.3.4", (), "9.9.9.9", "1.2.3.4"),  # no proxy of ours: its word counts for nothing
        ("1.2.3.4", PROXY, "9.9.9.9", "1.2.3.4"),
        ("10.0.0.1", PROXY, "9.9.9.9", "9.9.9.9"),
        ("10.0.0.1", PROXY, "127.0.0.1, 9.9.9.9", "9.9.9.9"),  # the left is the client's own story
        ("10.0.0.1", PROXY, "9.9.9.9, 10.0.0.2", "9.9.9.9"),  # a chain of ours
        ("10.0.0.1", PROXY, "", "10.0.0.1"),
        ("10.0.0.1", PROXY, "nonsense", "10.0.0.1"),
        ("10.0.0.1", PROXY, "9.9.9.9, nonsense", "10.0.0.1"),
        ("10.0.0.1", PROXY, "2001:db8::1", "2001:db8::1"),
        ("", PROXY, "9.9.9.9", ""),
    ],
)
def test_the_address_is_the_rightmost_that_is_not_ours(
    peer: str, trusted: tuple[str, ...], forwarded: str, expected: str
) -> None:
    headers = {"X_Forwarded_For": forwarded, "X_Real_IP": "8.8.8.8", "Forwarded": "for=8.8.8.8"}

    assert address(request(peer, trusted, **headers)) == expected


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_1) Firefox/145.0", "Firefox, macOS"),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_device_is_named_in_our_own_words_only(agent: str, name: str) -> None:
    assert device(request("", User_Agent=agent)) == name
