"""Wakes owners: an event in this process, NOTIFY to another one, one taskiq ring for a cold
lane.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import asyncpg

from services.kit.db import AWAY
from services.lanes.models import LaneKind

log = logging.getLogger(__name__)

PAYLOAD_LANES = 300
"""A NOTIFY payload holds 8,000 bytes; a lane number at most 19 digits and a comma."""


def cold_channel(kind: LaneKind) -> str:
    """Return the NOTIFY channel on which whoever drains this kind hears of lanes to take."""
    return f"cold_{int(kind)}"


def own_channel(owner: str) -> str:
    """Return the NOTIFY channel a process listens on."""
    return f"own_{owner}"


def read_payload(payload: str) -> list[int]:
    """Return the lanes of a NOTIFY payload; rubbish is dropped."""
    return [int(part) for part in payload.split(",") if part.isdigit()]


class Bell:
    """Rings for lanes without an owner. Losing a ring costs one sweep interval, so every failure
    is only logged.
    """

    def __init__(
        self,
        enqueue: Callable[..., Awaitable[None]],
        notify: Callable[[str, str], Awaitable[None]] | None = None,
    ) -> None:
        self._enqueue = enqueue
        self._notify = notify
        self._local: dict[LaneKind, Callable[[Iterable[int]], None]] = {}

    def serve(self, kinds: Iterable[LaneKind], want: Callable[[Iterable[int]], None]) -> None:
        """Say that this process drains these kinds itself."""
        for kind in kinds:
            self._local[kind] = want

    def serves(self, kind: LaneKind) -> bool:
        """Say whether this process drains the kind."""
        return kind in self._local

    def ring_mine(self, lanes: Iterable[int]) -> None:
        """Wake lanes this process owns."""
        for want in self._local.values():
            want(lanes)
            return

    async def ring(self, kind: LaneKind, lanes: Iterable[int]) -> None:
        """Wake someone for cold lanes of a kind this process does not drain, or itself."""
        want = self._local.get(kind)
        if want is not None:
            want(lanes)
            return
        try:
            await asyncio.wait_for(self._ring_others(kind, list(lanes)), 1.0)
        except Exception as error:  # noqa: BLE001 - only a doorbell, the sweep comes anyway
            log.warning("ring lost", extra={"error": type(error).__name__})

    async def _ring_others(self, kind: LaneKind, lanes: list[int]) -> None:
        if kind is LaneKind.BOT and self._notify is not None:
            for start in range(0, len(lanes), PAYLOAD_LANES):
                part = lanes[start : start + PAYLOAD_LANES]
                await self._notify(cold_channel(kind), ",".join(map(str, part)))
            return
        for lane in lanes:
            await self._enqueue("lanes.wake", lane_id=lane)


async def listen(
    dsn: str,
    channels: Iterable[str],
    heard: Callable[[Iterable[int] | None], None],
    alive: Callable[[], bool],
) -> None:
    """Keep one direct session on LISTEN, reconnecting for as long as `alive()`; a gap is covered
    by the sweep, and for lanes with an owner by `heard(None)`.
    """

    def on_notify(_conn: Any, _pid: int, _channel: str, payload: object) -> None:
        heard(read_payload(str(payload)))

    while alive():
        conn = None
        try:
            conn = await asyncpg.connect(
                dsn, timeout=3, server_settings={"application_name": "vishenka-bell"}
            )
            for channel in channels:
                await conn.add_listener(channel, on_notify)
            heard(None)
            while alive() and not conn.is_closed():
                await asyncio.sleep(1.0)
                await conn.execute("SELECT 1", timeout=5)
        except (*AWAY, asyncpg.PostgresError):
            await asyncio.sleep(0.5)
        finally:
            if conn is not None:
                conn.terminate()
