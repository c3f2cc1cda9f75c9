"""J4: a buyer writes, a manager answers; once, in order, and only what may leave leaves."""

from services.connectors import errors
from services.connectors.errors import Reason
from services.connectors.messages import (
    MarkRead,
    Media,
    MediaKind,
    Receipt,
    ReceiptStatus,
    Subject,
)
from services.conversations.values import Answered
from tests.services.conversations.town import Town, until


async def test_first_message_opens_a_topic_with_a_pinned_card_and_the_text(town: Town) -> None:
    await town.buyer("Здравствуйте, продаёте?")
    await until(lambda: town.house.texts() == ["Здравствуйте, продаёте?"])

    card = town.house.posts[0]
    await until(lambda: card.pinned)
    assert list(town.house.topics.values()) == ["🟢 Иван · Самокат"]
    assert "18 500 ₽" in card.text
    assert "https://example.test/42" in card.text
    assert set(card.buttons) == {"Беру", "Назначить", "Отложить", "Закрыть"}
    assert {post.thread for post in town.house.posts} == set(town.house.topics)


async def test_known_message_is_shown_once_however_often_it_comes(town: Town) -> None:
    message = town.message("один раз")
    for source in ("hook", "hook", "poll", "hook"):
        await town.receive(message, source=source)

    await town.calm()

    assert town.house.texts() == ["один раз"]
    assert len(await town.rows("SELECT id FROM message")) == 1


async def test_stranger_sees_nothing_and_writes_to_its_own_group(town: Town) -> None:
    await town.buyer("мне", slug="plum")
    await town.calm()

    assert await town.rows("SELECT id FROM conversation") == []
    assert await town.rows("SELECT id FROM message") == []
    assert {post.chat for post in town.house.posts} == {town.group("plum")}


async def test_messages_of_a_conversation_keep_their_order(town: Town) -> None:
    for number in range(30):
        await town.buyer(str(number))

    await town.calm()

    assert town.house.texts() == [str(number) for number in range(30)]


async def test_answer_reaches_the_buyer_once_and_is_marked(town: Town) -> None:
    await town.buyer("Торг?")
    await town.calm()

    outcome, message_id = await town.manager("Да, уступлю")
    await until(lambda: town.house.reaction_on(message_id) == "👌")

    assert outcome is Answered.RELAYED
    assert town.market.chats["u2i-1"] == ["Да, уступлю"]
    assert await town.one("SELECT state, waiting_since FROM conversation") == ("open", None)
    await until(lambda: town.market.of(MarkRead))


async def test_repeated_manager_message_is_sent_once(town: Town) -> None:
    await town.buyer("?")
    await town.calm()

    outcomes = [(await town.manager("ответ", message_id="901"))[0] for _ in range(3)]
    await town.calm()

    assert outcomes == [Answered.RELAYED, Answered.DUPLICATE, Answered.DUPLICATE]
    assert town.market.chats["u2i-1"] == ["ответ"]


async def test_read_receipt_marks_the_message_and_never_goes_back(town: Town) -> None:
    await town.buyer("?")
    await town.calm()
    _, message_id = await town.manager("ответ")
    await until(lambda: town.house.reaction_on(message_id) == "👌")

    for status in (ReceiptStatus.READ, ReceiptStatus.DELIVERED):
        at = town.clock.now()
        receipt = Receipt(
            chat_id="u2i-1", status=status, at=at, external_id=town.market.sent_ids[0]
        )
        event = await town.event()
        async with town.tx("cherry") as tx:
            await town.conversations.receipt(tx, event, receipt)

    await until(lambda: town.house.reaction_on(message_id) == "👀")
    await town.calm()
    assert town.house.reaction_on(message_id) == "👀"
    row = await town.one("SELECT state FROM message WHERE direction = 'out'")
    assert row["state"] == "read"


async def test_note_never_leaves(town: Town) -> None:
    await town.buyer("?")
    await town.calm()

    outcomes = [(await town.manager(text))[0] for text in ("// дорого", "#дорого", "/note дорого")]
    await town.calm()

    assert outcomes == [Answered.NOTED] * 3
    assert town.market.chats == {}
    notes = await town.rows("SELECT text FROM message WHERE visibility = 'note' ORDER BY seq")
    assert [note["text"] for note in notes] == ["дорого"] * 3


async def test_what_the_channel_cannot_carry_is_refused_whole_and_in_words(town: Town) -> None:
    await town.buyer("?")
    await town.calm()
    media = (Media(kind=MediaKind.IMAGE, ref="a"), Media(kind=MediaKind.FILE, ref="b"))

    outcome, message_id = await town.manager("с текстом", media=media)
    await town.calm()

    assert outcome is Answered.REFUSED
    assert town.market.chats == {}
    reply = next(post for post in town.house.posts if post.reply_to == message_id)
    assert "Покупателю ничего не ушло" in reply.text


async def test_picture_with_words_leaves_as_two_messages_in_order(town: Town) -> None:
    await town.buyer("?")
    await town.calm()

    await town.manager("подпись", media=(Media(kind=MediaKind.IMAGE, ref="a"),))
    await town.calm()

    assert town.market.chats["u2i-1"] == ["image", "подпись"]


async def test_long_answer_is_split_into_numbered_parts(town: Town) -> None:
    await town.buyer("?")
    await town.calm()

    _, message_id = await town.manager("слово " * 40)
    await until(lambda: town.house.reaction_on(message_id) == "👌")

    parts = town.market.chats["u2i-1"]
    assert all(len(part) <= 100 for part in parts)
    assert parts[0].startswith(f"(1/{len(parts)}) ")
    assert len(parts) >= 3


async def test_echo_of_our_own_answer_is_not_shown(town: Town) -> None:
    await town.buyer("?")
    await town.calm()
    await town.manager("ответ")
    await town.calm()
    shown = len(town.house.posts)

    for _ in range(3):
        await town.receive(town.message("ответ", own=True, external_id=town.market.sent_ids[0]))
    await town.calm()

    assert len(town.house.posts) == shown


async def test_what_the_seller_types_elsewhere_is_shown_and_stops_the_clock(town: Town) -> None:
    await town.buyer("?")
    assert (await town.one("SELECT waiting_since FROM conversation"))["waiting_since"]

    await town.buyer("отвечаю с телефона", own=True)
    await town.calm()

    assert town.house.texts()[-1] == "Из приложения Market\nотвечаю с телефона"
    assert await town.one("SELECT state, waiting_since FROM conversation") == ("open", None)


async def test_echo_settles_an_answer_whose_outcome_is_unknown(town: Town) -> None:
    await town.buyer("?")
    await town.calm()
    town.market.after = lambda action: (
        errors.OutcomeUnknown() if getattr(action, "text", None) else None
    )
    _, message_id = await town.manager("дошло?")
    await until(lambda: town.house.reaction_on(message_id) == "💔")
    town.market.after = lambda _action: None

    await town.receive(town.message("дошло?", own=True, external_id=town.market.sent_ids[0]))
    await until(lambda: town.house.reaction_on(message_id) == "👌")

    assert "дошло?" not in " ".join(post.text for post in town.house.posts)
    row = await town.one("SELECT state FROM message WHERE direction = 'out'")
    assert row["state"] == "sent"


async def test_album_of_a_buyer_is_one_post(town: Town) -> None:
    media = tuple(Media(kind=MediaKind.IMAGE, ref=str(n)) for n in range(3))

    await town.buyer("", media=media)
    await town.calm()

    post = town.house.posts[-1]
    assert [item.ref for item in post.media] == ["0", "1", "2"]
    assert all(item.origin for item in post.media)


async def test_what_cannot_be_carried_leaves_a_line_and_a_link(town: Town) -> None:
    media = (Media(kind=MediaKind.CALL, unavailable="empty"),)

    await town.buyer("", media=media)
    await town.calm()

    assert "Звонок" in town.house.posts[-1].text
    assert "https://example.test/42" in town.house.posts[-1].text


async def test_media_the_house_refuses_leaves_words_in_its_place(town: Town) -> None:
    town.house.refuse = lambda action: (
        errors.Rejected(reason=Reason.TOO_BIG) if getattr(action, "media", ()) else None
    )

    video = Media(kind=MediaKind.VIDEO, ref="v", size=31_457_280)
    await town.buyer("смотрите", media=(video,))
    await town.buyer("видно?")
    await town.calm()

    note, last = town.house.texts()
    assert note.startswith("смотрите\nВидео (30 МБ) — смотрите в приложении Market")
    assert last == "видно?"


async def test_card_whose_photo_is_gone_is_pinned_without_it(town: Town) -> None:
    town.house.refuse = lambda action: (
        errors.Rejected(reason=Reason.MEDIA_GONE) if getattr(action, "media", ()) else None
    )

    await town.buyer("?", subject=Subject(external_id="1", title="Самокат", image_ref="gone"))
    await town.calm()

    assert [post.pinned for post in town.house.posts] == [True, False]
    assert town.house.posts[0].media == ()


async def test_replies_point_at_each_other_on_the_members_side(town: Town) -> None:
    first = await town.buyer("первое")
    await town.calm()
    post = town.house.posts[-1]

    await town.buyer("второе", reply_to=first)
    await town.calm()

    assert town.house.posts[-1].reply_to == post.id


async def test_system_words_are_shown_and_start_no_clock(town: Town) -> None:
    await town.buyer("Не уводите из чата", system=True, automatic=True)
    await town.calm()

    assert town.house.texts() == ["Автоматически · Market\nНе уводите из чата"]
    assert (await town.one("SELECT waiting_since FROM conversation"))["waiting_since"] is None


async def test_known_conversation_costs_one_statement_and_one_delivery(town: Town) -> None:
    await town.buyer("раз")
    await town.calm()
    event, statements = await town.event(), []
    async with town.tx("cherry") as tx:
        original = tx.conn.fetch, tx.conn.fetchrow, tx.conn.fetchval, tx.conn.execute

        class Counting:
            def __getattr__(self, name: str) -> object:
                found = getattr(conn, name)
                if name in {"fetch", "fetchrow", "fetchval", "execute", "executemany"}:
                    statements.append(name)
                return found

        conn, tx.conn = tx.conn, Counting()
        await town.conversations.receive(tx, event, town.message("два"))
        tx.conn = conn
        del original

    assert statements == ["fetchrow"]
