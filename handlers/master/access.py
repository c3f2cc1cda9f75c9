"""What several dialogues of the master bot need: the owner's business, where a job answers, deadly
buttons.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from handlers.callbacks import Presses
from handlers.words import Words
from services.channels.jobs import AnyJob, Jobs, Where
from services.inbox.models import Event
from services.kit.db import Record, Tx
from services.kit.errors import Forbidden, NotFound
from services.tenants.actor import Actor, Role
from services.tenants.overview import ChannelLine, Overview
from services.tenants.service import Person, Seat


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A talk with the master bot: who speaks, in which words, in which transaction."""

    person: Person
    words: Words
    presses: Presses
    tx: Tx
    stored: Event

    @property
    def actor(self) -> Actor:
        """Return who speaks."""
        return self.person.actor

    @property
    def owns(self) -> bool:
        """Say whether the person owns the business they work with."""
        return self.person.seat is not None and self.person.seat.role is Role.OWNER

    @property
    def seat(self) -> Seat:
        """Return the business the person works with. Raises NotFound."""
        if self.person.seat is None:
            raise NotFound("error.no_tenant")
        return self.person.seat

    @asynccontextmanager
    async def inside(self) -> AsyncIterator[Tx]:
        """Act for the business the person works with. Raises NotFound."""
        async with self.tx.acting_for(self.seat.tenant_id):
            yield self.tx

    @asynccontextmanager
    async def owning(self) -> AsyncIterator[Tx]:
        """Act for it as its owner. Raises NotFound, Forbidden."""
        async with self.tx.acting_for(owned(self.person).tenant_id):
            yield self.tx

    async def ask(self, jobs: Jobs, job: AnyJob) -> None:
        """Have a worker do something for the business as its owner, and answer here.

        Raises NotFound, Forbidden.
        """
        tenant_id = owned(self.person).tenant_id
        await jobs.request(self.tx, tenant_id, job, here(self.stored, self.person))

    async def channel(self, overview: Overview, channel_id: UUID) -> ChannelLine:
        """Return an account of the owner's. Raises NotFound, Forbidden."""
        async with self.owning() as tx:
            found = await overview.channel(tx, channel_id)
        if found is None:
            raise NotFound("error.not_found")
        return found

    async def group(self, overview: Overview, workspace_id: UUID) -> Record:
        """Return a group of the owner's. Raises NotFound, Forbidden."""
        async with self.owning() as tx:
            groups = await overview.workspaces(tx)
        found = next((row for row in groups if row["id"] == workspace_id), None)
        if found is None:
            raise NotFound("error.not_found")
        return found


def owned(person: Person) -> Seat:
    """Return the business the person works with and owns. Raises NotFound, Forbidden."""
    if person.seat is None:
        raise NotFound("error.no_tenant")
    if person.seat.role is not Role.OWNER:
        raise Forbidden("error.forbidden")
    return person.seat


def here(stored: Event, person: Person) -> Where:
    """Return this private chat as the place where a job answers."""
    channel, actor = stored.channel, person.actor
    return Where(channel.tenant_id, channel.id, str(actor.telegram_id), actor.locale, by=actor)
