"""S11 and S12: a press by another person, in another chat, too old or changed by a letter does
nothing.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.callbacks import Presses
from services.kit.clock import SystemClock
from services.kit.crypto import TenantKeys
from services.kit.ids import new_id
from services.tenants.actor import Role
from tests.bot.dialogue import ADMIN, ANNA, BORIS, CLARA, STRANGER, World, seat

PRESSES = Presses(TenantKeys(b"k" * 32), new_id(), 1001, 1001, SystemClock().now())


def test_press_is_read_back_and_fits() -> None:
    value = new_id()

    data = PRESSES.make("drop-sure", value)

    assert len(data.encode()) <= 64
    assert PRESSES.read(data).uuid == value  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(PRESSES, chat_id=1002),
        replace(PRESSES, user_id=1002),
        replace(PRESSES, channel_id=UUID(int=7)),
        replace(PRESSES, keys=TenantKeys(b"x" * 32)),
        replace(PRESSES, now=PRESSES.now + timedelta(days=31)),
        replace(PRESSES, now=PRESSES.now - timedelta(days=2)),
    ],
)
def test_press_is_nothing_elsewhere(elsewhere: Presses) -> None:
    assert elsewhere.read(PRESSES.make("chan", new_id())) is None


def test_500_mutations_are_nothing() -> None:
    rng = random.Random(20261124)  # noqa: S311 - mutations, not secrets
    data = PRESSES.make("bye-sure", new_id())
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_: "
    tried = set()
    while len(tried) < 500:
        changed = list(data)
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.randrange(len(changed))
            changed[at : at + 1] = rng.choice(["", rng.choice(letters), rng.choice(letters) * 2])
        tried.add("".join(changed))
    tried.discard(data)

    assert [one for one in tried if PRESSES.read(one) is not None] == []


@given(st.text(max_size=80))
def test_any_text_is_nothing_and_never_an_error(data: str) -> None:
    assert PRESSES.read(data) is None


async def test_buttons_of_the_owner_do_nothing_in_other_hands(world: World) -> None:
    await seat(world, world.cherry, ANNA, Role.OWNER)
    await seat(world, world.cherry, BORIS, Role.MANAGER)
    await seat(world, world.plum, CLARA, Role.OWNER)
    talk = world.talk(ANNA)
    data = [
        button["callback_data"]
        for text in ("/start", "/bots", "/chats", "/team", "/invite", "/lang", "/zone")
        for said in await talk.say(text)
        for button in said.buttons
        if "callback_data" in button
    ]
    member = (await talk.say("/team"))[0].data("Борис")
    for said in await talk.press(member):
        data += [button["callback_data"] for button in said.buttons]
    before = await snapshot(world)

    for who in (BORIS, CLARA, STRANGER, ADMIN):
        for one in data:
            world.clock.skipped += 11  # nobody is braked
            answer = await world.talk(who).press(one)
            assert [each.method for each in answer] == ["answerCallbackQuery"], one
    assert len(data) > 25
    assert await snapshot(world) == before
    assert world.extras["jobs"].asked == []


async def test_button_loses_its_power_with_the_role(world: World) -> None:
    await seat(world, world.cherry, ANNA, Role.OWNER)
    await seat(world, world.cherry, BORIS, Role.OWNER)
    bots = await world.talk(ANNA).say("/bots")
    card = await world.talk(ANNA).press(bots[0].data("client_1_bot"))
    team = await world.talk(BORIS).say("/team")
    roles = await world.talk(BORIS).press(team[0].data("Анна"))
    await world.talk(BORIS).press(roles[-1].data("Сделать менеджером"))

    for text in ("Проверить", "Сменить токен", "секретный адрес", "Отключить"):
        answer = await world.talk(ANNA).press(card[-1].data(text))
        assert "может только владелец" in answer[-1].text

    assert world.extras["jobs"].asked == []


async def snapshot(world: World) -> list[tuple[object, ...]]:
    sql = """
    SELECT 'm', tenant_id::text, user_id::text, role, status FROM membership
    UNION ALL SELECT 'l', tenant_id::text, purpose, expires_at::text, '' FROM link_token
    UNION ALL SELECT 'f', channel_id::text, chat_id::text, state, '' FROM fsm_state
    UNION ALL SELECT 'u', telegram_user_id::text, coalesce(locale, ''), coalesce(zone, ''), ''
        FROM users
        WHERE telegram_user_id = 1001
    ORDER BY 1, 2, 3, 4
    """
    return [tuple(row) for row in await world.rows(sql)]
