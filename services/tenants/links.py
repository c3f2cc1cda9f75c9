"""Deep links: opaque, hashed, single use, bound to a purpose, a quarter of an hour long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.audit.service import Audit, Object
from services.kit.crypto import hash_token
from services.kit.db import Tx
from services.kit.errors import Conflict, Forbidden
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

    token: str
    role: Role
    expires_at: datetime


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
    ) -> Link:
        """Make a link into the tenant of the transaction. Raises Forbidden
        (`rules.may_invite`).
        """
        acting = await self._team.role(tx, actor.id) if actor.id else None
        has_owner = await self._team.has_owner(tx)
        if not rules.may_invite(acting, role, is_admin=is_admin, has_owner=has_owner):
            raise Forbidden("error.forbidden")
        token = random_token(TOKEN_BITS)
        link_id = new_id()
        payload = orjson.dumps({"role": role, "by": str(actor.id)}).decode()
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
        return Link(token, role, expires_at)

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
            await self._team.add(tx, actor, actor.id, offer.role)
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


def _role(row: Any) -> Role:
    return Role(orjson.loads(row["payload"])["role"])
