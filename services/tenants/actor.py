"""Who performs a call, and in which tenant they may do what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from services.kit.errors import Forbidden


class Role(StrEnum):
    """What a membership allows; `admin` exists in the platform's tenant only."""

    OWNER = "owner"
    MANAGER = "manager"
    ANALYST = "analyst"
    BILLING = "billing"
    ADMIN = "admin"


class ActorKind(StrEnum):
    """What stands behind a call."""

    MEMBER = "member"
    CONTACT = "contact"
    SYSTEM = "system"
    MACHINE = "machine"


ANSWERS = frozenset({Role.OWNER, Role.MANAGER})
"""Roles whose words in a topic go to the buyer."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or the system) acting in `tenant_id`. `role` is None for people without membership
    there.
    """

    kind: ActorKind
    id: UUID | None = None
    tenant_id: UUID | None = None
    role: Role | None = None
    name: str = ""
    telegram_id: int = 0
    locale: str = "ru"
    zone: str | None = None
    is_confirmed: bool = False
    """Whoever let them act has asked for the second factor where one is needed."""

    @property
    def is_member(self) -> bool:
        """Say whether the person belongs to the tenant."""
        return self.role is not None

    @property
    def can_answer(self) -> bool:
        """Say whether this person's words may go to buyers."""
        return self.role in ANSWERS

    def need(self, *roles: Role) -> None:
        """Raise Forbidden unless the actor has one of these roles."""
        if self.role not in roles:
            raise Forbidden("error.forbidden")

    def at(self, tenant_id: UUID, role: Role | None) -> Actor:
        """Return the same person acting in another tenant."""
        return replace(self, tenant_id=tenant_id, role=role)


SYSTEM = Actor(ActorKind.SYSTEM)
