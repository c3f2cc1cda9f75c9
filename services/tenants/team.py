"""Who belongs to a business with which role; the last owner stays."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.audit.service import Audit, Object
from services.kit.db import Record, Tx
from services.kit.errors import Conflict, Forbidden, NotFound
from services.kit.ids import new_id
from services.tenants import queries, rules
from services.tenants.actor import ANSWERS, Actor, Role
from services.tenants.errors import LastOwner


class Team:
    """Members of the tenant of the transaction."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def members(self, tx: Tx) -> list[Record]:
        """Return id, user_id, role, name, telegram_user_id of everyone, oldest first."""
        return await tx.fetch(queries.MEMBERS, tx.tenant_id)

    async def member(self, tx: Tx, membership_id: UUID) -> Record:
        """Return one seat by its id. Raises NotFound, for another tenant's seat too."""
        row = await tx.row(queries.MEMBER, tx.tenant_id, membership_id)
        if row is None:
            raise NotFound("error.not_found")
        return row

    async def has_owner(self, tx: Tx) -> bool:
        """Say whether anyone owns the tenant."""
        return any(row["role"] == Role.OWNER for row in await self.members(tx))

    async def role(self, tx: Tx, user_id: UUID) -> Role | None:
        """Return a person's role here, None for people who do not belong."""
        found = await tx.value(queries.ROLE_OF, tx.tenant_id, user_id)
        return Role(found) if found else None

    async def add(
        self, tx: Tx, actor: Actor, user_id: UUID, role: Role, channels: Sequence[UUID] = ()
    ) -> None:
        """Seat a person, a manager for some bots and accounts only when `channels` names them.
        Raises Conflict when they already sit here (their role is not touched).
        """
        scope = rules.scope_text(role, channels)
        row = await tx.row(queries.SEAT, tx.tenant_id, new_id(), user_id, role, scope)
        if row is None:
            raise Conflict("error.already_member")
        await self._audit.record(tx, actor, "member.add", Object("user", user_id), {"role": None})

    async def change_role(self, tx: Tx, actor: Actor, user_id: UUID, role: Role) -> None:
        """Give a member another role. Only owners do that, so nobody can raise their own.

        Raises Forbidden, NotFound, LastOwner; Forbidden for the role `admin`.
        """
        await self._locked(tx, actor, user_id)
        if role is Role.ADMIN:
            actor.need()
        if role is not Role.OWNER:
            await self._not_last(tx, user_id)
        await tx.execute(queries.SET_ROLE, tx.tenant_id, user_id, role)
        if role not in ANSWERS:
            await tx.execute(queries.LEAVE_DIRECT, tx.tenant_id, user_id)
        await self._audit.record(tx, actor, "member.role", Object("user", user_id), {"role": None})

    async def limit(self, tx: Tx, actor: Actor, user_id: UUID, channels: Sequence[UUID]) -> None:
        """Limit a manager to these bots and accounts; none means all. Raises Forbidden, NotFound
        (an account that is not the tenant's, too), Conflict for a role that has no limits.
        """
        await self._locked(tx, actor, user_id)
        if channels and await self.role(tx, user_id) is not Role.MANAGER:
            raise Conflict("error.scope_of_managers")
        await self.check_channels(tx, channels)
        scope = rules.scope_text(Role.MANAGER, channels)
        await tx.execute(queries.SET_SCOPE, tx.tenant_id, user_id, scope)
        await self._audit.record(
            tx, actor, "member.scope", Object("user", user_id), {"channels": None}
        )

    async def check_channels(self, tx: Tx, channels: Sequence[UUID]) -> None:
        """Raise NotFound unless all of them are the tenant's."""
        wanted = list(set(channels))
        if wanted and await tx.value(queries.KNOWN_CHANNELS, tx.tenant_id, wanted) != len(wanted):
            raise NotFound("error.not_found")

    async def remove(self, tx: Tx, actor: Actor, user_id: UUID) -> None:
        """Take a member's seat away, at once. Raises Forbidden, NotFound, LastOwner."""
        await self._locked(tx, actor, user_id)
        await self._not_last(tx, user_id)
        await tx.execute(queries.REMOVE, tx.tenant_id, user_id)
        await tx.execute(queries.LEAVE_DIRECT, tx.tenant_id, user_id)
        await self._audit.record(tx, actor, "member.remove", Object("user", user_id))

    async def leave(self, tx: Tx, actor: Actor) -> None:
        """Give one's own seat back. Raises NotFound (no seat), LastOwner."""
        await tx.execute(queries.LOCK_TENANT, tx.tenant_id)
        if actor.id is None or await self.role(tx, actor.id) is None:
            raise NotFound("error.not_found")
        await self._not_last(tx, actor.id)
        await tx.execute(queries.REMOVE, tx.tenant_id, actor.id)
        await self._audit.record(tx, actor, "member.leave", Object("user", actor.id))

    async def check_confirmed(self, tx: Tx, actor: Actor) -> None:
        """Raise Forbidden for a person with a second factor who comes from where no code can be
        asked, a chat: else the chat would be the way around it.
        """
        if actor.is_confirmed or actor.id is None:
            return
        if await has_factor(tx, actor.id):
            raise Forbidden("error.second_factor")

    async def _locked(self, tx: Tx, actor: Actor, user_id: UUID) -> None:
        """Hold the tenant's row, so that two owners cannot leave at the same moment; read rights
        under the lock.
        """
        await tx.execute(queries.LOCK_TENANT, tx.tenant_id)
        await self.check_confirmed(tx, actor)
        acting = await self.role(tx, actor.id) if actor.id else None
        actor.at(actor.tenant_id or user_id, acting).need(Role.OWNER)
        if await self.role(tx, user_id) is None:
            raise NotFound("error.not_found")

    async def _not_last(self, tx: Tx, user_id: UUID) -> None:
        if await self.role(tx, user_id) is not Role.OWNER:
            return
        if not await tx.value(queries.OTHER_OWNERS, tx.tenant_id, user_id):
            raise LastOwner("error.last_owner")


async def has_factor(tx: Tx, user_id: UUID) -> bool:
    """Say whether a person has to give a code where one can be asked: in the cabinet, not in a
    chat.
    """
    async with tx.system("second factors belong to people"):
        return bool(await tx.value(queries.HAS_FACTOR, user_id))
