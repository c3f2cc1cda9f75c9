"""Does a channel's provider answer at all? Pure; lives in the lane of its owner.

After several failures in a row, of several conversations, the lane calls one at a time, ever more
rarely. The first answer lets two go, then four, until all may. A refusal is an answer too. One
conversation alone never opens it: its own backoff is enough, and others must not wait for it.
"""

from __future__ import annotations

import random

OPEN_AFTER = 5
FEWEST_KEYS = 3
FIRST_SECONDS = 1.0
LONGEST_SECONDS = 5.0
"""A lane that has to wait longer is let go, and its next owner would know nothing of this."""
MOST_DOUBLINGS = 8
WIDE = 64
"""So many at once and nothing is held back any more."""


class Breaker:
    """One channel's."""

    def __init__(self) -> None:
        self._failures = 0
        self._keys: set[str] = set()
        self._room: int | None = None
        self._rounds = 0
        self._until = 0.0

    @property
    def is_open(self) -> bool:
        """Say whether calls are held back."""
        return self._room is not None

    def wait(self, now: float) -> float:
        """Return seconds until a call may be tried."""
        return max(self._until - now, 0.0)

    def room(self, calling: int, limit: int) -> int:
        """Return how many of `limit` calls may start beside those under way."""
        return limit if self._room is None else max(min(self._room - calling, limit), 0)

    def answered(self) -> None:
        """The provider spoke."""
        self._failures = 0
        self._keys.clear()
        if self._room is None:
            return
        self._until = 0.0
        self._room *= 2
        if self._room > WIDE:
            self._room, self._rounds = None, 0

    def failed(self, now: float, key: str, draw: float | None = None) -> None:
        """The provider did not answer a call of this order key, or is in trouble. Calls that were
        under way when it began say nothing new.
        """
        if self._room is None:
            self._failures += 1
            self._keys.add(key)
            if self._failures < OPEN_AFTER or len(self._keys) < FEWEST_KEYS:
                return
        elif now < self._until:
            return
        self._room = 1
        self._until = now + _pause(self._rounds, draw)
        self._rounds += 1


def _pause(rounds: int, draw: float | None) -> float:
    """Return a doubling pause, up to half of it off: channels must not come back together."""
    longest = min(FIRST_SECONDS * 2.0 ** min(rounds, MOST_DOUBLINGS), LONGEST_SECONDS)
    share = random.random() if draw is None else draw  # noqa: S311 - jitter
    return longest * (0.5 + 0.5 * share)
