"""Counting calls: nobody gets more than a bucket holds, and nobody loses what was fetched."""

from __future__ import annotations

import asyncio

from services.kit.limits import Bucket, Limiter


async def test_many_at_once_share_what_was_fetched(valkey_url: str) -> None:
    limiter = Limiter(valkey_url)
    bucket = Bucket("test", 400, 0.001)
    try:
        waits = await asyncio.gather(*(limiter.nibble(bucket, "one") for _ in range(40)))
        assert waits == [0.0] * 40
        for _ in range(200):
            assert await limiter.nibble(bucket, "one") == 0.0
    finally:
        await limiter.close()


async def test_a_bucket_ends_and_another_subject_has_its_own(valkey_url: str) -> None:
    limiter = Limiter(valkey_url)
    bucket = Bucket("test", 40, 0.001)
    try:
        waits = [await limiter.nibble(bucket, "one") for _ in range(41)]
        assert waits[:40] == [0.0] * 40
        assert waits[40] > 0
        assert await limiter.nibble(bucket, "other") == 0.0
    finally:
        await limiter.close()
