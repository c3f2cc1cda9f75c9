"""Webhooks v3 of the fake Avito: the observed envelope, own messages included.

Retries are undocumented, so by default there are none: what nobody took is for the poller to find.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import deque

import aiohttp
import orjson

from sandbox.city.avito.model import Account
from sandbox.city.core import Core, Json
from sandbox.city.faults import Kind
from sandbox.city.journal import Outcome
from sandbox.city.wire import new_trace

ANSWER_SECONDS = 2.0
REORDER_WINDOW_SECONDS = 0.3
_SILENT = frozenset({Kind.SILENT})
_DUPLICATE = frozenset({Kind.DUPLICATE})
_REORDER = frozenset({Kind.REORDER})


class Hooks:
    """Sends webhooks, one chat at a time, chats in parallel."""

    def __init__(self, core: Core) -> None:
        """No subscriptions here: they live with the account."""
        self.core = core
        self.tries = 1
        self._lanes: dict[str, deque[tuple[str, Json]]] = {}
        self._held: dict[int, list[tuple[str, Json]]] = {}

    def clear(self) -> None:
        """Forget what waits."""
        self._lanes.clear()
        self._held.clear()

    def send(self, account: Account, chat_id: str, value: Json) -> None:
        """Tell every subscriber of `account`, unless a fault says otherwise."""
        if not account.hooks:
            return
        faults = self.core.faults
        envelope = self._envelope(value)
        if not faults.any("avito"):
            self._line_up(account, chat_id, envelope)
            return
        name = str(account.id)
        if faults.take("avito", _SILENT, account=name, chat=chat_id):
            return
        copies = 1
        for fault in faults.take("avito", _DUPLICATE, account=name, chat=chat_id):
            copies = max(copies, int(fault.params.get("times", 2)))
        held = faults.take("avito", _REORDER, account=name, chat=chat_id)
        for _ in range(copies):
            if held:
                window = float(held[0].params.get("window", REORDER_WINDOW_SECONDS))
                self._hold(account, chat_id, envelope, window)
            else:
                self._line_up(account, chat_id, envelope)

    def _envelope(self, value: Json) -> Json:
        number = uuid.UUID(int=self.core.rng.getrandbits(128), version=4)
        return {
            "id": str(number),
            "version": "v3.0.0",
            "timestamp": int(self.core.clock()),
            "payload": {"type": "message", "value": value},
        }

    def _hold(self, account: Account, chat_id: str, envelope: Json, window: float) -> None:
        waiting = self._held.setdefault(account.id, [])
        waiting.append((chat_id, envelope))
        if len(waiting) == 1:
            self.core.spawn(self._shuffle(account, window))

    async def _shuffle(self, account: Account, window: float) -> None:
        await asyncio.sleep(window)
        waiting = self._held.pop(account.id, [])
        self.core.rng.shuffle(waiting)
        for chat_id, envelope in waiting:
            self._line_up(account, chat_id, envelope)

    def _line_up(self, account: Account, chat_id: str, envelope: Json) -> None:
        busy = chat_id in self._lanes
        lane = self._lanes.setdefault(chat_id, deque())
        lane.extend((url, envelope) for url in account.hooks)
        if not busy:
            self.core.spawn(self._drain(account, chat_id))

    async def _drain(self, account: Account, chat_id: str) -> None:
        while lane := self._lanes.get(chat_id):
            url, envelope = lane.popleft()
            if url in account.hooks:
                await self._until_taken(account, chat_id, url, envelope)
        self._lanes.pop(chat_id, None)

    async def _until_taken(self, account: Account, chat_id: str, url: str, envelope: Json) -> None:
        for attempt in range(self.tries):
            if attempt:
                await asyncio.sleep(5 * self.core.time_scale)
            if await self._post(account, chat_id, url, envelope):
                return

    async def _post(self, account: Account, chat_id: str, url: str, envelope: Json) -> bool:
        trace, carried = new_trace()
        headers = {
            "Content-Type": "application/json",
            "x-avito-messenger-signature": self.core.hex(64),
            **carried,
        }
        kind = str(envelope["payload"]["value"]["type"])
        entry = self.core.journal.open(
            "hook", "avito", str(account.id), kind, chat_id, envelope, trace
        )
        try:
            async with self.core.session.post(
                url,
                data=orjson.dumps(envelope),
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS),
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            self.core.journal.close(entry, 0, Outcome.REFUSED)
            return False
        taken = 200 <= status < 300
        self.core.journal.close(entry, status, Outcome.ACCEPTED if taken else Outcome.REFUSED)
        return taken
