"""Using an invitation from a session: seat the person, then let the session work there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from services.identity import queries
from services.identity.sessions import Sessions
from services.kit.db import Database, Tx
from services.kit.errors import NotFound
from services.tenants.actor import Actor
from services.tenants.errors import LinkUnknown
from services.tenants.links import Offer
from services.tenants.service import Tenants


class Joining:
    """Invitations as the invited see them. A wrong token is counted by person, as in the bot."""

    def __init__(self, database: Database, tenants: Tenants, sessions: Sessions) -> None:
        self._database = database
        self._tenants = tenants
        self._sessions = sessions
        self._platform_id: UUID | None = None

    async def look(self, actor: Actor, token: str) -> Offer:
        """Return what a link offers. Raises LinkUnknown, LinkUsed, LinkExpired, TooManyTries."""
        offer = None
        async with self._platform() as tx:
            try:
                offer = await self._tenants.links.look(tx, token, actor.telegram_id)
            except LinkUnknown as error:
                unknown = error  # the try is counted: this transaction commits
        if offer is None:
            raise unknown
        return offer

    async def accept(self, session_id: UUID, actor: Actor, token: str) -> Offer:
        """Use a link up and move the session there. Raises what `look` raises, and Conflict."""
        await self.look(actor, token)
        async with self._platform() as tx:
            offer = await self._tenants.links.accept(tx, token, actor)
        await self._sessions.move(session_id, actor, offer.tenant_id)
        return offer

    @asynccontextmanager
    async def _platform(self) -> AsyncIterator[Tx]:
        if self._platform_id is None:
            async with self._database.system("links are tried in the platform's name") as tx:
                self._platform_id = await tx.value(queries.PLATFORM)
        if self._platform_id is None:
            raise NotFound("error.not_found")
        async with self._database.tenant(self._platform_id) as tx:
            yield tx
