"""Businesses and people. Every method works in the caller's transaction and checks before it
writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.audit.service import Audit, Object
from services.kit.crypto import MasterKey
from services.kit.db import Record, Tx
from services.kit.errors import InvalidInput, NotFound
from services.kit.ids import new_id, random_token
from services.tenants import queries, rules
from services.tenants.actor import SYSTEM, Actor, ActorKind, Role
from services.tenants.keys import data_key
from services.tenants.links import Links
from services.tenants.settings import BusinessSettings
from services.tenants.team import Team


@dataclass(frozen=True, slots=True)
class TelegramPerson:
    """A person as Telegram names them in an update."""

    id: int
    name: str = ""
    username: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """A membership with the name of its business."""

    tenant_id: UUID
    name: str
    slug: str
    role: Role
    locale: str
    zone: str

    @property
    def is_platform(self) -> bool:
        """Say whether this seat is the service's own."""
        return self.slug == rules.PLATFORM


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the master bot: who, where they belong, and the business they work with now."""

    actor: Actor
    seats: tuple[Seat, ...]
    seat: Seat | None
    is_admin: bool
    knows_locale: bool
    knows_zone: bool


@dataclass(frozen=True, slots=True)
class NewTenant:
    """What a business is founded with."""

    name: str
    zone: str = "Europe/Moscow"
    locale: str = "ru"
    slug: str = ""
    plan: str = "free"


class Tenants:
    """Businesses, people; `team` holds the members' rights, `links` the deep links, `settings` a
    business's own settings.
    """

    def __init__(self, audit: Audit, *, master: MasterKey) -> None:
        self._audit = audit
        self._master = master
        self.team = Team(audit)
        self.links = Links(audit, self.team)
        self.settings = BusinessSettings(audit)

    async def ensure_platform(self, tx: Tx, admins: Iterable[int] = ()) -> UUID:
        """Return the platform's tenant, made on first start; `admins` become its first admins.
        Safe to repeat.
        """
        name = NewTenant(name="Vishenka", slug=rules.PLATFORM, plan="platform")
        platform = await tx.value(queries.BY_SLUG, rules.PLATFORM)
        if platform is None:
            platform = await self._insert(tx, name, rules.PLATFORM)
            platform = platform or await tx.value(queries.BY_SLUG, rules.PLATFORM)
        async with tx.acting_for(platform):
            for telegram_id in sorted(admins):
                user = await self._enrol(tx, TelegramPerson(telegram_id))
                await tx.execute(queries.FIRST_ADMIN, platform, new_id(), user["id"])
        return UUID(str(platform))

    async def create(self, tx: Tx, actor: Actor, new: NewTenant) -> UUID:
        """Found a business with its data key. Raises InvalidInput for an empty name or an unknown
        zone.
        """
        name = rules.clean_name(new.name)
        if not name:
            raise InvalidInput("error.tenant_name", field="name")
        check_zone(new.zone)
        tenant_id = None
        wanted = new.slug or rules.slug_of(name)
        while tenant_id is None:
            tenant_id = await self._insert(tx, new, wanted)
            wanted = f"{rules.slug_of(name)}-{random_token(32).lower().strip('-_')}"[:64]
        async with tx.acting_for(tenant_id):
            await data_key(tx, self._master, tenant_id)
            await self._audit.record(
                tx, actor, "tenant.create", Object("tenant", tenant_id), {"name": None}
            )
        return tenant_id

    async def found(self, tx: Tx, actor: Actor, new: NewTenant) -> UUID:
        """Found a business whose owner is the actor."""
        if actor.id is None:
            raise NotFound("error.not_found")
        tenant_id = await self.create(tx, actor, new)
        async with tx.acting_for(tenant_id):
            await self.team.add(tx, actor, actor.id, Role.OWNER)
        return tenant_id

    async def get(self, tx: Tx, tenant_id: UUID) -> Record:
        """Return a business's row. Raises NotFound."""
        row = await tx.row(queries.TENANT, tenant_id)
        if row is None:
            raise NotFound("error.not_found")
        return row

    async def actor(
        self, tx: Tx, person: TelegramPerson, *, tenant_id: UUID | None = None
    ) -> Actor:
        """Return who speaks in a client bot: a member of its tenant, or somebody without a role.

        Nothing is written about strangers; a member's new name is kept.
        """
        home = tenant_id or tx.tenant_id
        row = await tx.row(queries.PERSON, person.id, home)
        if row is None or row["role"] is None or row["status"] != "active":
            return _stranger(person, home)
        if (row["name"], row["username"]) != _names(person):
            await self._enrol(tx, person)
        return _actor(row, person, home, Role(row["role"]))

    async def person(self, tx: Tx, person: TelegramPerson) -> Person:
        """Return who speaks in the master bot with all their seats, making their user row on first
        sight.
        """
        row = await tx.row(queries.PERSON, person.id, tx.tenant_id)
        if row is None or (row["name"], row["username"]) != _names(person):
            row = await self._enrol(tx, person)
        async with tx.system("a person's seats lie in several tenants"):
            rows = await tx.fetch(queries.SEATS, row["id"]) if row["status"] == "active" else []
        return _person(row, rows, person, tx.tenant_id)

    async def person_by_actor(self, tx: Tx, person: Person) -> Person:
        """Return the person as they stand now, after a change in this transaction."""
        actor = person.actor
        row = await tx.row(queries.USER, actor.id)
        async with tx.system("a person's seats lie in several tenants"):
            rows = await tx.fetch(queries.SEATS, actor.id)
        return _person(row, rows, TelegramPerson(actor.telegram_id, actor.name), tx.tenant_id)

    @staticmethod
    def seated(person: Person) -> Seat:
        """Return the business the person works with now. Raises NotFound for people without
        one.
        """
        if person.seat is None:
            raise NotFound("error.no_tenant")
        return person.seat

    async def user(self, tx: Tx, person: TelegramPerson) -> UUID:
        """Return the user of a Telegram id, made on first sight."""
        row = await self._enrol(tx, person)
        return UUID(str(row["id"]))

    async def set_locale(self, tx: Tx, actor: Actor, locale: str) -> None:
        """Keep the person's language; it wins over Telegram's."""
        if locale not in ("ru", "en"):
            raise InvalidInput("error.locale", field="locale")
        await tx.execute(queries.SET_LOCALE, actor.id, locale)

    async def set_zone(self, tx: Tx, actor: Actor, zone: str) -> None:
        """Keep the person's time zone. Raises InvalidInput."""
        check_zone(zone)
        await tx.execute(queries.SET_ZONE, actor.id, zone)

    async def choose(self, tx: Tx, person: Person, tenant_id: UUID) -> Seat:
        """Make one of the person's businesses the one they work with. Raises NotFound for any
        other.
        """
        for seat in person.seats:
            if seat.tenant_id == tenant_id and not seat.is_platform:
                await tx.execute(queries.CHOOSE, person.actor.id, str(tenant_id))
                return seat
        raise NotFound("error.not_found")

    async def sweep(self, tx: Tx) -> None:
        """Forget old dialogues and old wrong tries (system scope)."""
        await tx.execute(queries.SWEEP_TRIES)
        await tx.execute(queries.SWEEP_TALKS)

    async def _insert(self, tx: Tx, new: NewTenant, slug: str) -> UUID | None:
        name = rules.clean_name(new.name)
        found: UUID | None = await tx.value(
            queries.CREATE, new_id(), slug, name, new.zone, new.locale, new.plan
        )
        return found

    async def _enrol(self, tx: Tx, person: TelegramPerson) -> Any:
        name, username = _names(person)
        return await tx.row(queries.ENROL, new_id(), person.id, name, username)


def check_zone(zone: str) -> None:
    """Raise InvalidInput for a name that is no IANA zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput("error.zone", field="zone") from None


def _names(person: TelegramPerson) -> tuple[str, str]:
    return rules.clean_name(person.name), person.username[:64]


def language_of(person: TelegramPerson) -> str:
    """Return ru or en for a person who has not chosen: Telegram's language, Russian for its
    neighbours.
    """
    if not person.language:
        return "ru"
    return "ru" if person.language.split("-")[0] in {"ru", "be", "uk", "kk"} else "en"


def _stranger(person: TelegramPerson, tenant_id: UUID | None) -> Actor:
    return Actor(
        kind=ActorKind.CONTACT,
        tenant_id=tenant_id,
        name=rules.clean_name(person.name),
        telegram_id=person.id,
        locale=language_of(person),
    )


def _actor(row: Any, person: TelegramPerson, tenant_id: UUID | None, role: Role | None) -> Actor:
    return Actor(
        kind=ActorKind.MEMBER,
        id=row["id"],
        tenant_id=tenant_id,
        role=role,
        name=rules.clean_name(person.name),
        telegram_id=person.id,
        locale=row["locale"] or language_of(person),
        zone=row["zone"],
    )


def _person(row: Any, rows: list[Record], person: TelegramPerson, home: UUID | None) -> Person:
    seats = tuple(
        Seat(r["tenant_id"], r["name"], r["slug"], Role(r["role"]), r["locale"], r["zone"])
        for r in rows
    )
    own = [seat for seat in seats if not seat.is_platform]
    chosen = rows[0]["chosen"] if rows else None
    seat = next((s for s in own if str(s.tenant_id) == chosen), own[0] if own else None)
    is_admin = any(s.is_platform and s.role is Role.ADMIN for s in seats)
    tenant_id, role = (seat.tenant_id, seat.role) if seat else (home, None)
    return Person(
        actor=_actor(row, person, tenant_id, role),
        seats=seats,
        seat=seat,
        is_admin=is_admin,
        knows_locale=row["locale"] is not None,
        knows_zone=row["zone"] is not None,
    )


__all__ = [
    "SYSTEM",
    "NewTenant",
    "Person",
    "Seat",
    "TelegramPerson",
    "Tenants",
    "check_zone",
    "language_of",
]
