"""Flood limits as far as they are known: about 1/s in a chat, 20/min in a group, 30/s for a bot.

Off by default; `scale` multiplies each of them (tests scale up, benchmarks use 1). A group is
charged for calls that make a message or a topic, a bot for every call that writes.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.city.telegram.errors import ApiError, too_many

PER_BOT_SECOND = 30
PER_GROUP_MINUTE = 20
CHAT_BURST = 3


@dataclass(slots=True)
class Bucket:
    """Tokens that drip back; at most `size` of them."""

    tokens: float
    at: float


@dataclass(slots=True)
class Limits:
    """The limits of one city."""

    clock: Callable[[], float]
    is_enabled: bool = False
    scale: float = 1.0
    _bots: dict[int, deque[float]] = field(default_factory=dict)
    _groups: dict[int, deque[float]] = field(default_factory=dict)
    _chats: dict[tuple[int, int], Bucket] = field(default_factory=dict)

    def charge(self, bot_id: int, chat_id: int, *, is_private: bool, creates: bool) -> None:
        """Count one call or raise 429; a refused call is not counted."""
        if not self.is_enabled:
            return
        now = self.clock()
        checks = [
            _window(self._bots.setdefault(bot_id, deque()), now, 1.0, PER_BOT_SECOND * self.scale)
        ]
        if creates and not is_private:
            group = self._groups.setdefault(chat_id, deque())
            checks.append(_window(group, now, 60.0, PER_GROUP_MINUTE * self.scale))
        if creates and is_private:
            self._drip((bot_id, chat_id), now)
        for line, error in checks:
            if error is not None:
                raise error
            line.append(now)

    def _drip(self, key: tuple[int, int], now: float) -> None:
        size = CHAT_BURST * max(self.scale, 1.0)
        bucket = self._chats.setdefault(key, Bucket(size, now))
        bucket.tokens = min(size, bucket.tokens + (now - bucket.at) * self.scale)
        bucket.at = now
        if bucket.tokens < 1.0:
            raise too_many(max(1, math.ceil((1.0 - bucket.tokens) / self.scale)))
        bucket.tokens -= 1.0


def _window(
    line: deque[float], now: float, seconds: float, most: float
) -> tuple[deque[float], ApiError | None]:
    while line and line[0] <= now - seconds:
        line.popleft()
    if len(line) < most:
        return line, None
    return line, too_many(max(1, math.ceil(line[0] + seconds - now)))
