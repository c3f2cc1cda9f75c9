"""The short way of an event: one statement, one commit, where nothing else has to be asked.

A feature that knows all it needs beforehand says in one statement what its subscriber would do.
The statement moves the lane too, checks what was taken for granted, and refuses as a whole
otherwise: then the event goes the long way, through its subscribers. So the short way only saves
time; what becomes of an event is the same on both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from services.inbox.models import Event
from services.kit.db import AWAY, RETRYABLE, Database, Record
from services.lanes.models import Lease
from services.lanes.store import LeaseLost

LOST = "VK002"
"""What a statement raises when the lane is another's; any other refusal means the long way."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A statement of an event. Its first arguments are tenant, lane, fence and the event's place;
    `done` is called with its rows once they are on disk, `undo` when they may not be.
    """

    sql: str
    args: Sequence[Any]
    done: Callable[[Sequence[Record]], None]
    undo: Callable[[], None]


Planner = Callable[[Event, Any], Shortcut | None]
"""Returns the short way of a translated message, None when it has none. No I/O."""


async def take(database: Database, lease: Lease, seq: int, way: Shortcut) -> bool:
    """Return True when all is on disk, False for the long way. Raises LeaseLost."""
    try:
        async with database.connection() as conn:
            rows = await conn.fetch(
                way.sql, lease.tenant_id, lease.lane, lease.fence, seq, *way.args
            )
    except (*AWAY, *RETRYABLE):  # whether it is on disk nobody knows: as with a lost commit
        way.undo()
        raise
    except asyncpg.PostgresError as error:
        way.undo()
        if error.sqlstate == LOST:
            raise LeaseLost from error
        return False
    except BaseException:
        way.undo()
        raise
    way.done(rows)
    return True
