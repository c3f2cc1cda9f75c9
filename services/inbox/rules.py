"""When a failing event is tried again and when it is parked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_ATTEMPTS = 5
MAX_CRASHES = 2
"""A head found after a crash is counted before it is worked on; with the first, uncounted crash
that makes at most three restarts per killer event (RELIABILITY I18).
"""

BACKOFF_SECONDS = (0.5, 2.0, 8.0, 30.0)


def backoff(attempts: int) -> float:
    """Return the pause after that many failed attempts; all of them together stay under two
    minutes.
    """
    return BACKOFF_SECONDS[min(max(attempts, 1), len(BACKOFF_SECONDS)) - 1]


def is_poison(attempts: int) -> bool:
    """Say whether the event has used up its attempts."""
    return attempts >= MAX_ATTEMPTS


def is_killer(crashes: int) -> bool:
    """Say whether the event brought the process down too often."""
    return crashes > MAX_CRASHES


def provider_order(row: Mapping[str, Any]) -> tuple[object, int, int]:
    """Return what waiting events are sorted by: the provider's time, then its id."""
    key = row["event_key"]
    return (
        row["at"] or row["received_at"],
        int(key) if key.isdigit() and len(key) < 19 else 0,
        row["seq"],
    )
