"""I16: the last owner stays whatever happens at once; nobody raises their own role."""

from __future__ import annotations

import asyncio

import pytest

from services.kit.errors import AppError, Conflict, Forbidden, NotFound
from services.kit.ids import new_id
from services.tenants.actor import SYSTEM, Actor, Role
from services.tenants.errors import LastOwner
from services.tenants.service import TelegramPerson
from tests.services.tenants.conftest import Home


async def member(home: Home, telegram_id: int, role: Role) -> Actor:
    async with home.database.tenant(home.cherry) as tx:
        person = TelegramPerson(telegram_id, f"P{telegram_id}")
        await home.tenants.team.add(tx, SYSTEM, await home.tenants.user(tx, person), role)
        return await home.tenants.actor(tx, person)


async def owners(home: Home) -> int:
    async with home.database.tenant(home.cherry) as tx:
        return sum(row["role"] == "owner" for row in await home.tenants.team.members(tx))


async def test_200_parallel_demotions_leave_an_owner(home: Home) -> None:
    boris = await member(home, 1002, Role.OWNER)
    two = (home.anna, boris)

    async def attack(number: int) -> str:
        actor, target = two[number % 2], two[(number // 2) % 2]
        try:
            async with home.database.tenant(home.cherry) as tx:
                if number % 3:
                    await home.tenants.team.change_role(tx, actor, target.id, Role.MANAGER)
                else:
                    await home.tenants.team.remove(tx, actor, target.id)
        except AppError as error:
            return error.key
        return "done"

    results = await asyncio.gather(*(attack(number) for number in range(200)))

    assert await owners(home) == 1
    assert results.count("done") >= 1


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ANALYST, Role.BILLING])
async def test_nobody_raises_their_own_role(home: Home, role: Role) -> None:
    boris = await member(home, 1002, role)
    claims = boris.at(home.cherry, Role.OWNER)

    async with home.database.tenant(home.cherry) as tx:
        with pytest.raises(Forbidden):
            await home.tenants.team.change_role(tx, claims, boris.id, Role.OWNER)

    async with home.database.tenant(home.cherry) as tx:
        assert await home.tenants.team.role(tx, boris.id) is role


async def test_no_role_makes_an_admin_of_the_service(home: Home) -> None:
    boris = await member(home, 1002, Role.MANAGER)

    async with home.database.tenant(home.cherry) as tx:
        with pytest.raises(Forbidden):
            await home.tenants.team.change_role(tx, home.anna, boris.id, Role.ADMIN)


async def test_last_owner_is_told_why(home: Home) -> None:
    async with home.database.tenant(home.cherry) as tx:
        with pytest.raises(LastOwner):
            await home.tenants.team.remove(tx, home.anna, home.anna.id)


async def test_another_tenants_member_is_unknown(home: Home) -> None:
    async with home.database.tenant(home.plum) as tx:
        clara = await home.tenants.user(tx, TelegramPerson(2001, "Clara"))
        await home.tenants.team.add(tx, SYSTEM, clara, Role.OWNER)

    async with home.database.tenant(home.cherry) as tx:
        for stranger in (clara, new_id()):
            with pytest.raises(NotFound):
                await home.tenants.team.remove(tx, home.anna, stranger)
            with pytest.raises(NotFound):
                await home.tenants.team.member(tx, stranger)


async def test_removed_member_has_no_role_and_may_come_back(home: Home) -> None:
    boris = await member(home, 1002, Role.MANAGER)
    async with home.database.tenant(home.cherry) as tx:
        await home.tenants.team.remove(tx, home.anna, boris.id)
        assert (await home.tenants.actor(tx, TelegramPerson(1002, "P1002"))).role is None
        await home.tenants.team.add(tx, home.anna, boris.id, Role.ANALYST)
        assert await home.tenants.team.role(tx, boris.id) is Role.ANALYST
        with pytest.raises(Conflict):
            await home.tenants.team.add(tx, home.anna, boris.id, Role.OWNER)
        assert await home.tenants.team.role(tx, boris.id) is Role.ANALYST
