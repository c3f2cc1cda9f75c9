"""Consents are kept as events nobody can change; suppressions outlive them."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from services.consents.rules import Purpose, State
from services.consents.service import Consents, Source
from services.contacts.service import Contacts, NewIdentity
from services.kit.clock import SystemClock
from tests.services.tenants.conftest import Home, database, home

__all__ = ["database", "home"]

IVAN = NewIdentity("telegram", "555", "4200001", name="Иван")


def source(number: int) -> Source:
    return Source("test", f"event-{number}", SystemClock().now() + timedelta(seconds=number))


async def test_same_source_event_is_noted_once(home: Home) -> None:
    contacts = Contacts(home.keyring)
    consents = Consents(contacts)
    async with home.database.tenant(home.cherry) as tx:
        who = await contacts.arrive(tx, IVAN)
        for _ in range(3):
            await consents.grant(tx, who, Purpose.MARKETING, "telegram", source(1))
        await consents.withdraw(tx, who, "telegram", source(2))

        assert await tx.value("SELECT count(*) FROM consent_event") == 2
        state = await consents.state(tx, who.contact_id, Purpose.MARKETING, "telegram")
        assert state is State.WITHDRAWN
    async with home.database.tenant(home.plum) as tx:
        assert await tx.fetch("SELECT 1 FROM consent_event") == []
        other = await consents.state(tx, who.contact_id, Purpose.MARKETING, "telegram")
        assert other is State.UNASKED


@pytest.mark.parametrize(
    "statement", ["UPDATE consent_event SET action = 'grant'", "DELETE FROM consent_event"]
)
async def test_application_cannot_change_what_was_said(home: Home, statement: str) -> None:
    async with home.database.tenant(home.cherry) as tx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx.execute(statement)


async def test_suppression_counts_and_outlives_the_contact(home: Home) -> None:
    contacts = Contacts(home.keyring)
    consents = Consents(contacts)
    async with home.database.tenant(home.cherry) as tx:
        who = await contacts.arrive(tx, IVAN)
        assert not await consents.is_suppressed(tx, who, "telegram")
        await consents.suppress(tx, who, "telegram", "complaint")
        await tx.execute("DELETE FROM identity")
        again = await contacts.arrive(tx, IVAN)

        assert again.identity_id != who.identity_id
        assert await consents.is_suppressed(tx, again, "telegram")
        assert not await consents.is_suppressed(tx, again, "email")


async def test_suppression_for_a_while_never_shortens_one_for_ever(home: Home) -> None:
    contacts = Contacts(home.keyring)
    consents = Consents(contacts)
    past = SystemClock().now() - timedelta(seconds=1)
    async with home.database.tenant(home.cherry) as tx:
        who = await contacts.arrive(tx, IVAN)
        await consents.suppress(tx, who, "telegram", "bounce", past)
        assert not await consents.is_suppressed(tx, who, "telegram")
        await consents.suppress(tx, who, "telegram", "complaint")
        assert await consents.is_suppressed(tx, who, "telegram")
        await consents.suppress(tx, who, "telegram", "bounce", past)
        assert await consents.is_suppressed(tx, who, "telegram")
