"""Token buckets shared by all processes, in Redis: who asks too often waits.

A bucket holds `size` tokens and fills at `per_second`. `take` answers how long to wait, 0 when the
call may go on. Redis away raises `LimiterAway`: the caller decides whether its door closes
(sign-in does) or stays open (the API does).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

TIMEOUT_SECONDS = 0.5
HANDFUL = 20
MOST_POCKETS = 10_000
"""Tokens a process takes at once for `nibble`: one look into Redis serves so many calls."""

SCRIPT = """
local now = redis.call('TIME')
local at = tonumber(now[1]) + tonumber(now[2]) / 1000000
local size, rate, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local row = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = tonumber(row[1]) or size
left = math.min(size, left + math.max(0, at - (tonumber(row[2]) or at)) * rate)
local wait = 0
if left >= cost then left = left - cost else wait = (cost - left) / rate end
redis.call('HSET', KEYS[1], 'left', tostring(left), 'at', tostring(at))
redis.call('PEXPIRE', KEYS[1], math.ceil(size / rate * 1000) + 1000)
return tostring(wait)
"""


class LimiterAway(Exception):
    """The counters cannot be read."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One limit: `size` at once, `per_second` over time."""

    name: str
    size: int
    per_second: float


class Limiter:
    """Counts calls by bucket and subject (an address, a person, a business)."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(
            redis_url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        )
        self._script = self._redis.register_script(SCRIPT)
        self._pocket: dict[str, int] = {}
        self._fetching = asyncio.Lock()

    async def take(self, bucket: Bucket, subject: str, cost: int = 1) -> float:
        """Take tokens; return 0, or the seconds until they are there. Raises LimiterAway."""
        key = f"vishenka:limit:{bucket.name}:{subject}"
        try:
            wait = await self._script(keys=[key], args=[bucket.size, bucket.per_second, cost])
        except (RedisError, OSError, TimeoutError) as error:
            raise LimiterAway(type(error).__name__) from None
        return float(wait)

    async def nibble(self, bucket: Bucket, subject: str) -> float:
        """Take one token, from a handful this process holds already if it can: for hot doors."""
        key = f"{bucket.name}:{subject}"
        if not self._pocket.get(key, 0):
            async with self._fetching:  # one fetches, the others find what it brought
                wait = 0.0 if self._pocket.get(key, 0) else await self._fetch(bucket, subject, key)
            if wait:
                return wait
        self._pocket[key] -= 1
        return 0.0

    async def _fetch(self, bucket: Bucket, subject: str, key: str) -> float:
        wait = await self.take(bucket, subject, HANDFUL)
        if not wait:
            if len(self._pocket) > MOST_POCKETS:
                self._pocket.clear()
            self._pocket[key] = HANDFUL
        return wait

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
