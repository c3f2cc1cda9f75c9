"""Customers and their consents of a seed file, in few statements however many there are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

import orjson

from services.kit.crypto import TenantKeys
from services.kit.db import Tx
from services.kit.errors import InvalidInput
from services.kit.ids import new_id
from services.seeding import addresses
from services.seeding.addresses import Address, Bots
from services.seeding.answers import ConsentMade, ContactMade
from services.seeding.document import ConsentEntry, ContactEntry

SOURCE = "seed"

KNOWN = """
SELECT i.provider, i.scope_account, i.address_hash, i.id, i.contact_id
FROM identity i JOIN unnest($2::text[], $3::text[], $4::bytea[]) AS w(provider, scope, hash)
    ON w.provider = i.provider AND w.scope = i.scope_account AND w.hash = i.address_hash
WHERE i.tenant_id = $1
"""
CONTACTS = """
INSERT INTO contact (tenant_id, id, name, locale, zone, fields)
SELECT $1, w.id, w.name, w.locale, w.zone, w.fields::jsonb
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS w(id, name, locale, zone, fields)
ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, locale = excluded.locale,
    zone = excluded.zone, fields = excluded.fields, updated_at = now()
WHERE (contact.name, contact.locale, contact.zone, contact.fields)
    IS DISTINCT FROM (excluded.name, excluded.locale, excluded.zone, excluded.fields)
"""
IDENTITIES = """
INSERT INTO identity (tenant_id, id, contact_id, provider, scope_account, address, address_hash,
    display)
SELECT $1, w.id, w.contact, w.provider, w.scope, w.address, w.hash, w.display
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::text[])
    AS w(id, contact, provider, scope, address, hash, display)
ON CONFLICT (tenant_id, provider, scope_account, address_hash) DO NOTHING
"""
CONSENT = """
INSERT INTO consent_event (tenant_id, id, contact_id, identity_id, purpose, channel, action,
    evidence_hash, source, source_event_id, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now() + $11 * interval '1 microsecond')
ON CONFLICT (tenant_id, source, source_event_id, purpose, channel) DO NOTHING
"""
CONSENT_IDS = """
SELECT source_event_id, id FROM consent_event
WHERE tenant_id = $1 AND source = $2 AND source_event_id = ANY($3::text[])
"""


Known = dict[tuple[str, str, bytes], tuple[UUID, UUID]]
"""Identity and contact by what makes an address unique."""


@dataclass(frozen=True, slots=True)
class Person:
    """A contact with its row and its addresses' rows."""

    id: UUID
    entry: ContactEntry
    addresses: tuple[Address, ...]
    identity_ids: dict[str, UUID]


async def write(
    tx: Tx, keys: TenantKeys, entries: Sequence[ContactEntry], path: str, bots: Bots
) -> list[Person]:
    """Create or update contacts. Raises InvalidInput when one address belongs to two of them."""
    wanted = [
        tuple(addresses.read(entry, f"{path}[{number}]", keys, bots))
        for number, entry in enumerate(entries)
    ]
    known = await _known(tx, [address for own in wanted for address in own])
    people = [_person(tx, entry, own, known) for entry, own in zip(entries, wanted, strict=True)]
    _refuse_shared(people, path)
    await _contacts(tx, people)
    await _identities(tx, keys, people, known)
    return people


async def _known(
    tx: Tx, wanted: Sequence[Address]
) -> dict[tuple[str, str, bytes], tuple[UUID, UUID]]:
    rows = await tx.fetch(
        KNOWN,
        tx.tenant_id,
        [address.provider for address in wanted],
        [address.scope for address in wanted],
        [address.hash for address in wanted],
    )
    return {
        (row["provider"], row["scope_account"], bytes(row["address_hash"])): (
            row["id"],
            row["contact_id"],
        )
        for row in rows
    }


def _person(
    tx: Tx,
    entry: ContactEntry,
    own: tuple[Address, ...],
    known: Known,
) -> Person:
    """Find the contact by an address it already has; else its id follows from its ref."""
    if tx.tenant_id is None:
        raise LookupError("contacts belong to a tenant")
    met = [known[address.key][1] for address in own if address.key in known]
    contact_id = met[0] if met else uuid5(tx.tenant_id, f"seed:contact:{entry.ref}")
    ids = {
        address.named: known[address.key][0] if address.key in known else new_id()
        for address in own
    }
    return Person(contact_id, entry, own, ids)


def _refuse_shared(people: Sequence[Person], path: str) -> None:
    owners: dict[tuple[str, str, bytes], UUID] = {}
    for number, person in enumerate(people):
        for address in person.addresses:
            if owners.setdefault(address.key, person.id) != person.id:
                field = f"{path}[{number}].identities.{address.named}"
                raise InvalidInput("seed.address_twice", field=field)


async def _contacts(tx: Tx, people: Sequence[Person]) -> None:
    unique = list({person.id: person for person in people}.values())
    await tx.execute(
        CONTACTS,
        tx.tenant_id,
        [person.id for person in unique],
        [person.entry.name for person in unique],
        [person.entry.locale for person in unique],
        [person.entry.zone for person in unique],
        [orjson.dumps(dict(person.entry.fields)).decode() for person in unique],
    )


async def _identities(
    tx: Tx,
    keys: TenantKeys,
    people: Sequence[Person],
    known: Known,
) -> None:
    fresh = [
        (person, address)
        for person in people
        for address in person.addresses
        if address.key not in known
    ]
    await tx.execute(
        IDENTITIES,
        tx.tenant_id,
        [person.identity_ids[address.named] for person, address in fresh],
        [person.id for person, _ in fresh],
        [address.provider for _, address in fresh],
        [address.scope for _, address in fresh],
        [
            addresses.seal(keys, person.identity_ids[address.named], address)
            for person, address in fresh
        ],
        [address.hash for _, address in fresh],
        [person.entry.name for person, _ in fresh],
    )


def answers(people: Sequence[Person]) -> tuple[ContactMade, ...]:
    """Return what is printed of contacts."""
    return tuple(
        ContactMade(
            id=person.id,
            ref=person.entry.ref,
            name=person.entry.name,
            fields=person.entry.fields,
            identities=person.entry.identities,
            identity_ids=person.identity_ids,
        )
        for person in people
    )


async def consents(
    tx: Tx, entries: Sequence[ConsentEntry], people: Sequence[Person]
) -> tuple[ConsentMade, ...]:
    """Store permission events once, in the document's order."""
    by_ref = {person.entry.ref: person for person in people}
    keys = _event_keys(entries)
    rows = []
    for number, (entry, key) in enumerate(zip(entries, keys, strict=True)):
        person = by_ref[entry.contact]
        evidence = hashlib.sha256(entry.evidence.encode()).digest() if entry.evidence else None
        what = (entry.purpose, entry.channel, entry.action)
        whose = (person.id, person.identity_ids.get(entry.channel))
        rows.append((tx.tenant_id, new_id(), *whose, *what, evidence, SOURCE, key, number))
    await tx.many(CONSENT, rows)
    stored = await tx.fetch(CONSENT_IDS, tx.tenant_id, SOURCE, keys)
    ids = {row["source_event_id"]: row["id"] for row in stored}
    return tuple(
        ConsentMade(
            id=ids[key],
            contact=entry.contact,
            purpose=entry.purpose,
            channel=entry.channel,
            action=entry.action,
        )
        for entry, key in zip(entries, keys, strict=True)
    )


def _event_keys(entries: Sequence[ConsentEntry]) -> list[str]:
    """Name an event by its content and how often it was said before: a file again adds nothing."""
    said: dict[tuple[str, ...], int] = {}
    keys = []
    for entry in entries:
        parts = (entry.contact, entry.purpose, entry.channel, entry.action, entry.evidence)
        said[parts] = said.get(parts, 0) + 1
        text = "\x1f".join((*parts, str(said[parts])))
        keys.append(hashlib.sha256(text.encode()).hexdigest()[:64])
    return keys
