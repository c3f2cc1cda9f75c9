"""Polls that end close together are written down together.

A poll that waits here still holds its lease: what a killed process did not write is asked again by
the next owner, and the inbox knows what it stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from services.kit.tasks import spawn
from services.polling.rules import Next

WINDOW_SECONDS = 0.25
MOST = 500


@dataclass(frozen=True, slots=True)
class Told:
    """How a poll of a leased source ended. `cursor` is that of a poll which found nothing and so
    wrote nothing on its way; None leaves what is there.
    """

    source: UUID
    fence: int
    following: Next
    code: str = ""
    cursor: str | None = None


Write = Callable[[Sequence[Told]], Awaitable[set[UUID]]]
"""Writes all in one transaction; returns the sources whose lease was still ours."""


@dataclass(frozen=True, slots=True, eq=False)
class _Request:
    told: Told
    done: asyncio.Future[bool] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Settling:
    """The process's writer of ended polls."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._waiting: list[_Request] = []
        self._asking: set[UUID] = set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, source: UUID) -> None:
        """Expect the end of this poll soon: others may wait for it."""
        self._asking.add(source)

    def leave(self, source: UUID) -> None:
        """Expect this poll no more."""
        self._asking.discard(source)
        if self._waiting and not self._asking:
            self._go()

    async def settle(self, told: Told) -> bool:
        """Say whether the lease was still ours, once it is on disk. Raises Unavailable."""
        request = _Request(told)
        self._waiting.append(request)
        self._asking.discard(told.source)
        if not self._asking or len(self._waiting) >= MOST:
            self._go()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WINDOW_SECONDS, self._go)
        return await request.done

    def _go(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._waiting = self._waiting, []
        if batch:
            spawn(self._flush(batch), "polling.settle")

    async def _flush(self, batch: Sequence[_Request]) -> None:
        try:
            kept = await self._write([request.told for request in batch])
        except asyncpg.DataError as error:
            await self._singly(batch, error)
        except Exception as error:  # noqa: BLE001 - every poll in it must hear of it
            _fail(batch, error)
        else:
            for request in batch:
                if not request.done.done():  # its poll may have been cancelled
                    request.done.set_result(request.told.source in kept)
        finally:
            for request in batch:
                request.done.cancel()  # this very task was cancelled: nobody may wait for ever

    async def _singly(self, batch: Sequence[_Request], error: Exception) -> None:
        """One row the database refuses must not keep the others from being written."""
        if len(batch) == 1:
            _fail(batch, error)
            return
        for request in batch:
            await self._flush([request])


def _fail(batch: Sequence[_Request], error: Exception) -> None:
    for request in batch:
        if not request.done.done():
            request.done.set_exception(error)
