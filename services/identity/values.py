"""What a signed-in person is, to the rest of the program."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.identity.models import SessionKind
from services.tenants.actor import Actor


@dataclass(frozen=True, slots=True)
class Issued:
    """Fresh tokens of a session; shown once."""

    session_id: UUID
    access_token: str
    refresh_token: str
    expires_in: int
    kind: SessionKind


@dataclass(frozen=True, slots=True)
class Signed:
    """A session as its row and the person's membership say at this moment.

    `channels` are the bots and accounts a manager is limited to, None for all of them.
    `has_factor`: the person turned the second factor on; `was_confirmed`: this session gave a code
    once; `is_confirmed`: in the last minutes.
    """

    id: UUID
    kind: SessionKind
    actor: Actor
    tenant_name: str
    channels: frozenset[UUID] | None
    is_admin: bool
    has_factor: bool
    was_confirmed: bool
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session in the person's list."""

    id: UUID
    kind: SessionKind
    device: str
    created_at: datetime
    last_seen_at: datetime
