"""Hold points: exact moments of one call at which a test may look, wait or kill somebody.

Moments in order: `headers` (request line and headers seen), `body` (read, not yet accepted),
`accepted` (it took effect, the answer is withheld), `answered` (the answer is on the wire).
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Action = Callable[[], Awaitable[None] | None]
MOMENTS = ("headers", "body", "accepted", "answered")


@dataclass(slots=True)
class Hold:
    """One armed point. `reached` is set at the moment, `release` lets the call go on."""

    id: int
    moment: str
    provider: str
    method: str
    chat: str
    nth: int
    action: Action | None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def reached(self, timeout_seconds: float = 10.0) -> None:
        """Wait until a call stands at this point."""
        await asyncio.wait_for(self.arrived.wait(), timeout_seconds)

    def release(self) -> None:
        """Let the call go on."""
        self.released.set()


class Points:
    """The armed points of one city. Nothing armed costs one truth test per call."""

    def __init__(self) -> None:
        """Nothing armed."""
        self._ids = itertools.count(1)
        self.armed: list[Hold] = []
        self.known: dict[int, Hold] = {}

    def arm(
        self,
        moment: str,
        *,
        provider: str = "",
        method: str = "",
        chat: str | int = "",
        nth: int = 1,
        action: Action | None = None,
    ) -> Hold:
        """Stop the `nth` matching call at `moment`; with `action` run it and go on."""
        if moment not in MOMENTS:
            raise ValueError(moment)
        hold = Hold(next(self._ids), moment, provider, method.lower(), str(chat), nth, action)
        self.armed.append(hold)
        self.known[hold.id] = hold
        return hold

    def clear(self) -> None:
        """Disarm all and let every held call go on."""
        for hold in self.known.values():
            hold.release()
        self.armed.clear()
        self.known.clear()

    async def pass_by(self, moment: str, provider: str, method: str, chat: str) -> None:
        """A call is at `moment`: stop it if somebody asked so."""
        for hold in list(self.armed):
            if hold not in self.armed or not self._fits(hold, moment, provider, method, chat):
                continue  # disarmed or taken by another while this call stood at an earlier one
            hold.nth -= 1
            if hold.nth > 0:
                continue
            self.armed.remove(hold)
            hold.arrived.set()
            await self._stand(hold)

    @staticmethod
    async def _stand(hold: Hold) -> None:
        if hold.action is None:
            await hold.released.wait()
            return
        result = hold.action()
        if inspect.isawaitable(result):
            await result

    @staticmethod
    def _fits(hold: Hold, moment: str, provider: str, method: str, chat: str) -> bool:
        # The method of Telegram is in the URL, the chat is known only once the body is read.
        return (
            hold.moment == moment
            and hold.provider in {"", provider}
            and hold.method in {"", method.lower()}
            and hold.chat in {"", chat}
        )
