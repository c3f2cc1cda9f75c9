"""Time from one place, so that tests can hold it still. Leases and due times use the database's
clock instead.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for people, monotonic seconds for timeouts."""

    def now(self) -> datetime:
        """Return aware UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never jump."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never jump."""
        return time.monotonic()
