"""What a session's device is called, from what its browser says of itself."""

from __future__ import annotations

BROWSERS = (
    ("YaBrowser", "Yandex"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("AppleWebKit", "Safari"),
)
"""The first that is named: everybody names those below, too."""
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
LONGEST = 40


def device(said: str) -> str:
    """Return browser and system, what it said itself where neither is known, "" for silence."""
    found = [_first(said, BROWSERS), _first(said, SYSTEMS)]
    return " · ".join(one for one in found if one) or said.strip()[:LONGEST]


def _first(said: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in known if mark in said), "")
