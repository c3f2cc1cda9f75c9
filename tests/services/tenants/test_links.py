"""Link tokens: single use under a race, bound to purpose, hashed, expiring (S4, I16)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from services.kit.db import Database
from services.kit.errors import AppError, Forbidden
from services.kit.ids import random_token
from services.tenants.actor import SYSTEM, Role
from services.tenants.errors import LinkUnknown, LinkUsed
from services.tenants.rules import Purpose
from services.tenants.service import TelegramPerson
from tests.services.tenants.conftest import Home


async def token_of(home: Home, role: Role = Role.MANAGER) -> str:
    async with home.database.tenant(home.cherry) as tx:
        return (await home.tenants.links.invite(tx, home.anna, role)).token


async def accept(home: Home, token: str, telegram_id: int) -> str:
    async with home.database.tenant(home.platform) as tx:
        person = await home.tenants.person(tx, TelegramPerson(telegram_id, f"P{telegram_id}"))
        try:
            await home.tenants.links.accept(tx, token, person.actor)
        except AppError as error:
            return error.key
        return "joined"


async def test_race_of_fifty_seats_one(home: Home) -> None:
    token = await token_of(home)

    results = await asyncio.gather(*(accept(home, token, 5000 + n) for n in range(50)))

    assert sorted(results) == ["error.link_used"] * 49 + ["joined"]
    async with home.database.tenant(home.cherry) as tx:
        assert len(await home.tenants.team.members(tx)) == 2


async def test_token_is_stored_hashed_and_long_enough(home: Home) -> None:
    token = await token_of(home)

    async with home.database.tenant(home.cherry) as tx:
        row = await tx.row("SELECT * FROM link_token")

    assert token not in str(dict(row))
    assert token.encode() not in bytes(row["token_hash"])
    assert len(token) >= 22  # 128 bits in base64
    assert 14 * 60 < (row["expires_at"] - row["created_at"]).total_seconds() <= 15 * 60


@pytest.mark.parametrize("purpose", [Purpose.LINK_ACCOUNT, Purpose.INVITE])
async def test_token_of_one_purpose_is_unknown_to_another(home: Home, purpose: Purpose) -> None:
    token = await token_of(home)

    async with home.database.tenant(home.platform) as tx:
        with pytest.raises(LinkUnknown):
            await home.tenants.links.look(tx, token, 77, purpose)
        offer = await home.tenants.links.look(tx, token, 77)

    assert offer.tenant_id == home.cherry


async def test_used_token_says_used_to_everybody(home: Home) -> None:
    token = await token_of(home)
    assert await accept(home, token, 5001) == "joined"

    async with home.database.tenant(home.platform) as tx:
        with pytest.raises(LinkUsed):
            await home.tenants.links.look(tx, token, 5002)


async def test_500_made_up_tokens_seat_nobody(home: Home) -> None:
    real = await token_of(home)
    made_up = [real[:n] + random_token(128)[n:] for n in range(21)]
    made_up += [random_token(128) for _ in range(460)]
    made_up += [
        real + "x",
        real[:-1],
        real.swapcase(),
        "",
        " ",
        "'",
        "\x00"[:0],
        "role=owner",
        real * 2,
    ]
    made_up += [
        "owner",
        "admin",
        "00000000-0000-0000-0000-000000000000",
        "%",
        "_",
        "🍒",
        "/start",
        "null",
        "0",
        "-1",
    ]

    tried = set()
    for number, token in enumerate(made_up):
        tried.add(await accept(home, token, 9000 + number))

    assert len(made_up) >= 500
    assert tried == {"error.link_unknown"}
    async with home.database.tenant(home.cherry) as tx:
        assert len(await home.tenants.team.members(tx)) == 1
    assert await accept(home, real, 5003) == "joined"  # the link itself is unharmed


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ANALYST, Role.BILLING, None])
async def test_only_an_owner_invites(home: Home, role: Role | None) -> None:
    async with home.database.tenant(home.cherry) as tx:
        user_id = await home.tenants.user(tx, TelegramPerson(31, "M"))
        if role is not None:
            await home.tenants.team.add(tx, SYSTEM, user_id, role)
        actor = home.anna.at(home.cherry, Role.OWNER)  # what the actor claims does not matter
        with pytest.raises(Forbidden):
            await home.tenants.links.invite(tx, _as(actor, user_id), Role.OWNER)


async def test_owner_cannot_invite_an_admin_of_the_service(home: Home) -> None:
    async with home.database.tenant(home.cherry) as tx:
        with pytest.raises(Forbidden):
            await home.tenants.links.invite(tx, home.anna, Role.ADMIN)


async def test_owner_of_one_business_cannot_invite_into_another(home: Home) -> None:
    async with home.database.tenant(home.plum) as tx:
        with pytest.raises(Forbidden):
            await home.tenants.links.invite(tx, home.anna, Role.MANAGER)


async def test_other_tenant_sees_no_link(home: Home, database: Database) -> None:
    await token_of(home)

    async with database.tenant(home.plum) as tx:
        assert await tx.fetch("SELECT 1 FROM link_token") == []


def _as(actor, user_id):  # type: ignore[no-untyped-def]
    return replace(actor, id=user_id)
