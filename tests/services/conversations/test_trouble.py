"""J5 and J6: the channel is in trouble, topics and groups break; nothing is lost."""

import asyncio

from services.connectors import errors
from services.connectors.base import Rate
from services.connectors.errors import Reason
from services.connectors.messages import Delete, OutboundMessage, TopicCreate
from tests.services.conversations.town import Town, until


async def talking(town: Town) -> None:
    await town.buyer("?")
    await town.calm()


async def test_failed_answer_says_why_and_is_sent_by_one_press_of_two(town: Town) -> None:
    await talking(town)
    town.market.refuse = lambda a: (
        errors.Rejected(reason=Reason.CHAT_NOT_FOUND) if isinstance(a, OutboundMessage) else None
    )
    _, message_id = await town.manager("ответ")
    await until(lambda: town.house.reaction_on(message_id) == "💔")
    await until(lambda: any(p.reply_to == message_id for p in town.house.posts))
    told = next(p for p in town.house.posts if p.reply_to == message_id)
    assert told.text.startswith("Не дошло. Market больше не знает этого чата.")
    retry = told.buttons["Повторить"]

    town.market.refuse = lambda _a: None
    answers = [await town.press(retry, message_id=told.id) for _ in range(2)]
    await until(lambda: town.house.reaction_on(message_id) == "👌")
    await town.calm()

    assert answers == ["Отправляем ещё раз", "Уже сделано"]
    assert town.market.chats["u2i-1"] == ["ответ"]
    assert told.text == "Отправлено"
    acts = await town.rows("SELECT a.actor_kind, a.action, a.object_id, u.name FROM audit_entry a"
        " JOIN users u ON u.id = a.actor_id")  # fmt: skip
    sent = await town.one("SELECT id FROM delivery WHERE purpose = 'to_buyer'")
    assert [tuple(one) for one in acts] == [
        ("member", "delivery.retried", str(sent["id"]), "Борис")
    ]


async def test_dropped_answer_is_never_sent(town: Town) -> None:
    await talking(town)
    town.market.refuse = lambda a: errors.Rejected() if isinstance(a, OutboundMessage) else None
    _, message_id = await town.manager("лишнее")
    await until(lambda: any(p.reply_to == message_id for p in town.house.posts))
    told = next(p for p in town.house.posts if p.reply_to == message_id)
    town.market.refuse = lambda _a: None

    assert await town.press(told.buttons["Не отправлять"], message_id=told.id)
    assert await town.press(told.buttons["Повторить"] if told.buttons else "b:retry:x") is not None
    await town.calm()

    assert town.market.chats == {}
    row = await town.one("SELECT state FROM message WHERE direction = 'out'")
    assert row["state"] == "dropped"


async def test_stranger_cannot_press_and_a_forged_button_does_nothing(town: Town) -> None:
    await talking(town)
    row = await town.one("SELECT id FROM conversation")
    from services.conversations.callbacks import data  # noqa: PLC0415

    assert await town.press(data("close", row["id"]), who=77) == "Это могут менеджеры"
    assert await town.press(data("close", row["id"]), slug="plum") == "Этой кнопки больше нет"
    assert await town.press("b:close:%%%") == "Этой кнопки больше нет"
    assert (await town.one("SELECT state FROM conversation"))["state"] == "waiting"


async def test_channel_in_trouble_for_long_is_told_once_and_mended(town: Town) -> None:
    from datetime import timedelta  # noqa: PLC0415

    await talking(town)
    tries = []

    def away(action: object) -> Exception | None:
        if isinstance(action, OutboundMessage):
            tries.append(1)
            return errors.Temporary(retry_after_seconds=0.1) if len(tries) < 5 else None
        return None

    town.market.refuse = away
    town.clock.shift = timedelta(minutes=3)
    _, message_id = await town.manager("подождите")
    await until(lambda: town.house.reaction_on(message_id) == "👌")
    await town.calm()

    told = [p for p in town.house.posts if p.reply_to == message_id]
    assert [p.text for p in told] == ["Отправлено"]


async def test_deleted_topic_is_made_anew_with_the_past_and_order_is_kept(town: Town) -> None:
    for text in ("раз", "два"):
        await town.buyer(text)
    await town.calm()
    town.house.topics.clear()

    for text in ("три", "четыре", "пять"):
        await town.buyer(text)
    await until(lambda: town.house.texts()[-1:] == ["пять"])

    (thread,) = town.house.topics
    shown = town.house.texts(thread)
    assert shown[0].startswith("Тему удалили — открыли новую")
    assert "Иван: раз\nИван: два" in shown[0]
    assert "три" not in shown[0]
    assert shown[1:] == ["три", "четыре", "пять"]
    states = await town.rows("SELECT state FROM topic_link ORDER BY created_at")
    assert [row["state"] for row in states] == ["replaced", "live"]


async def test_answer_in_the_new_topic_reaches_the_same_buyer(town: Town) -> None:
    await talking(town)
    town.house.topics.clear()
    await town.buyer("ещё")
    await until(lambda: town.house.texts()[-1:] == ["ещё"])

    await town.manager("да")
    await town.calm()

    assert town.market.chats["u2i-1"] == ["да"]


async def test_closed_topic_is_opened_for_the_next_message(town: Town) -> None:
    await talking(town)
    (thread,) = town.house.topics
    refused = []

    def closed(action: object) -> Exception | None:
        if isinstance(action, OutboundMessage) and not refused:
            refused.append(1)
            return errors.Rejected(reason=Reason.TOPIC_CLOSED)
        return None

    town.house.refuse = closed

    await town.buyer("вы тут?")
    await until(lambda: town.house.texts()[-1:] == ["вы тут?"])

    assert list(town.house.topics) == [thread]


async def test_kicked_bot_parks_messages_tells_once_and_comes_back_in_order(town: Town) -> None:
    await talking(town)
    town.house.kicked = True
    for number in range(5):
        await town.buyer(str(number))
    await town.calm()
    parked = await town.rows("SELECT id FROM delivery WHERE state = 'parked' AND class = 0")
    assert len(parked) == 5
    assert town.told.rules() == ["workspace_lost"]

    town.house.kicked = False
    async with town.tx("cherry") as tx:
        bot = await town.view("cherry", "house")
        await town.conversations.groups.bot_returned(tx, bot.id, town.group("cherry"))
    await town.calm()

    assert town.house.texts() == ["?", *(str(number) for number in range(5))]
    assert town.told.rules() == ["workspace_lost", "workspace_back"]


async def test_first_message_to_a_lost_group_waits_for_its_return(town: Town) -> None:
    town.house.kicked = True
    await town.buyer("первое")
    await town.buyer("второе")
    await town.calm()
    assert town.told.rules() == ["workspace_lost"]

    town.house.kicked = False
    async with town.tx("cherry") as tx:
        bot = await town.view("cherry", "house")
        await town.conversations.groups.bot_returned(tx, bot.id, town.group("cherry"))
    await until(lambda: town.house.texts()[-1:] == ["второе"])

    texts = town.house.texts()
    assert [text for text in texts if text in {"первое", "второе"}] == ["первое", "второе"]
    assert len(town.house.of(TopicCreate)) == 1


async def test_moved_group_keeps_the_bridge(town: Town) -> None:
    await talking(town)
    town.house.moved_to = "-100777"

    await town.buyer("а теперь?")
    await until(lambda: "а теперь?" in town.house.texts())
    await town.buyer("и ещё")
    await until(lambda: town.house.texts()[-1:] == ["и ещё"])

    row = await town.one("SELECT chat_id FROM workspace")
    assert row["chat_id"] == "-100777"
    assert town.house.posts[-1].chat == "-100777"


async def test_group_without_reactions_gets_one_reply_that_is_edited(town: Town) -> None:
    await talking(town)
    town.house.reacts = False
    _, first = await town.manager("раз")
    await until(lambda: any(p.reply_to == first for p in town.house.posts))
    await town.calm()

    _, second = await town.manager("два")
    await until(lambda: any(p.reply_to == second for p in town.house.posts))

    told = [p.text for p in town.house.posts if p.reply_to in {first, second}]
    assert told == ["Отправлено", "Отправлено"]


async def test_burst_beyond_the_group_budget_is_merged_and_none_is_lost(town: Town) -> None:
    await talking(town)
    town.house.group_rate = Rate(10, 2.0)

    for number in range(60):
        await town.buyer(f"строка {number}")
    await until(lambda: "строка 59" in " ".join(town.house.texts()), 20)
    await town.calm()

    lines = "\n".join(town.house.texts()).split("\n")
    assert [line for line in lines if line.startswith("строка")] == [
        f"строка {number}" for number in range(60)
    ]
    assert len(town.house.texts()) < 40
    links = await town.rows(
        "SELECT message_id FROM message_link WHERE side = 'topic' GROUP BY message_id"
    )
    assert len(links) == 61


async def test_unsend_removes_what_was_sent(town: Town) -> None:
    await talking(town)
    _, message_id = await town.manager("лишнее")
    await until(lambda: town.house.reaction_on(message_id) == "👌")

    await town.manager("/delete", reply_to=message_id)
    await until(lambda: town.market.of(Delete))
    await town.calm()

    assert [d.external_id for d in town.market.of(Delete)] == town.market.sent_ids
    assert town.market.chats["u2i-1"] == ["лишнее"]
    row = await town.one("SELECT deleted_at FROM message WHERE direction = 'out'")
    assert row["deleted_at"] is not None


async def test_settling_twice_changes_nothing(town: Town) -> None:
    await talking(town)
    await town.buyer("два")
    await town.calm()
    await asyncio.sleep(0.05)

    links = await town.rows("SELECT message_id, ordinal FROM message_link")
    assert len(links) == 2
