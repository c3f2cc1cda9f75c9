"""Updates: unknown kinds are done, unreadable ones parked, a failing handler fails the event."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram import Dispatcher
from aiogram.types import Message
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.updates import Updates
from services.connectors.base import RawEvent
from services.connectors.errors import Unreadable
from services.inbox.models import Event
from services.kit.clock import SystemClock
from services.kit.errors import Unavailable
from services.tenants.actor import Role
from tests.bot.dialogue import ANNA, STRANGER, World, seat

LEFTOVERS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "update",
    [
        {"a_kind_of_2031": {"id": 1}},
        {"poll": {"id": "1"}},
        {"channel_post": {"message_id": 1}},
        {"business_message": {}},
        {},
    ],
)
async def test_kind_nobody_needs_is_done(world: World, update: dict[str, Any]) -> None:
    assert await world.feed(world.master, update) == []
    assert await world.feed(world.bots[world.cherry], update) == []


async def feed_raw(world: World, body: bytes) -> None:
    async with world.database.tenant(world.platform) as tx:
        raw = RawEvent("1", "1", body)
        event = Event(world.master, raw, 1, "hook", SystemClock().now(), "t")
        await world.updates.feed(tx, event, raw)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"update_id": "1"}',
        b"\xff\xfe",
        b"{" * 2000,
        b'{"update_id": 1, "message": 5}',
        b'{"update_id": 1, "message": {}}',
    ],
)
async def test_unreadable_update_is_said_to_be_so(world: World, body: bytes) -> None:
    with pytest.raises(Unreadable):
        await feed_raw(world, body)


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    message=st.dictionaries(
        st.sampled_from(["chat", "from", "text", "date", "message_id"]), LEFTOVERS
    )
)
async def test_odd_messages_are_read_or_unreadable_never_worse(
    world: World, message: dict[str, Any]
) -> None:
    try:
        await world.feed(world.master, {"message": message})
    except Unreadable:
        return


async def test_failing_handler_fails_the_event_and_refusals_that_pass_too(world: World) -> None:
    for error in (RuntimeError("bug"), Unavailable("error.database_away")):
        dispatcher = Dispatcher(disable_fsm=True)

        @dispatcher.message()
        async def on_message(message: Message, error: Exception = error) -> None:
            raise error

        updates = Updates(world.outbox, {"master": dispatcher})
        raw = RawEvent("1", "1", b"")
        async with world.database.tenant(world.platform) as tx:
            body = (
                b'{"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},'
                b'"from":{"id":1,"is_bot":false,"first_name":"A"},"text":"x"}}'
            )
            raw = RawEvent("1", "1", body)
            event = Event(world.master, raw, 1, "hook", SystemClock().now(), "t")
            with pytest.raises(type(error)):
                await updates.feed(tx, event, raw)


async def test_private_flood_is_braked_once_said_and_ways_out_stay_open(world: World) -> None:
    talk = world.talk(STRANGER, world.bots[world.cherry])
    said = [await talk.say("привет") for _ in range(30)]

    assert sum(len(one) for one in said) == 21
    assert "Слишком быстро" in said[20][0].text
    assert "Больше не пишем" in (await talk.say("/stop"))[0].text


async def test_group_is_never_braked(world: World) -> None:
    await seat(world, world.cherry, ANNA, Role.OWNER)
    group = {"id": -1, "type": "supergroup", "title": "g"}
    answers = [
        await world.talk(ANNA, world.bots[world.cherry]).say("/help", chat=group)
        for _ in range(30)
    ]

    assert all(one and "В теме диалога" in one[0].text for one in answers)
