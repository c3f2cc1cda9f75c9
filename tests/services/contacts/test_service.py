"""Contacts: one address is one identity whatever races; other tenants see nothing."""

from __future__ import annotations

import asyncio

import pytest

from services.contacts.models import IdentityState
from services.contacts.service import Contacts, NewIdentity
from services.kit.ids import new_id
from tests.services.tenants.conftest import Home, database, home

__all__ = ["database", "home"]

IVAN = NewIdentity("telegram", "555", "4200001", name="Иван", came_from="may")


@pytest.fixture
def contacts(home: Home) -> Contacts:
    return Contacts(home.keyring)


async def test_race_of_first_sights_makes_one_contact(home: Home, contacts: Contacts) -> None:
    await home.keyring.of(home.cherry)  # as the channel cache does before any event is handled

    async def arrive(_: int) -> object:
        async with home.database.tenant(home.cherry) as tx:
            return (await contacts.arrive(tx, IVAN)).contact_id

    found = set(await asyncio.gather(*(arrive(n) for n in range(20))))

    assert len(found) == 1
    async with home.database.tenant(home.cherry) as tx:
        assert await tx.value("SELECT count(*) FROM contact") == 1


async def test_same_person_at_two_bots_is_two_threads(home: Home, contacts: Contacts) -> None:
    async with home.database.tenant(home.cherry) as tx:
        first = await contacts.arrive(tx, IVAN)
        second = await contacts.arrive(tx, NewIdentity("telegram", "555", "4200002"))

    assert first.identity_id != second.identity_id


async def test_address_is_sealed_and_of_its_tenant_only(home: Home, contacts: Contacts) -> None:
    async with home.database.tenant(home.cherry) as tx:
        found = await contacts.arrive(tx, IVAN)
        row = await tx.row("SELECT address, address_hash FROM identity")
    assert b"555" not in bytes(row["address"])

    async with home.database.tenant(home.plum) as tx:
        assert await contacts.find(tx, "telegram", "4200001", "555") is None
        other = await contacts.arrive(tx, IVAN)
        hashed = await tx.value(
            "SELECT address_hash FROM identity WHERE id = $1", other.identity_id
        )

    assert other.contact_id != found.contact_id
    assert hashed != row["address_hash"]


async def test_state_changes_wait_for_whoever_holds_the_identity(
    home: Home, contacts: Contacts
) -> None:
    async with home.database.tenant(home.cherry) as tx:
        found = await contacts.arrive(tx, IVAN)

    async with home.database.tenant(home.cherry) as claim:
        await claim.execute("SELECT 1 FROM identity WHERE id = $1 FOR SHARE", found.identity_id)

        async def block() -> None:
            async with home.database.tenant(home.cherry) as tx:
                await contacts.unreachable(tx, "telegram", "4200001", "555")

        blocking = asyncio.ensure_future(block())
        await asyncio.sleep(0.1)
        assert not blocking.done()
    await blocking

    async with home.database.tenant(home.cherry) as tx:
        again = await contacts.find(tx, "telegram", "4200001", "555")
    assert again is not None
    assert again.state is IdentityState.UNREACHABLE


async def test_unknown_address_cannot_be_made_unreachable(home: Home, contacts: Contacts) -> None:
    async with home.database.tenant(home.cherry) as tx:
        await contacts.unreachable(tx, "telegram", "4200001", str(new_id()))
        assert await tx.value("SELECT count(*) FROM identity") == 0
