"""What pages and the API share: the desk in one transaction of the caller's business."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from aiohttp import web

from services.desk.service import Desk
from services.desk.values import Viewer
from services.kit.db import Tx
from services.tenants.actor import Actor
from webapp.auth.session import Session, SessionKind, session
from webapp.keys import SERVICES

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Seat:
    """The desk, and who sits at it."""

    tx: Tx
    desk: Desk
    viewer: Viewer
    who: Session

    @property
    def actor(self) -> Actor:
        """Return the caller as acts want it."""
        return self.who.actor


async def undoable(at: Seat, one: UUID, act: Callable[[], Awaitable[Done]]) -> tuple[Done, str]:
    """Return what an act on a dialog came to, and the token that takes it back ("" when nothing
    changed).
    """
    before = await at.desk.undo.before(at.tx, at.viewer, one)
    done = await act()
    return done, await at.desk.undo.token(at.tx, at.viewer, one, before)


@asynccontextmanager
async def seat(request: web.Request) -> AsyncIterator[Seat]:
    """Open a transaction for the caller of a marked view; it commits when the block ends well."""
    services, who = request.app[SERVICES], session(request)
    is_person = who.kind is not SessionKind.MACHINE
    viewer = Viewer(who.user.id, who.user.name, who.channels, is_person)
    async with services.database.tenant(who.tenant_id) as tx:
        yield Seat(tx, services.features.desk, viewer, who)
