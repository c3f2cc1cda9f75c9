"""`/city/api/…`: act, misbehave, look, judge. The page and tests in other processes use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.city.wire import reply

if TYPE_CHECKING:
    from sandbox.city.app import City


class Control:
    """Answers the page and other processes."""

    def __init__(self, city: City) -> None:
        """Serve `city`."""
        self.city = city

    async def handle(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """One request."""
        return reply({"error": "not found"}, 404)
