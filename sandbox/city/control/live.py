"""The page's bell: server-sent events with nothing but a version in them."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sandbox.city.feed import Feed

HEARTBEAT_SECONDS = 15.0
SETTLE_SECONDS = 0.08  # a burst of changes is one event


async def stream(request: web.BaseRequest, feed: Feed) -> web.StreamResponse:
    """Tell versions until the page goes away."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    version = -1
    try:
        while True:
            version = await feed.after(version, HEARTBEAT_SECONDS)
            await response.write(f"data: {version}\n\n".encode())
            await asyncio.sleep(SETTLE_SECONDS)
    except ConnectionResetError:
        return response
