"""Marks that fade by themselves, in Redis: who is busy with what at this moment.

A mark is a member of a scope (a business) that is forgotten after its seconds. Nothing rests on
it: with Redis away there are no marks, nobody waits for them, and nobody is told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.3
REST_SECONDS = 5.0
"""How long Redis is not asked after it failed: pages must not wait for it one by one."""
FRESH_SECONDS = 1.0
"""How old an answer of this process may be: many readers of a business share one look."""
MOST_SCOPES = 10_000
MOST_MARKS = 500

NOW = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
"""
MARK = f"""{NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -{MOST_MARKS + 1})
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[2]) + 60000)
"""
LOOK = f"""{NOW}
return redis.call('ZRANGE', KEYS[1], '(' .. now, '+inf', 'BYSCORE')
"""


class Fleeting:
    """Marks of many scopes. Members are short ASCII words of ours, never what people typed."""

    def __init__(self, redis_url: str, name: str) -> None:
        self._redis = Redis.from_url(
            redis_url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        )
        self._mark = self._redis.register_script(MARK)
        self._look = self._redis.register_script(LOOK)
        self._name = name
        self._known: dict[str, tuple[float, frozenset[str]]] = {}
        self._rests_until = 0.0

    async def mark(self, scope: str, member: str, seconds: float) -> None:
        """Set a mark, or make it last longer."""
        self._known.pop(scope, None)
        await self._ask(self._mark(keys=[self._key(scope)], args=[member, int(seconds * 1000)]))

    async def unmark(self, scope: str, member: str) -> None:
        """Take a mark away before its time."""
        self._known.pop(scope, None)
        await self._ask(self._redis.zrem(self._key(scope), member))

    async def marks(self, scope: str) -> frozenset[str]:
        """Return the marks of a scope, none when they cannot be read."""
        now = asyncio.get_running_loop().time()
        until, members = self._known.get(scope, (0.0, frozenset()))
        if now < until:
            return members
        found = await self._ask(self._look(keys=[self._key(scope)]))
        members = frozenset(member.decode("ascii", "replace") for member in found or ())
        if len(self._known) >= MOST_SCOPES:
            self._known.clear()
        self._known[scope] = (now + FRESH_SECONDS, members)
        return members

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _key(self, scope: str) -> str:
        return f"vishenka:{self._name}:{scope}"

    async def _ask(self, call: Awaitable[Any]) -> Any:
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_until:
            call.close()  # type: ignore[attr-defined]  # a coroutine nobody will await
            return None
        try:
            return await call
        except (RedisError, OSError, TimeoutError):
            self._rests_until = loop.time() + REST_SECONDS
            log.info("marks are away for a while")
            return None
