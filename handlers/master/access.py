"""What several dialogues of the master bot need: the owner's business, where a job answers, deadly
buttons.
"""

from __future__ import annotations

from services.channels.jobs import Where
from services.inbox.models import Event
from services.kit.errors import Forbidden, NotFound
from services.tenants.actor import Role
from services.tenants.service import Person, Seat


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
