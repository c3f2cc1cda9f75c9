"""What members do at a conversation: close, snooze, assign, block, edit, answer in the cabinet."""

import orjson
import pytest

from services.connectors.messages import (
    Block,
    Delete,
    Deleted,
    Edit,
    Edited,
    Subject,
    Text,
    TopicEdit,
)
from services.conversations.callbacks import data, pack
from services.conversations.subjects import Described
from services.conversations.values import Answered, AppAnswer, Author
from services.kit.errors import InvalidInput, NotFound
from services.kit.ids import new_id
from tests.services.conversations.town import Town, until


async def talking(town: Town, text: str = "?") -> None:
    await town.buyer(text)
    await town.calm()


async def state(town: Town) -> str:
    return str((await town.one("SELECT state FROM conversation"))["state"])


async def test_closed_conversation_opens_with_the_next_message(town: Town) -> None:
    await talking(town)
    (thread,) = town.house.topics

    assert (await town.manager("/close"))[0] is Answered.COMMAND
    await until(lambda: thread in town.house.closed)
    await town.calm()
    assert await state(town) == "closed"

    await town.buyer("ещё вопрос")
    await until(lambda: town.house.texts()[-1:] == ["ещё вопрос"])
    assert await state(town) == "waiting"
    assert thread not in town.house.closed


async def test_first_to_take_has_it_and_the_second_is_told_who(town: Town) -> None:
    await talking(town)
    take = town.house.posts[0].buttons["Беру"]

    assert await town.press(take, who=1) == "Взяли: Борис"
    assert await town.press(take, who=0) == "Диалог ведёт Борис"
    assert await town.press(take, who=1) == "Взяли: Борис"


async def test_assign_by_name_and_by_button(town: Town) -> None:
    await talking(town)
    await town.manager("/assign Анна")
    row = await town.one("SELECT id, assignee_id FROM conversation")
    anna = await town.one("SELECT id FROM users WHERE name = 'Анна' AND telegram_user_id = 1000")
    boris = await town.one("SELECT id FROM users WHERE name = 'Борис' AND telegram_user_id = 1001")
    assert row["assignee_id"] == anna["id"]

    said = await town.press(data("to", row["id"], pack(boris["id"])))
    unknown = await town.press(data("to", row["id"], pack(new_id())))

    assert (said, unknown) == ("Назначено: Борис", "Этой кнопки больше нет")


async def test_snoozed_conversation_wakes_by_itself_and_by_the_buyer(town: Town) -> None:
    from datetime import timedelta  # noqa: PLC0415

    await talking(town)
    await town.manager("/snooze 1h")
    await town.calm()
    assert await state(town) == "snoozed"

    town.clock.shift = timedelta(minutes=61)
    async with town.tx("cherry") as tx:
        assert await town.conversations.tick(tx) == 1
    assert await state(town) == "waiting"

    await town.manager("/snooze 3h")
    await town.buyer("ну что?")
    await town.calm()
    assert await state(town) == "waiting"
    await until(lambda: "Время вышло — диалог снова здесь" in town.house.texts())


async def test_blocked_person_is_stored_and_not_shown(town: Town) -> None:
    await talking(town)
    await town.manager("/block")
    await until(lambda: town.market.of(Block))
    await town.calm()
    shown = len(town.house.posts)

    await town.buyer("спам")
    await town.calm()

    assert town.market.of(Block)[0].user_id == "777"
    assert len(town.house.posts) == shown
    assert len(await town.rows("SELECT id FROM message WHERE text = 'спам'")) == 1
    assert await state(town) == "spam"


async def test_canned_reply_is_kept_listed_sent_and_forgotten(town: Town) -> None:
    await talking(town)
    await town.manager("/canned Адрес = {name}, мы на Ленина, 5")

    outcome, _ = await town.manager("/r адрес")
    await town.calm()
    assert outcome is Answered.RELAYED
    assert town.market.chats["u2i-1"] == ["Иван, мы на Ленина, 5"]

    await town.manager("/canned - адрес")
    outcome, _ = await town.manager("/r адрес")
    assert outcome is Answered.COMMAND
    assert await town.rows("SELECT id FROM canned_reply") == []


async def test_unknown_command_is_not_relayed(town: Town) -> None:
    await talking(town)

    outcome, message_id = await town.manager("/secret слово")
    await town.calm()

    assert outcome is Answered.COMMAND
    assert town.market.chats == {}
    assert any(post.reply_to == message_id for post in town.house.posts)


@pytest.mark.parametrize(
    "author",
    [Author(31337, "Чужой"), Author(1087968824, "Group", is_person=False)],
)
async def test_words_of_others_never_leave(town: Town, author: Author) -> None:
    await talking(town)

    outcome, message_id = await town.manager("пароль", author=author)
    await town.calm()

    assert outcome is Answered.REFUSED
    assert town.market.chats == {}
    assert any(post.reply_to == message_id for post in town.house.posts)


async def test_owner_makes_the_stranger_a_manager_by_one_button(town: Town) -> None:
    await talking(town)
    stranger = Author(31337, "Вера")
    _, message_id = await town.manager("я тоже отвечу", author=stranger)
    await town.calm()
    offer = next(post for post in town.house.posts if post.reply_to == message_id)
    hire = offer.buttons["Сделать менеджером"]

    assert await town.press(hire, who=1) == "Это может только владелец"
    await town.press(hire, who=0, message_id=offer.id)
    outcome, _ = await town.manager("я тоже отвечу", author=stranger)
    await town.calm()

    assert outcome is Answered.RELAYED
    assert town.market.chats["u2i-1"] == ["я тоже отвечу"]


async def test_owner_with_a_second_factor_hires_where_a_code_can_be_asked(town: Town) -> None:
    await talking(town)
    stranger = Author(31337, "Вера")
    _, message_id = await town.manager("я тоже отвечу", author=stranger)
    await town.calm()
    offer = next(post for post in town.house.posts if post.reply_to == message_id)
    async with town.services.database.system("a test prepares") as tx:
        await tx.execute(
            "INSERT INTO second_factor (user_id, secret, turned_on_at)"
            " SELECT id, '\\x00', now() FROM users WHERE telegram_user_id = 1000"
        )

    said = await town.press(offer.buttons["Сделать менеджером"], who=0, message_id=offer.id)
    outcome, _ = await town.manager("и сейчас", author=stranger)

    assert said == "У вас включён второй фактор: пригласите человека в кабинете, с кодом"
    assert outcome is Answered.REFUSED


async def test_manager_out_of_scope_and_removed_manager_are_told(town: Town) -> None:
    await talking(town)
    async with town.tx("cherry") as tx:
        scope = orjson.dumps({"channels": [str(new_id())]}).decode()
        await tx.execute("UPDATE membership SET scope = $1 WHERE role = 'manager'", scope)
    assert (await town.manager("а"))[0] is Answered.REFUSED

    async with town.tx("cherry") as tx:
        await tx.execute("UPDATE membership SET scope = '{}', status = 'removed'")
    assert (await town.manager("б"))[0] is Answered.REFUSED
    await town.calm()
    assert town.market.chats == {}


async def test_message_outside_topics_and_of_another_tenants_group_is_not_ours(town: Town) -> None:
    await talking(town)

    general, _ = await town.manager("всем привет", thread_id="")
    foreign, _ = await town.manager("чужое", chat_id=town.group("plum"))

    assert (general, foreign) == (Answered.NOT_OURS, Answered.NOT_OURS)


async def test_edited_answer_is_kept_and_offered_as_a_correction(town: Town) -> None:
    await talking(town)
    _, message_id = await town.manager("цена 100")
    await town.calm()

    changed = await town.manager_message("цена 200", message_id=message_id)
    for _ in range(2):
        async with town.tx("cherry") as tx:
            await town.conversations.edited(tx, Author(1001), changed)
    await town.calm()
    offers = [post for post in town.house.posts if post.reply_to == message_id]
    assert [post.text for post in offers] == [
        "Market не умеет менять отправленное. Покупатель видит прежний текст"
    ]

    fix = offers[0].buttons["Отправить исправление"]
    answers = [await town.press(fix, message_id=offers[0].id) for _ in range(2)]
    await town.calm()

    assert answers == ["Исправление отправляем", "Уже сделано"]
    assert town.market.chats["u2i-1"] == ["цена 100", "цена 200"]
    revision = await town.one("SELECT text, number FROM message_revision")
    assert (revision["text"], revision["number"]) == ("цена 100", 0)


async def test_buyers_edit_and_deletion_are_seen(town: Town) -> None:
    first = await town.buyer("сто")
    await town.calm()
    event = await town.event()
    now = town.clock.now()

    async with town.tx("cherry") as tx:
        edit = Edited(external_id=first, chat_id="u2i-1", at=now, text=Text(text="двести"))
        await town.conversations.edited_there(tx, event, edit)
    await until(lambda: town.house.of(Edit))
    for _ in range(2):
        async with town.tx("cherry") as tx:
            gone = Deleted(external_id=first, chat_id="u2i-1", at=now)
            await town.conversations.deleted_there(tx, event, gone)
    await town.calm()

    assert "Изменено\nдвести" in town.house.texts()
    assert town.house.texts().count("Покупатель удалил это сообщение") == 1
    row = await town.one("SELECT text, revision, deleted_at FROM message")
    assert (row["text"], row["revision"]) == ("двести", 1)


async def test_unproven_message_is_marked_once_and_a_proven_one_never(town: Town) -> None:
    forged, true = await town.buyer("подделка"), await town.buyer("правда")
    await town.calm()
    channel = town.channel_id("cherry", "market")

    async with town.tx("cherry") as tx:
        assert await town.conversations.confirm(tx, channel, [true]) == 1
    counts = []
    for _ in range(2):
        async with town.tx("cherry") as tx:
            counts.append(await town.conversations.doubt(tx, channel, [forged, true]))
    async with town.tx("plum") as tx:
        assert await town.conversations.doubt(tx, channel, [forged]) == 0
    await town.calm()

    assert counts == [1, 0]
    marks = [post for post in town.house.posts if post.text.startswith("Не подтверждено")]
    assert len(marks) == 1


async def test_answer_of_the_cabinet_appears_with_its_author(town: Town) -> None:
    await talking(town)
    row = await town.one("SELECT id FROM conversation")
    answer = AppAnswer(row["id"], new_id(), "Ксения", "k1", Text(text="здравствуйте"))

    for _ in range(2):
        async with town.tx("cherry") as tx:
            await town.conversations.answer_from_app(tx, answer)
    await until(lambda: town.market.chats["u2i-1"] == ["здравствуйте"])
    await town.calm()

    assert town.house.texts()[-1] == "Ксения:\nздравствуйте"
    async with town.tx("plum") as tx:
        with pytest.raises(NotFound):
            await town.conversations.answer_from_app(tx, answer)
    async with town.tx("cherry") as tx:
        empty = AppAnswer(row["id"], new_id(), "Ксения", "k2", Text(text=" "))
        with pytest.raises(InvalidInput):
            await town.conversations.answer_from_app(tx, empty)


async def test_one_buyer_of_two_ads_is_one_contact_and_the_card_says_so(town: Town) -> None:
    await town.buyer("самокат?", chat="u2i-1")
    await town.calm()
    await town.manager("да")
    await town.buyer("а велосипед?", chat="u2i-2", subject=Subject(external_id="7", title="Велик"))
    await town.calm()

    contacts = await town.rows("SELECT DISTINCT contact_id FROM conversation")
    card = next(post for post in town.house.posts if "Велик" in post.text)
    assert len(contacts) == 1
    assert "Пишет в 2-й раз. Сегодня — Самокат, с Борис" in card.text


async def test_subject_learnt_later_mends_card_and_title(town: Town) -> None:
    await town.buyer("?", name="", subject=None)
    await town.calm()
    found = Described(Subject(external_id="9", title="Шлем", price="900 ₽"), "777", "Пётр")

    async with town.tx("cherry") as tx:
        channel = town.channel_id("cherry", "market")
        assert await town.conversations.describe(tx, channel, "u2i-1", found)
        assert not await town.conversations.describe(tx, channel, "u2i-404", found)
    await until(lambda: town.house.of(TopicEdit))
    await town.calm()

    assert list(town.house.topics.values()) == ["🟢 Пётр · Шлем"]
    assert "900 ₽" in town.house.posts[0].text


async def test_group_attached_later_gets_the_past(town: Town) -> None:
    await town.tenant("apple", workspace=False)
    for text in ("раз", "два"):
        await town.buyer(text, slug="apple", chat="a-1")
    await town.calm()
    assert town.house.posts == []

    async with town.tx("apple") as tx:
        bot, market = (town.channel_id("apple", name) for name in ("house", "market"))
        await town.conversations.workspaces.attach(
            tx, bot, town.group("apple"), [market], name="later"
        )
    await town.buyer("три", slug="apple", chat="a-1")
    await until(lambda: town.house.texts()[-1:] == ["три"])

    assert "раз" in town.house.texts()[0]
    assert "два" in town.house.texts()[0]


async def test_topic_closed_and_opened_by_hand_takes_the_conversation_along(town: Town) -> None:
    await talking(town)
    (thread,) = town.house.topics
    bot = await town.view("cherry", "house")

    states = []
    for kind in ("forum_topic_closed", "forum_topic_reopened", "forum_topic_edited"):
        async with town.tx("cherry") as tx:
            group = town.group("cherry")
            await town.conversations.topic_event(tx, bot, group, thread, kind)
        states.append(await state(town))

    assert states == ["closed", "open", "open"]


async def test_line_of_our_rename_is_removed_in_our_groups_only(town: Town) -> None:
    await talking(town)
    bot = await town.view("cherry", "house")

    async with town.tx("cherry") as tx:
        for group in (town.group("cherry"), town.group("cherry"), "-999"):
            await town.conversations.groups.renamed_by_us(tx, bot, group, "55")
    await until(lambda: town.house.of(Delete))
    await town.calm()

    assert [(d.to.chat_id, d.external_id) for d in town.house.of(Delete)] == [
        (town.group("cherry"), "55")
    ]
