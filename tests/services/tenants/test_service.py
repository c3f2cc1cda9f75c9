"""People and businesses: one user per Telegram id, slugs of their own, keys made once."""

from __future__ import annotations

import asyncio

import pytest

from services.kit.crypto import Keyring, MasterKey, TenantKeys, Undecipherable
from services.kit.errors import InvalidInput, NotFound
from services.kit.ids import new_id
from services.tenants.actor import SYSTEM, Role
from services.tenants.keys import load_data_key
from services.tenants.rules import slug_of
from services.tenants.service import NewTenant, TelegramPerson
from tests.services.tenants.conftest import MASTER, Home


async def test_one_telegram_id_is_one_user_under_a_race(home: Home) -> None:
    async def meet(number: int) -> object:
        async with home.database.tenant(home.platform) as tx:
            person = TelegramPerson(4242, f"Имя {number % 3}")
            return (await home.tenants.person(tx, person)).actor.id

    assert len(set(await asyncio.gather(*(meet(n) for n in range(20))))) == 1


async def test_first_admins_come_from_the_setting_and_repeat_changes_nothing(home: Home) -> None:
    async with home.database.system("a test repeats the start") as tx:
        assert await home.tenants.ensure_platform(tx, [1, 2]) == home.platform
    async with home.database.tenant(home.platform) as tx:
        admin = await home.tenants.person(tx, TelegramPerson(1, "Ольга"))
        other = await home.tenants.person(tx, TelegramPerson(3, "Нет"))

    assert (admin.is_admin, admin.seat) == (True, None)
    assert not other.is_admin


async def test_removed_admin_stays_removed_after_a_restart(home: Home) -> None:
    async with home.database.tenant(home.platform) as tx:
        await tx.execute(
            "UPDATE membership SET status = 'removed' WHERE tenant_id = $1", home.platform
        )
    async with home.database.system("a test repeats the start") as tx:
        await home.tenants.ensure_platform(tx, [1])
    async with home.database.tenant(home.platform) as tx:
        assert not (await home.tenants.person(tx, TelegramPerson(1, "Ольга"))).is_admin


async def test_person_of_two_businesses_chooses_between_them(home: Home) -> None:
    async with home.database.tenant(home.plum) as tx:
        await home.tenants.team.add(tx, SYSTEM, home.anna.id, Role.MANAGER)
    async with home.database.tenant(home.platform) as tx:
        anna = await home.tenants.person(tx, TelegramPerson(1001, "Анна"))
        assert (anna.seat.tenant_id, anna.seat.role) == (home.cherry, Role.OWNER)
        await home.tenants.choose(tx, anna, home.plum)
        anna = await home.tenants.person(tx, TelegramPerson(1001, "Анна"))
        assert (anna.seat.tenant_id, anna.actor.role) == (home.plum, Role.MANAGER)
        for foreign in (home.platform, new_id()):
            with pytest.raises(NotFound):
                await home.tenants.choose(tx, anna, foreign)


async def test_two_businesses_of_one_name_get_two_slugs(home: Home) -> None:
    async with home.database.tenant(home.platform) as tx:
        first = await home.tenants.create(tx, SYSTEM, NewTenant(name="Сад"))
        second = await home.tenants.create(tx, SYSTEM, NewTenant(name="Сад"))
        slugs = {(await home.tenants.get(tx, one))["slug"] for one in (first, second)}

    assert "sad" in slugs
    assert len(slugs) == 2


@pytest.mark.parametrize("name", ["", "  ", "\x00\n", "\u200b"])
async def test_empty_name_founds_nothing(home: Home, name: str) -> None:
    async with home.database.tenant(home.platform) as tx:
        with pytest.raises(InvalidInput):
            await home.tenants.create(tx, SYSTEM, NewTenant(name=name))


@pytest.mark.parametrize(
    "zone", ["", "Moscow", "../../etc/passwd", "/etc/localtime", "Europe/Atlantis"]
)
async def test_made_up_zone_is_refused(home: Home, zone: str) -> None:
    async with home.database.tenant(home.platform) as tx:
        with pytest.raises(InvalidInput):
            await home.tenants.create(tx, SYSTEM, NewTenant(name="Сад", zone=zone))


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Вишня", "vishnya"),
        ("Жар-Птица №1", "zhar-ptica-1"),
        ("🍒", "business"),
        ("Platform", "business"),
    ],
)
def test_slug_is_latin_and_never_the_platforms(name: str, slug: str) -> None:
    assert slug_of(name) == slug


async def test_key_of_a_tenant_is_made_once_under_a_race(home: Home) -> None:
    async with home.database.system("a test takes the key away") as tx:
        await tx.execute("DELETE FROM tenant_key WHERE tenant_id = $1", home.cherry)
    load = load_data_key(home.database, MASTER)

    keys = set(await asyncio.gather(*(load(home.cherry) for _ in range(8))))

    assert len(keys) == 1


async def test_unknown_tenant_has_no_key(home: Home) -> None:
    with pytest.raises(NotFound):
        await load_data_key(home.database, MASTER)(new_id())


async def test_rotated_master_key_opens_and_wraps_anew(home: Home) -> None:
    before = await home.keyring.of(home.cherry)
    old, new = bytes(range(32)), bytes(range(1, 33))

    rotated = Keyring(load_data_key(home.database, MasterKey(new, old)))
    assert (await rotated.of(home.cherry)).data_key == before.data_key
    alone = load_data_key(home.database, MasterKey(new))
    assert TenantKeys(await alone(home.cherry)).data_key == before.data_key

    with pytest.raises(Undecipherable):
        await load_data_key(home.database, MasterKey(old))(home.cherry)


async def test_stranger_leaves_no_row_in_a_client_bot(home: Home) -> None:
    async with home.database.tenant(home.cherry) as tx:
        stranger = await home.tenants.actor(tx, TelegramPerson(777, "Прохожий"))
        assert await tx.value("SELECT count(*) FROM users WHERE telegram_user_id = 777") == 0

    assert (stranger.id, stranger.role, stranger.can_answer) == (None, None, False)
