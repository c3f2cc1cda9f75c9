"""Client bots: topics go to the bridge, strangers start and stop, other bots' commands are not
ours.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.connectors.messages import Text
from services.consents.rules import Purpose, State
from services.conversations.callbacks import data
from services.conversations.values import Answered, Author, ManagerMessage, Press
from services.kit.db import Tx, open_database
from services.kit.ids import new_id
from services.tenants.actor import Role
from tests.bot.dialogue import ANNA, BORIS, STRANGER, World, make_world, seat, user
from tests.conftest import Dsns

GROUP = {"id": -1001, "type": "supergroup", "title": "Продажи", "is_forum": True}


class FakeBridge:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any, Any]] = []
        self.groups = self.workspaces = self

    async def answer(self, tx: Tx, author: Author, message: ManagerMessage) -> Answered:
        self.heard.append(("answer", author, message))
        return Answered.RELAYED

    async def edited(self, tx: Tx, author: Author, message: ManagerMessage) -> None:
        self.heard.append(("edited", author, message))

    async def press(self, tx: Tx, author: Author, press: Press) -> None:
        self.heard.append(("press", author, press))

    async def topic_event(self, tx: Tx, bot: Any, chat_id: str, thread_id: str, kind: str) -> None:
        self.heard.append(("topic", thread_id, kind))

    async def lost(self, tx: Tx, bot_id: Any, chat_id: str, reason: Any) -> None:
        self.heard.append(("lost", chat_id, reason))

    async def bot_returned(self, tx: Tx, bot_id: Any, chat_id: str) -> None:
        self.heard.append(("returned", chat_id, bot_id))

    async def discovered(
        self, tx: Tx, bot: Any, chat_id: str, title: str, *, status: str, is_forum: bool
    ) -> None:
        self.heard.append(("discovered", chat_id, (title, status, is_forum)))

    async def attach(
        self, tx: Tx, bot_id: Any, chat_id: str, serves: Any, *, name: str, title: str = ""
    ) -> None:
        self.heard.append(("attach", chat_id, name))

    async def moved(self, tx: Tx, bot: Any, chat_id: str, new_chat_id: str) -> None:
        self.heard.append(("moved", chat_id, new_chat_id))


@pytest.fixture
async def bridge() -> FakeBridge:
    return FakeBridge()


@pytest.fixture
async def world(dsns: Dsns, bridge: FakeBridge) -> AsyncIterator[World]:
    database = await open_database(dsns.app_dsn)
    try:
        made = await make_world(database, conversations=bridge)
        await seat(made, made.cherry, ANNA, Role.OWNER)
        await seat(made, made.plum, BORIS, Role.MANAGER)
        yield made
    finally:
        await database.close()


def in_topic(who: Any, **content: Any) -> dict[str, Any]:
    return {
        "message_id": 77,
        "message_thread_id": 12,
        "is_topic_message": True,
        "date": int(time.time()),
        "chat": GROUP,
        "from": user(who),
        **content,
    }


async def test_message_in_a_topic_reaches_the_bridge_with_its_author(
    world: World, bridge: FakeBridge
) -> None:
    said = await world.feed(
        world.bots[world.cherry], {"message": in_topic(ANNA, text="Да, продаём")}
    )

    assert said == []
    [(what, author, message)] = bridge.heard
    assert what == "answer"
    assert author == Author(ANNA.id, "Анна", is_person=True)
    assert (message.chat_id, message.thread_id, message.message_id) == ("-1001", "12", "77")
    assert message.text == Text(text="Да, продаём")


async def test_anonymous_admin_is_no_person(world: World, bridge: FakeBridge) -> None:
    message = in_topic(ANNA, text="…") | {
        "from": {"id": 1087968824, "is_bot": True, "first_name": "Group"},
        "sender_chat": GROUP,
    }

    await world.feed(world.bots[world.cherry], {"message": message})

    assert bridge.heard[0][1] == Author(0, "", is_person=False)


async def test_edit_reaches_the_bridge(world: World, bridge: FakeBridge) -> None:
    edit = in_topic(ANNA, text="Нет", edit_date=1_790_000_001)

    await world.feed(world.bots[world.cherry], {"edited_message": edit})

    assert [(what, message.text.text) for what, _, message in bridge.heard] == [("edited", "Нет")]


@pytest.mark.parametrize("text", ["/close", "/note позвонить", "/close@client_1_bot", "/delete"])
async def test_acts_on_a_conversation_go_to_the_bridge(
    world: World, bridge: FakeBridge, text: str
) -> None:
    await world.feed(world.bots[world.cherry], {"message": in_topic(ANNA, text=text)})

    assert [what for what, _, _ in bridge.heard] == ["answer"]


async def test_command_for_another_bot_is_ignored(world: World, bridge: FakeBridge) -> None:
    said = await world.feed(
        world.bots[world.cherry], {"message": in_topic(ANNA, text="/close@some_other_bot")}
    )

    assert (said, bridge.heard) == ([], [])


async def test_button_of_the_bridge_reaches_it_for_members_only(
    world: World, bridge: FakeBridge
) -> None:
    def press(who: Any) -> dict[str, Any]:
        message = in_topic(ANNA, text="…") | {"from": {"id": 1, "is_bot": True, "first_name": "b"}}
        query = {
            "id": "1",
            "from": user(who),
            "chat_instance": "1",
            "data": data("take", new_id()),
        }
        return {"callback_query": query | {"message": message}}

    by_stranger = await world.feed(world.bots[world.cherry], press(STRANGER))
    by_other_tenant = await world.feed(world.bots[world.cherry], press(BORIS))
    by_anna = await world.feed(world.bots[world.cherry], press(ANNA))

    assert [one.method for one in by_stranger + by_other_tenant] == ["answerCallbackQuery"] * 2
    assert by_anna == []
    assert [(what, author.telegram_user_id) for what, author, _ in bridge.heard] == [
        ("press", ANNA.id)
    ]


async def test_button_of_a_month_ago_is_dead(world: World, bridge: FakeBridge) -> None:
    message = in_topic(ANNA, text="…") | {"date": 1_700_000_000}
    query = {"id": "1", "from": user(ANNA), "chat_instance": "1", "data": data("take", new_id())}

    said = await world.feed(
        world.bots[world.cherry], {"callback_query": query | {"message": message}}
    )

    assert (said[0].method, bridge.heard) == ("answerCallbackQuery", [])


async def test_topic_closed_by_hand_is_told_and_our_own_echo_is_not(
    world: World, bridge: FakeBridge
) -> None:
    bot = world.bots[world.cherry]
    await world.feed(bot, {"message": in_topic(ANNA, forum_topic_closed={})})
    echo = in_topic(ANNA, forum_topic_closed={}) | {
        "from": {"id": 4200001, "is_bot": True, "first_name": "b"}
    }
    await world.feed(bot, {"message": echo})

    assert bridge.heard == [("topic", "12", "forum_topic_closed")]


async def test_group_that_moved_and_new_standing_are_told(
    world: World, bridge: FakeBridge
) -> None:
    bot = world.bots[world.cherry]
    old = {"id": -55, "type": "group", "title": "Продажи"}
    moved = {
        "message_id": 1,
        "date": 1,
        "chat": old,
        "from": user(ANNA),
        "migrate_to_chat_id": -1001,
    }
    me = {"id": 4200001, "is_bot": True, "first_name": "b"}
    standing = {
        "chat": GROUP,
        "from": user(ANNA),
        "date": 1,
        "old_chat_member": {"user": me, "status": "left"},
        "new_chat_member": {"user": me, "status": "kicked", "until_date": 0},
    }
    await world.feed(bot, {"message": moved})
    await world.feed(bot, {"my_chat_member": standing})

    assert bridge.heard == [
        ("moved", "-55", "-1001"),
        ("discovered", "-1001", ("Продажи", "kicked", True)),
    ]


async def test_start_makes_a_contact_and_stop_withdraws_at_once(world: World) -> None:
    bot = world.bots[world.cherry]
    talk = world.talk(STRANGER, bot)

    hello = await talk.say("/start promo_may")
    assert "Здравствуйте, Прохожий" in hello[0].text
    rows = await world.rows("SELECT c.id, c.name, c.fields ->> 'came_from' AS came FROM contact c")
    assert [(row["name"], row["came"]) for row in rows] == [("Прохожий", "promo_may")]
    assert await state(world, rows[0]["id"]) is State.GRANTED

    stopped = await talk.say("/stop")

    assert "Больше не пишем" in stopped[0].text
    assert await state(world, rows[0]["id"]) is State.WITHDRAWN
    events = await world.rows("SELECT source, purpose, action FROM consent_event ORDER BY id")
    assert [tuple(row) for row in events] == [
        ("bot_start", "service", "grant"), ("bot_stop", "all", "withdraw"),
    ]  # fmt: skip


async def test_unblocking_alone_restores_nothing_a_new_start_does(world: World) -> None:
    bot = world.bots[world.cherry]
    talk = world.talk(STRANGER, bot)
    await talk.say("/start")

    async def become(status: str) -> str:
        me = {"id": 4200001, "is_bot": True, "first_name": "b"}
        extra = {"until_date": 0} if status == "kicked" else {}
        change = {
            "chat": {"id": STRANGER.id, "type": "private"},
            "from": user(STRANGER),
            "date": 1,
            "old_chat_member": {"user": me, "status": "member"},
            "new_chat_member": {"user": me, "status": status, **extra},
        }
        await world.feed(bot, {"my_chat_member": change})
        return str((await world.rows("SELECT state FROM identity"))[0]["state"])

    assert await become("kicked") == "unreachable"
    assert await become("member") == "unreachable"
    await talk.say("/start")
    assert (await world.rows("SELECT state FROM identity"))[0]["state"] == "ok"


async def test_two_bots_keep_the_same_person_apart(world: World) -> None:
    await world.talk(STRANGER, world.bots[world.cherry]).say("/start")
    await world.talk(STRANGER, world.bots[world.plum]).say("/start")

    rows = await world.rows("SELECT tenant_id, scope_account FROM identity ORDER BY scope_account")
    assert [tuple(row) for row in rows] == [(world.cherry, "4200001"), (world.plum, "4200002")]


async def test_member_of_one_business_is_a_stranger_at_another(world: World) -> None:
    hello = await world.talk(ANNA, world.bots[world.plum]).say("/help")

    assert "бот компании" in hello[0].text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/cancel", "Отменять нечего"),
        ("/nonsense", "Такой команды нет"),
        ("привет", "никто не читает"),
    ],
)
async def test_bot_answers_in_words(world: World, text: str, words: str) -> None:
    said = await world.talk(STRANGER, world.bots[world.cherry]).say(text)

    assert words in said[0].text


async def state(world: World, contact_id: Any) -> State:
    async with world.database.tenant(world.cherry) as tx:
        consents = world.extras["consents"]
        return await consents.state(tx, contact_id, Purpose.SERVICE, "telegram")


def standing(who: Any, chat: dict[str, Any], status: str = "administrator") -> dict[str, Any]:
    me = {"id": 4200001, "is_bot": True, "first_name": "b"}
    rights = ["can_manage_chat", "can_delete_messages", "can_manage_topics", "can_pin_messages"]
    new = {"user": me, "status": status} | (
        dict.fromkeys(rights, True) if status == "administrator" else {}
    )
    old = {"user": me, "status": "left"}
    change = {
        "chat": chat,
        "from": user(who),
        "date": 1,
        "old_chat_member": old,
        "new_chat_member": new,
    }
    return {"my_chat_member": change}


async def test_owner_adds_the_bot_to_a_forum_and_its_rights_are_looked_at(
    world: World, bridge: FakeBridge
) -> None:
    said = await world.feed(world.bots[world.cherry], standing(ANNA, GROUP))

    assert said == []
    assert [(what, *rest) for what, *rest in bridge.heard] == [
        ("discovered", "-1001", ("Продажи", "administrator", True)),
        ("attach", "-1001", "Продажи"),
    ]
    [(tenant_id, job, where)] = world.extras["jobs"].asked
    assert (tenant_id, job.chat_id, where.chat_id) == (world.cherry, "-1001", "-1001")


@pytest.mark.parametrize(
    ("who", "chat", "words"),
    [
        (STRANGER, GROUP, "добавил не владелец"),
        (BORIS, GROUP, "добавил не владелец"),  # a manager, but of another business
        (ANNA, {**GROUP, "is_forum": False}, "нет тем"),
    ],
)
async def test_other_groups_are_refused_in_words(
    world: World, bridge: FakeBridge, who: Any, chat: dict[str, Any], words: str
) -> None:
    said = await world.feed(world.bots[world.cherry], standing(who, chat))

    assert words in said[0].text
    assert [what for what, *_ in bridge.heard] == ["discovered"]
    assert world.extras["jobs"].asked == []
