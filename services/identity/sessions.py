"""Sessions: begun by a proof, looked at on every call, renewed by rotation, ended at once.

A session's row is the truth: ending it, removing the member or changing their role acts on the
next call, without a cache to wait for.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from services.audit.service import Audit, Object
from services.identity import queries
from services.identity.errors import ProofUsed, Unauthenticated
from services.identity.models import SessionKind
from services.identity.notes import note
from services.identity.tokens import Mint, Token, TokenKind
from services.identity.values import Issued, SessionLine, Signed
from services.kit.clock import Clock
from services.kit.db import AWAY, Database, Tx
from services.kit.errors import Forbidden, NotFound, Unavailable
from services.kit.ids import new_id
from services.tenants.actor import Actor, ActorKind, Role
from services.tenants.service import Person, Seat, TelegramPerson, Tenants

log = logging.getLogger(__name__)

ACCESS_SECONDS = 15 * 60
MAX_SESSIONS = 300
"""Of one person; the ones not seen for longest end."""
MAX_DEVICE = 100


Tell = Callable[[Tx, UUID, str, str, Mapping[str, str]], Awaitable[object]]
"""Called in the transaction that ends the session: tenant, rule, subject, words for the text."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a session begins: where its tokens will live, on what device, by which initData."""

    kind: SessionKind
    device: str = ""
    proof: bytes | None = None


class Sessions:
    """Every person's sessions."""

    def __init__(
        self, database: Database, tenants: Tenants, *, mint: Mint, clock: Clock, audit: Audit
    ) -> None:
        self._database = database
        self._tenants = tenants
        self._mint = mint
        self._clock = clock
        self._audit = audit
        self._began = clock.now()
        self._tell: Tell | None = None

    def on_theft(self, tell: Tell) -> None:
        """Let somebody tell the owners that a session was used from two places."""
        self._tell = tell

    async def start(self, person: TelegramPerson, begin: Start) -> Issued:
        """Begin a session of the person (their user is made on first sight).

        Raises Forbidden for a blocked person, ProofUsed when the initData was swapped before; the
        same client repeating within seconds gets the same session.
        """
        async with self._database.system("a person signs in") as tx:
            known = await self._tenants.person(tx, person)
            user_id = known.actor.id
            if await tx.value(queries.STATUS, user_id) != "active":
                raise Forbidden("auth.blocked")
            tenant_id = known.seat.tenant_id if known.seat else None
            session_id = await self._insert(tx, user_id, tenant_id, begin)
            await tx.execute(queries.SURPLUS, user_id, MAX_SESSIONS)
            await self._note(tx, known.actor, "session.start", session_id)
        return self._issue(session_id, 1, begin.kind)

    async def look(self, access_token: str) -> Signed | None:
        """Return whose call this is, None when the token or its session does not live."""
        token = self._mint.read(TokenKind.ACCESS, access_token)
        if token is None or token.expires_at <= self._clock.now().timestamp():
            return None
        return await self.by_id(token.session_id)

    async def by_id(self, session_id: UUID) -> Signed | None:
        """Return a living session as it stands. Raises Unavailable."""
        row = await self._row(session_id)
        if row is not None and (row["is_quiet"] or row["tenant_id"] is None):
            row = await self._touch(session_id, row)
        return _signed(row) if row is not None else None

    async def _row(self, session_id: UUID) -> Any:
        try:
            async with self._database.connection() as conn:
                return await conn.fetchrow(queries.LOOK, session_id)
        except AWAY as error:
            raise Unavailable("error.database_away") from error

    async def _touch(self, session_id: UUID, row: Any) -> Any:
        """Note that the person was seen; let a session without a business have their first one."""
        async with self._database.system("a session is used") as tx:
            if row["tenant_id"] is None:
                found = await tx.value(queries.ADOPT, session_id, row["user_id"])
                row = await tx.row(queries.LOOK, session_id) if found else row
            if row is not None and row["is_quiet"]:
                await tx.execute("SET LOCAL synchronous_commit = off")
                await tx.execute(queries.SEEN, session_id)
        return row

    async def refresh(self, refresh_token: str) -> Issued:
        """Rotate: return the successor. The token just rotated away gives the same one for some
        seconds; later, or an older one, is theft and ends the session for everybody.

        Raises Unauthenticated.
        """
        token = self._mint.read(TokenKind.REFRESH, refresh_token)
        if token is None:
            raise Unauthenticated("auth.session_over")
        async with self._database.system("a session is renewed") as tx:
            row = await tx.row(queries.LOCK, token.session_id, self._began)
            issued = await self._successor(tx, row, token) if row is not None else None
        if issued is None:
            raise Unauthenticated("auth.session_over")
        return issued

    async def end(self, session_id: UUID, why: str = "logout") -> None:
        """End a session; again changes nothing."""
        async with self._database.system("a person signs out") as tx:
            await tx.execute(queries.END, session_id, why)

    async def end_by_token(self, kind: TokenKind, text: str) -> None:
        """End the session a token belongs to, however old it is; a made-up one ends nothing."""
        token = self._mint.read(kind, text)
        if token is not None:
            await self.end(token.session_id)

    async def end_one(self, actor: Actor, session_id: UUID) -> None:
        """End one of the person's own sessions. Raises NotFound for any other."""
        async with self._database.system("a person ends a session") as tx:
            if await tx.value(queries.END_OF, actor.id, session_id) is None:
                raise NotFound("error.not_found")
            await self._note(tx, actor, "session.end", session_id)

    async def end_all(self, actor: Actor) -> int:
        """End all of the person's sessions, this one too; return how many."""
        async with self._database.system("a person signs out everywhere") as tx:
            ended: int = await tx.execute(queries.END_ALL, actor.id)
            await self._note(tx, actor, "session.end_all", actor.id)
        return ended

    async def list(self, user_id: UUID) -> list[SessionLine]:
        """Return the person's living sessions, lately seen first."""
        async with self._database.system("a person's sessions") as tx:
            rows = await tx.fetch(queries.LIST, user_id)
        return [_line(row) for row in rows]

    async def move(self, session_id: UUID, actor: Actor, tenant_id: UUID) -> None:
        """Let a session work in another of the person's businesses. Raises NotFound."""
        async with self._database.system("a person changes the business") as tx:
            person = await self._tenants.person_by_actor(tx, _bare(actor))
            await self._tenants.choose(tx, person, tenant_id)
            await tx.execute(queries.MOVE, session_id, tenant_id)

    async def seats_of(self, user_id: UUID) -> tuple[Seat, ...]:
        """Return the person's businesses, the platform left out."""
        actor = Actor(ActorKind.MEMBER, user_id)
        async with self._database.system("a person's businesses") as tx:
            person = await self._tenants.person_by_actor(tx, _bare(actor))
        return tuple(seat for seat in person.seats if not seat.is_platform)

    def csrf(self, session_id: UUID) -> str:
        """Return the word a page of this session must send with every change."""
        return self._mint.csrf(session_id)

    def is_csrf(self, session_id: UUID, text: str) -> bool:
        """Say whether this is that word."""
        return self._mint.is_csrf(session_id, text)

    async def sweep(self, tx: Tx) -> None:
        """Forget what ended long ago (system scope)."""
        await tx.execute(queries.SWEEP)
        await tx.execute(queries.SWEEP_LOGINS)

    async def _insert(
        self, tx: Tx, user_id: UUID | None, tenant_id: UUID | None, begin: Start
    ) -> UUID:
        device = begin.device[:MAX_DEVICE]
        values = (new_id(), user_id, tenant_id, begin.kind, device, begin.proof)
        made = await tx.value(queries.START, *values)
        if made is not None:
            return UUID(str(made))
        same = await tx.row(queries.STARTED, begin.proof, self._began)
        if same is None or same["user_id"] != user_id:
            raise ProofUsed("auth.reopen")
        return UUID(str(same["id"]))

    async def _successor(self, tx: Tx, row: Any, token: Token) -> Issued | None:
        kind = SessionKind(row["kind"])
        if token.generation == row["generation"]:
            await tx.execute(queries.ROTATE, row["id"])
            return self._issue(row["id"], token.generation + 1, kind)
        if token.generation == row["generation"] - 1 and row["is_fresh"]:
            return self._issue(row["id"], row["generation"], kind)
        await tx.execute(queries.END, row["id"], "reuse")
        log.warning("refresh token came back: session ended", extra={"session_id": str(row["id"])})
        actor = Actor(ActorKind.SYSTEM, row["user_id"], row["tenant_id"])
        await self._note(tx, actor, "session.reuse", row["id"])
        if self._tell is not None and row["tenant_id"] is not None:
            words = {"name": row["name"]}
            await self._tell(tx, row["tenant_id"], "session_reuse", str(row["user_id"]), words)
        return None

    async def _note(self, tx: Tx, actor: Actor, action: str, session_id: UUID | None) -> None:
        await note(tx, self._audit, actor, action, Object("session", session_id))

    def _issue(self, session_id: UUID, generation: int, kind: SessionKind) -> Issued:
        until = int(self._clock.now().timestamp()) + ACCESS_SECONDS
        access = self._mint.make(TokenKind.ACCESS, Token(session_id, generation, until))
        refresh = self._mint.make(TokenKind.REFRESH, Token(session_id, generation, 0))
        return Issued(session_id, access, refresh, ACCESS_SECONDS, kind)


def _line(row: Any) -> SessionLine:
    kind = SessionKind(row["kind"])
    return SessionLine(row["id"], kind, row["device"], row["created_at"], row["last_seen_at"])


def _bare(actor: Actor) -> Person:
    return Person(actor, (), None, is_admin=False, knows_locale=True, knows_zone=True)


def _signed(row: Any) -> Signed:
    role = Role(row["role"]) if row["role"] else None
    actor = Actor(
        kind=ActorKind.MEMBER,
        id=row["user_id"],
        tenant_id=row["tenant_id"] if role else None,
        role=role,
        name=row["name"],
        telegram_id=row["telegram_user_id"],
        locale=row["locale"] or "ru",
        zone=row["zone"] or row["tenant_zone"],
    )
    return Signed(
        id=row["id"],
        kind=SessionKind(row["kind"]),
        actor=actor,
        tenant_name=row["tenant_name"] or "",
        channels=_channels(row["scope"]) if role is Role.MANAGER else None,
        is_admin=row["is_admin"],
        has_factor=row["has_factor"],
        was_confirmed=row["was_confirmed"],
        is_confirmed=bool(row["is_confirmed"]),
    )


def _channels(scope: str | None) -> frozenset[UUID] | None:
    wanted = orjson.loads(scope or "{}").get("channels")
    if not isinstance(wanted, list) or not wanted:
        return None
    return frozenset(UUID(one) for one in wanted)
