"""Deep links: opaque, hashed, single use, bound to a purpose, a quarter of an hour long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.audit.service import Audit, Object
from services.kit.crypto import hash_token
from services.kit.db import Tx
from services.kit.errors import Conflict, Forbidden, NotFound
from services.kit.ids import new_id, random_token
from services.tenants import queries, rules
from services.tenants.actor import Actor, Role
from services.tenants.errors import LinkExpired, LinkUnknown, LinkUsed, TooManyTries
from services.tenants.rules import Purpose
from services.tenants.team import Team

TOKEN_BITS = 128


@dataclass(frozen=True, slots=True)
class Link:
    """A fresh link; the token is shown once."""

    id: UUID
    token: str
    role: Role
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invite:
    """An invitation in a list: never its token."""

    id: UUID
    role: Role
    channels: tuple[UUID, ...]
    created_at: datetime
    expires_at: datetime
    is_open: bool
    used_by: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a live link offers."""

    tenant_id: UUID
    tenant_name: str
    role: Role
    expires_at: datetime


class Links:
    """Invitations of every tenant. Methods that take a token work in a transaction of the
    platform.
    """

    def __init__(self, audit: Audit, team: Team) -> None:
        self._audit = audit
        self._team = team

    async def invite(
        self,
        tx: Tx,
        actor: Actor,
        role: Role,
        *,
        is_admin: bool = False,
        seconds: int = rules.LINK_SECONDS,
        channels: Sequence[UUID] = (),
    ) -> Link:
        """Make a link into the tenant of the transaction, for a manager of some `channels` only if
        any are named. Raises Forbidden (`rules.may_invite`), NotFound (a foreign channel).
        """
        acting = await self._team.role(tx, actor.id) if actor.id else None
        has_owner = await self._team.has_owner(tx)
        if not rules.may_invite(acting, role, is_admin=is_admin, has_owner=has_owner):
            raise Forbidden("error.forbidden")
        await self._team.check_confirmed(tx, actor)
        await self._team.check_channels(tx, channels)
        token = random_token(TOKEN_BITS)
        link_id = new_id()
        wanted = {"role": role, "by": str(actor.id), "channels": [str(one) for one in channels]}
        payload = orjson.dumps(wanted).decode()
        expires_at = await tx.value(
            queries.NEW_LINK,
            tx.tenant_id,
            link_id,
            Purpose.JOIN_TENANT,
            hash_token(token),
            payload,
            seconds,
        )
        await self._audit.record(
            tx, actor, "invite.create", Object("link", link_id), {"role": None}
        )
        return Link(link_id, token, role, expires_at)

    async def made(self, tx: Tx) -> list[Invite]:
        """Return the tenant's latest invitations, newest first."""
        rows = await tx.fetch(queries.OPEN_LINKS, tx.tenant_id, Purpose.JOIN_TENANT)
        return [_invite(row) for row in rows]

    async def withdraw(self, tx: Tx, actor: Actor, link_id: UUID) -> None:
        """Let an unused invitation expire now. Raises Forbidden, NotFound (used ones too)."""
        acting = await self._team.role(tx, actor.id) if actor.id else None
        if acting is not Role.OWNER:
            raise Forbidden("error.forbidden")
        found = await tx.value(queries.WITHDRAW, tx.tenant_id, link_id, Purpose.JOIN_TENANT)
        if found is None:
            raise NotFound("error.not_found")
        await self._audit.record(tx, actor, "invite.withdraw", Object("link", link_id))

    async def address(self, tx: Tx, token: str) -> str:
        """Return the deep link of a token into the master bot, "" while there is no such bot."""
        async with tx.system("the master bot belongs to the platform"):
            username = await tx.value(queries.MASTER_NAME)
        return f"https://t.me/{username}?start={token}" if username else ""

    async def look(
        self, tx: Tx, token: str, telegram_id: int, purpose: Purpose = Purpose.JOIN_TENANT
    ) -> Offer:
        """Return what a link offers, without using it.

        Raises LinkUnknown (counted), LinkUsed, LinkExpired, TooManyTries.
        """
        await self._throttle(tx, telegram_id)
        async with tx.system("a link names its tenant"):
            row = await tx.row(queries.LOOK, hash_token(token), purpose)
        if row is None:
            await tx.execute(queries.TRIED, tx.tenant_id, new_id(), telegram_id)
            raise LinkUnknown("error.link_unknown")
        _check(row)
        return Offer(row["tenant_id"], row["name"], _role(row), row["expires_at"])

    async def accept(
        self, tx: Tx, token: str, actor: Actor, purpose: Purpose = Purpose.JOIN_TENANT
    ) -> Offer:
        """Use a link up and seat the actor. One of many at the same moment wins, the others hear
        LinkUsed.

        Raises what `look` raises, and Conflict for somebody who already belongs (the link stays
        unused).
        """
        offer = await self.look(tx, token, actor.telegram_id, purpose)
        async with tx.acting_for(offer.tenant_id):
            if actor.id is None or await self._team.role(tx, actor.id) is not None:
                raise Conflict("error.already_member")
            row = await tx.row(queries.USE, hash_token(token), purpose, actor.id)
            if row is None:
                raise LinkUsed("error.link_used")
            await self._team.add(tx, actor, actor.id, offer.role, _channels(row))
            await self._audit.record(tx, actor, "invite.accept", Object("link", row["id"]))
        return offer

    async def _throttle(self, tx: Tx, telegram_id: int) -> None:
        tries = await tx.value(queries.TRIES, tx.tenant_id, telegram_id)
        if tries >= rules.MAX_TRIES:
            raise TooManyTries("error.too_many_tries", minutes=rules.TRY_WINDOW_MINUTES)


def _check(row: Any) -> None:
    if row["used_at"] is not None:
        raise LinkUsed("error.link_used")
    if row["is_over"]:
        raise LinkExpired("error.link_expired")


def _invite(row: Any) -> Invite:
    return Invite(
        id=row["id"],
        role=_role(row),
        channels=_channels(row),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        is_open=row["is_open"],
        used_by=row["used_by"],
    )


def _channels(row: Any) -> tuple[UUID, ...]:
    return tuple(UUID(one) for one in orjson.loads(row["payload"]).get("channels", ()))


def _role(row: Any) -> Role:
    return Role(orjson.loads(row["payload"])["role"])
