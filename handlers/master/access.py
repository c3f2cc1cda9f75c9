"""What several dialogues of the master bot need: the owner's business, where a job answers, deadly
buttons.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from handlers.callbacks import Presses
from handlers.words import Words
from services.channels.jobs import Where
from services.inbox.models import Event
from services.kit.db import Tx
from services.kit.errors import Forbidden, NotFound
from services.tenants.actor import Role
from services.tenants.service import Person, Seat


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A talk with the master bot: who speaks, in which words, in which transaction."""

    person: Person
    words: Words
    presses: Presses
    tx: Tx

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
