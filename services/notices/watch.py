"""The loop that keeps watch: rules every twenty seconds, then what they have to say."""

from __future__ import annotations

import asyncio
import logging

from services.incidents.service import Incidents
from services.notices.service import Notices

log = logging.getLogger(__name__)

EVERY_SECONDS = 20.0


async def watch(incidents: Incidents, notices: Notices, stop: asyncio.Event) -> None:
    """Evaluate and tell until stopped; any number of processes may, one at a time works."""
    while not stop.is_set():
        try:
            await incidents.evaluate()
            await notices.pump_quietly()
        except Exception:
            # A rule that fails must not silence the others' next turn.
            log.exception("watch failed")
        try:
            await asyncio.wait_for(stop.wait(), EVERY_SECONDS)
        except TimeoutError:
            continue
